"""What stands behind the HTTP API: who may see and do what, and keys for texts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
from events.auth import Principal
from events.calls import cause_of_call, expected_version
from events.custom_fields import changes, users_named
from events.decider import Rejected
from events.keys_client import KeysUnavailable
from events.privacy import CustomerKey, Keys
from events.problems import Conflict, Forbidden, Invalid, NotFound, Unavailable
from events.sealed import Sealed
from events.store import deterministic_id
from fastapi import Response
from uuid_utils.compat import uuid7

from deals.deal import models, seeing
from deals.deal.call import Call
from deals.deal.commands import Commands
from deals.deal.definitions import definitions
from deals.deal.orders import ChangeFields, Command, OpenDeal, RenameDeal, deal_of_lead
from deals.deal.seeing import card
from deals.deal.states import NoDeal
from deals.deal.tables import draw_numbers, sql
from deals.deciding import problem_of_rejection
from deals.money import CENT, money


@dataclass(frozen=True)
class Desk:
    """Reads and commands on deals, on behalf of a principal."""

    pool: asyncpg.Pool
    commands: Commands
    keys: Keys
    currency: str

    async def visible(self, deal_id: UUID, principal: Principal) -> asyncpg.Record:
        """The deal's row; a deal of a direction the caller does not see is not there."""
        row = await self.pool.fetchrow(sql("deal_read"), deal_id)
        if row is None or not principal.sees(row["direction"]):
            raise NotFound("There is no such deal.")
        return row

    async def key(self, customer_id: UUID) -> CustomerKey:
        """The key to seal a text with; refuses for an erased customer, and while keys cannot be read."""
        keys = await self.keys_of([customer_id])
        if customer_id not in keys:
            raise no_key()
        return keys[customer_id]

    async def keys_of(self, customer_ids: Collection[UUID]) -> dict[UUID, CustomerKey]:
        """Keys to seal texts with, of those who are known and not erased; refuses while keys cannot be read."""
        rows = await self.pool.fetch(
            "SELECT customer_id FROM erased_customers WHERE customer_id = ANY($1::uuid[])", list(customer_ids)
        )
        wanted = set(customer_ids) - {row["customer_id"] for row in rows}
        try:
            return await self.keys.read(wanted) if wanted else {}
        except KeysUnavailable:
            raise Unavailable("The customer's key cannot be read now, and the text is not kept without it.") from None

    async def check_not_erased(self, customer_id: UUID) -> None:
        """Refuses to write anything new about an erased customer."""
        if await self.pool.fetchval("SELECT true FROM erased_customers WHERE customer_id = $1", customer_id):
            raise no_key()

    async def sealed(self, call: Call, text: str | None) -> Sealed[str] | None:
        """A text about the customer of a deal the caller sees, sealed."""
        row = await self.visible(call.deal_id, call.principal)
        return None if text is None else (await self.key(row["customer_id"])).seal(text)

    async def run(
        self,
        deal_id: UUID,
        command: Command,
        principal: Principal,
        occurred_at: datetime | None,
        if_match: str | None,
        response: Response,
    ) -> models.DealCard:
        """Runs a command on a deal the caller sees, and answers with the deal as it then stands."""
        await self.visible(deal_id, principal)
        await self.commands.run(
            deal_id,
            command,
            cause_of_call(principal),
            datetime.now(UTC),
            business_time=_allowed_time(occurred_at, principal),
            expected_version=expected_version(if_match),
        )
        return card(await self.visible(deal_id, principal), response)

    async def obey(self, call: Call, command: Command, occurred_at: datetime | None = None) -> models.DealCard:
        """Runs a command as :meth:`run` does."""
        return await self.run(call.deal_id, command, call.principal, occurred_at, call.if_match, call.response)

    async def rename(self, call: Call, title: str | None) -> models.DealCard:
        """Gives a deal another title; the one it has is compared as read: a change in between is a stale version."""
        row = await self.visible(call.deal_id, call.principal)
        standing = await self.commands.load(call.deal_id)
        assert not isinstance(standing.state, NoDeal)
        present, sealed = standing.state.deal.title, None
        if title is not None:
            key = await self.key(row["customer_id"])
            sealed = present if present is not None and key.open(present) == title else key.seal(title)
        call = replace(call, if_match=call.if_match or f'"{standing.version}"')
        return await self.obey(call, RenameDeal(sealed))

    async def change_fields(self, call: Call, given: Mapping[str, Any]) -> models.DealCard:
        """Fills custom fields in. What is judged is the deal as it was read: a change in between is a stale version."""
        row = await self.visible(call.deal_id, call.principal)
        standing, defined = await self.commands.load(call.deal_id), await definitions(self.pool)
        assert not isinstance(standing.state, NoDeal)
        deal = standing.state.deal
        needs_key = any(code in defined and defined[code].personal for code in given)
        key = await self.key(row["customer_id"]) if needs_key else None
        opened = seeing.Reader(key, "readable")
        present = {code: opened.value(change) for code, change in deal.fields.items()}
        seal = key.seal_json if key else None
        try:
            users = users_named(defined, given)
            command = ChangeFields(changes(defined, given, present, deal.direction, users, seal))
        except Rejected as rejected:
            raise problem_of_rejection(rejected) from None
        return await self.obey(replace(call, if_match=call.if_match or f'"{standing.version}"'), command)

    async def open(
        self, new: models.OpenDeal, principal: Principal, idempotency_key: str | None, response: Response
    ) -> models.DealCard:
        """Opens a deal, or finds the one that the lead or the key already led to (200 instead of 201)."""
        customer_id, manager_id, direction = await self._whose(new, principal)
        if new.lead_id is not None and new.deal_type == "first_sale":
            deal_id = deal_of_lead(new.lead_id)
        else:
            deal_id = _id_of_key(principal, idempotency_key)
        command = OpenDeal(
            deal_id,
            customer_id,
            "",
            new.pipeline,
            new.value.money() if new.value else money(CENT * 0, self.currency),
            stage=new.stage,
            lead_id=new.lead_id,
            deal_type=new.deal_type,
            manager_id=manager_id,
            direction=direction,
            organisation_id=new.organisation_id,
        )
        return await self._opened(command, new.title, principal, response, new.occurred_at)

    async def repeat(self, call: Call, new: models.RepeatDeal, idempotency_key: str | None) -> models.DealCard:
        """Opens a repeat sale to the customer of a won deal."""
        row = await self.visible(call.deal_id, call.principal)
        if row["state"] != "won":
            raise Conflict("A sale is repeated after it was won.", hint="rule: not_won")
        command = OpenDeal(
            _id_of_key(call.principal, idempotency_key),
            row["customer_id"],
            "",
            new.pipeline or row["pipeline"],
            new.value.money() if new.value else money(CENT * 0, row["currency"]),
            stage=new.stage,
            deal_type="repeat_sale",
            manager_id=new.manager_id or row["manager_id"],
            direction=row["direction"],
            previous_deal_id=call.deal_id,
            organisation_id=row["organisation_id"],
        )
        return await self._opened(command, new.title, call.principal, call.response, None)

    async def _opened(
        self, command: OpenDeal, title: str | None, principal: Principal, response: Response, at: datetime | None
    ) -> models.DealCard:
        await self.check_not_erased(command.customer_id)
        sealed = (await self.key(command.customer_id)).seal(title) if title else None
        async with self.pool.acquire() as connection:
            (number,) = await draw_numbers(connection, 1)
        done = await self.commands.run(
            command.deal_id,
            replace(command, number=number, title=sealed),
            cause_of_call(principal),
            datetime.now(UTC),
            business_time=_allowed_time(at, principal),
        )
        response.status_code = 201 if done.happened else 200
        return card(await self.visible(command.deal_id, principal), response)

    async def _whose(self, new: models.OpenDeal, principal: Principal) -> tuple[UUID, str | None, str | None]:
        lead = None
        if new.lead_id is not None:
            lead = await self.pool.fetchrow("SELECT * FROM leads WHERE lead_id = $1", new.lead_id)
            if lead is not None and not principal.sees(lead["direction"]):
                raise NotFound("There is no such lead.")
            if lead is None or lead["qualified_at"] is None:
                if new.customer_id is None:
                    raise Conflict("The lead is not qualified, or word of it has not come yet.", retry_after=1)
                lead = None
        if lead is not None and new.customer_id not in (None, lead["customer_id"]):
            raise Invalid("The lead is another customer's.")
        customer_id = lead["customer_id"] if lead else new.customer_id
        if customer_id is None:
            raise Invalid("A deal needs a customer: give lead_id or customer_id.")
        direction = new.direction or (lead["direction"] if lead else None)
        if not principal.sees(direction):
            raise Forbidden("You do not see this line of business.")
        return customer_id, new.manager_id or (lead["manager_id"] if lead else None), direction

    async def details(self, call: Call) -> models.DealDetails:
        """The deal with everything that is written on it."""
        row = await self.visible(call.deal_id, call.principal)
        history = await self.commands.store.load(call.deal_id)
        call.response.headers["ETag"] = f'"{row["version"]}"'
        pipelines = await self.commands.pipelines.now(self.pool)
        return await seeing.details(row, history, self.pool, pipelines, self.keys)

    async def history(self, call: Call) -> models.DealHistory:
        """Who did what and when."""
        row = await self.visible(call.deal_id, call.principal)
        return await seeing.history_of(row["customer_id"], await self.commands.store.load(call.deal_id), self.keys)


def no_key() -> Conflict:
    """Why nothing is written about a customer who has no key."""
    return Conflict("The customer is erased or unknown: nothing can be written about this person.", hint="rule: no_key")


def _id_of_key(principal: Principal, idempotency_key: str | None) -> UUID:
    if idempotency_key is None:
        return uuid7()
    return deterministic_id("deal", "key", principal.kind, principal.id, idempotency_key)


def _allowed_time(occurred_at: datetime | None, principal: Principal) -> datetime | None:
    if occurred_at is not None and "leads:import" not in principal.permissions:
        raise Forbidden("Only who may import history says when something happened (leads:import).")
    return occurred_at
