"""Offers with their rows: made by the reaction to leads, accepted and declined by managers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from uuid import UUID

from events.contracts.deals import DealOffered
from events.decider import Rejected
from events.problems import NotFound
from events.sealed import Sealed
from events.sqlfile import sql as _sql
from events.store import Append, Cause, Connection, append_all, load

from deals.deal.batch import Batch, Order
from deals.deal.commands import Commands
from deals.deal.orders import OpenDeal, deal_of_lead
from deals.deal.tables import draw_numbers
from deals.deciding import problem_of_rejection
from deals.money import money
from deals.opening.offer import OFFER, Accept, Accepted, Command, Decline, NoOffer, Offered, State

sql = partial(_sql, directory=Path(__file__).parent / "sql")


async def make_offers(connection: Connection, made: Sequence[tuple[DealOffered, Cause, datetime]]) -> list[Append]:
    """Writes the rows of new offers; of a lead that has one already nothing. Returns what is to be appended."""
    if not made:
        return []
    told = [
        (o.offer_id, o.lead_id, o.customer_id, o.pipeline, o.stage, o.deal_type, o.manager_id, o.direction, o.rule, at)
        for o, _, at in made
    ]
    rows = await connection.fetch(sql("offers_insert"), *map(list, zip(*told, strict=True)))
    fresh = {row["offer_id"] for row in rows}
    return [Append(offer.offer_id, 0, (offer,), cause, at) for offer, cause, at in made if offer.offer_id in fresh]


class Offers:
    """Runs the commands of managers on offers."""

    def __init__(self, commands: Commands, currency: str) -> None:
        self.commands = commands
        self._currency = currency

    async def accept(self, offer_id: UUID, by: str | None, cause: Cause, now: datetime) -> UUID:
        """Opens the deal, or finds the one that the lead has; returns its id. ``by``: who gets it if nobody has it."""
        await self.commands.pipelines.wait()
        async with self.commands.store.pool.acquire() as connection, connection.transaction():
            state, version = await self._locked(connection, offer_id)
            if isinstance(state, Accepted):
                return state.deal_id
            offer = _offer(state)
            deal_id = deal_of_lead(offer.lead_id)
            batch = await self.commands.batch(connection, [deal_id], now)
            await self._open(connection, batch, offer, by, cause)
            decision = _decided(Accept(deal_id), state, offer_id, version, cause, now)
            await connection.execute(sql("offer_save"), offer_id, version + 1, "accepted", deal_id)
            appends = [*await self.commands.write(connection, batch), decision]
            appended = await append_all(connection, appends)
        self.commands.store.count(appends, appended)
        return deal_id

    async def decline(self, offer_id: UUID, comment: Sealed[str] | None, cause: Cause, now: datetime) -> None:
        """Makes no deal of it; nothing where it is so already."""
        async with self.commands.store.pool.acquire() as connection, connection.transaction():
            state, version = await self._locked(connection, offer_id)
            decision = _decided(Decline(comment), state, offer_id, version, cause, now)
            if not decision.events:
                return
            await connection.execute(sql("offer_save"), offer_id, version + 1, "declined", None)
            appended = await append_all(connection, [decision])
        self.commands.store.count([decision], appended)

    async def _open(
        self, connection: Connection, batch: Batch, offer: DealOffered, by: str | None, cause: Cause
    ) -> None:
        (number,) = await draw_numbers(connection, 1)
        opening = opening_of(offer, number, self._currency)
        try:
            batch.take(Order(opening.deal_id, replace(opening, manager_id=opening.manager_id or by), cause))
        except Rejected as rejected:
            raise problem_of_rejection(rejected) from None

    async def _locked(self, connection: Connection, offer_id: UUID) -> tuple[State, int]:
        await connection.execute("SELECT FROM deal_offers WHERE offer_id = $1 FOR UPDATE", offer_id)
        history = await load(connection, self.commands.store.service, offer_id)
        return OFFER.fold(entry.event for entry in history), len(history)


def opening_of(offer: DealOffered, number: str, currency: str) -> OpenDeal:
    """The command that makes a deal of what is offered."""
    return OpenDeal(
        deal_of_lead(offer.lead_id),
        offer.customer_id,
        number,
        offer.pipeline,
        money(Decimal(0), currency),
        stage=offer.stage,
        lead_id=offer.lead_id,
        deal_type=offer.deal_type,
        manager_id=offer.manager_id,
        direction=offer.direction,
    )


def _offer(state: State) -> DealOffered:
    if isinstance(state, NoOffer):
        raise NotFound("There is no such offer.")
    if not isinstance(state, Offered):
        raise problem_of_rejection(Rejected("offer_declined", "The offer was declined; open a deal by hand."))
    return state.offer


def _decided(command: Command, state: State, offer_id: UUID, version: int, cause: Cause, now: datetime) -> Append:
    try:
        return Append(offer_id, version, OFFER.decide(command, state), cause, now)
    except Rejected as rejected:
        raise problem_of_rejection(rejected) from None
