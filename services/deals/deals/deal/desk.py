"""What stands behind the HTTP API: who may see and do what, keys for texts, and deals as the API gives them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
from events.auth import Principal
from events.calls import cause_of_call, expected_version
from events.contracts.deals import Money
from events.keys_client import KeysUnavailable
from events.privacy import CustomerKey, Keys
from events.problems import Conflict, Forbidden, Invalid, NotFound, Unavailable
from events.sealed import Sealed
from events.store import deterministic_id
from fastapi import Response
from uuid_utils.compat import uuid7

from deals.deal import models
from deals.deal.commands import Commands
from deals.deal.from_leads import deal_of_lead
from deals.deal.orders import Command, OpenDeal
from deals.deal.states import Lost, NoDeal
from deals.deal.tables import draw_numbers, sql
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
        await self.check_not_erased(customer_id)
        try:
            keys = await self.keys.read([customer_id])
        except KeysUnavailable:
            raise Unavailable("The customer's key cannot be read now, and the text is not kept without it.") from None
        if customer_id not in keys:
            raise Conflict(
                "The customer is erased or unknown: nothing can be written about this person.", hint="rule: no_key"
            )
        return keys[customer_id]

    async def check_not_erased(self, customer_id: UUID) -> None:
        """Refuses to write anything new about an erased customer."""
        if await self.pool.fetchval("SELECT true FROM erased_customers WHERE customer_id = $1", customer_id):
            raise Conflict("The customer is erased: nothing can be written about this person.", hint="rule: no_key")

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
        await self.commands.run(
            deal_id,
            command,
            cause_of_call(principal),
            datetime.now(UTC),
            business_time=_allowed_time(occurred_at, principal),
            expected_version=expected_version(if_match),
        )
        return card(await self.visible(deal_id, principal), response)

    async def open(
        self, new: models.OpenDeal, principal: Principal, idempotency_key: str | None, response: Response
    ) -> models.DealCard:
        """Opens a deal, or finds the one that the lead or the key already led to (200 instead of 201)."""
        customer_id, manager_id, direction = await self._whose(new, principal)
        if new.lead_id is not None and new.deal_type == "first_sale":
            deal_id = deal_of_lead(new.lead_id)
        elif idempotency_key is not None:
            deal_id = deterministic_id("deal", "key", principal.kind, principal.id, idempotency_key)
        else:
            deal_id = uuid7()
        await self.check_not_erased(customer_id)
        title = (await self.key(customer_id)).seal(new.title) if new.title else None
        async with self.pool.acquire() as connection:
            (number,) = await draw_numbers(connection, 1)
        done = await self.commands.run(
            deal_id,
            OpenDeal(
                deal_id,
                customer_id,
                number,
                new.pipeline,
                new.value.money() if new.value else money(CENT * 0, self.currency),
                stage=new.stage,
                lead_id=new.lead_id,
                deal_type=new.deal_type,
                manager_id=manager_id,
                direction=direction,
                title=title,
            ),
            cause_of_call(principal),
            datetime.now(UTC),
            business_time=_allowed_time(new.occurred_at, principal),
        )
        response.status_code = 201 if done.happened else 200
        return card(await self.visible(deal_id, principal), response)

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

    async def details(self, row: asyncpg.Record, response: Response) -> models.DealDetails:
        """The deal with its texts, as far as they can be read."""
        state = self.commands.fold(await self.commands.store.load(row["deal_id"]))
        sealed = (
            None if isinstance(state, NoDeal) else state.deal.title,
            state.comment if isinstance(state, Lost) else None,
        )
        found = card(row, response).model_dump()
        if not any(sealed):
            return models.DealDetails(**found)
        try:
            key = (await self.keys.read([row["customer_id"]])).get(row["customer_id"])
        except KeysUnavailable:
            return models.DealDetails(**found, texts="unavailable")
        if key is None:
            return models.DealDetails(**found, texts="erased")
        title, comment = (_opened(key, text) for text in sealed)
        return models.DealDetails(**found, title=title, loss_comment=comment)


def card(row: asyncpg.Record, response: Response | None = None) -> models.DealCard:
    """A row of the table as the API gives it; sets ETag on the response."""
    if response is not None:
        response.headers["ETag"] = f'"{row["version"]}"'
    fields = {name: value for name, value in row.items() if name not in ("amount", "currency", "paid")}
    currency = row["currency"]
    return models.DealCard(
        **fields, value=Money(amount=row["amount"], currency=currency), paid=money(row["paid"], currency)
    )


def _allowed_time(occurred_at: datetime | None, principal: Principal) -> datetime | None:
    if occurred_at is not None and "leads:import" not in principal.permissions:
        raise Forbidden("Only who may import history says when something happened (leads:import).")
    return occurred_at


def _opened(key: CustomerKey, text: Sealed[str] | None) -> str | None:
    return None if text is None else key.open(text)
