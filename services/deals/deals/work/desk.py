"""What stands behind the API of work: who may see it, opening it, and its history with texts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from events import disclosure
from events.auth import Principal
from events.calls import cause_of_call, directions_of
from events.decider import Rejected
from events.keys_client import KeysUnavailable
from events.privacy import CustomerKey
from events.problems import Conflict, NotFound
from events.sealed import Sealed
from fastapi import Response

from deals.customers.cards import members_of
from deals.deal.desk import Desk
from deals.money import money
from deals.work import models
from deals.work.commands import WorkCommands, problem_of, work_of
from deals.work.orders import Complete, OpenWork
from deals.work.tables import sql
from deals.work.templates import from_template, read_template


@dataclass(frozen=True)
class WorkDesk:
    """Reads and opens work on behalf of a principal. ``deals`` knows which deals he sees."""

    commands: WorkCommands
    deals: Desk

    @property
    def pool(self) -> asyncpg.Pool:
        """The database."""
        return self.deals.pool

    async def visible(self, deal_id: UUID, principal: Principal) -> UUID:
        """The id of the work on a deal that the caller sees; raises ``NotFound``."""
        await self.deals.visible(deal_id, principal)
        return work_of(deal_id)

    async def key(self, deal_id: UUID, principal: Principal) -> CustomerKey:
        """The key of the deal's customer, to seal a text with."""
        return await self.deals.key((await self.deals.visible(deal_id, principal))["customer_id"])

    async def open(self, deal_id: UUID, new: models.NewWork, principal: Principal) -> bool:
        """Opens the work of a won deal; False if there was some."""
        deal = await self.deals.visible(deal_id, principal)
        if deal["state"] != "won":
            raise Conflict("Work is opened on won deals.", hint="rule: not_won", code="not_won")
        try:
            order = await self._order(deal, new)
            return await self.commands.run(order.work_id, order, cause_of_call(principal), datetime.now(UTC))
        except Rejected as rejected:
            raise problem_of(rejected) from None

    async def _order(self, deal: asyncpg.Record, new: models.NewWork) -> OpenWork:
        if new.template is not None:
            version, template = await read_template(self.pool, new.template)
            return from_template(deal, template, version, self.commands.today())
        return OpenWork(
            work_of(deal["deal_id"]),
            deal["deal_id"],
            deal["customer_id"],
            tuple(stage.stage(stage.code) for stage in new.stages or ()),
            deal["direction"],
            deal["manager_id"],
            guarantee_days=new.guarantee_days,
        )

    async def completion(
        self, deal_id: UUID, body: models.Completion, on: date, today: date, principal: Principal
    ) -> Complete:
        """The command to complete work, with what is still owed for the deal and which documents are not fit."""
        deal = await self.deals.visible(deal_id, principal)
        named = tuple(dict.fromkeys(body.document_ids))
        async with self.pool.acquire() as connection:
            members = await members_of(connection, [deal["customer_id"]])
            row = await connection.fetchrow(sql("settlement"), deal_id, members[deal["customer_id"]], named)
        assert row is not None
        unpaid = money(row["unpaid"], row["currency"]) if row["unpaid"] > 0 else None
        because = (await self.deals.key(deal["customer_id"])).seal(body.because) if body.because else None
        return Complete(on, today, named, body.guarantee_until, unpaid, tuple(row["unfit"]), because)

    async def card(self, deal_id: UUID, principal: Principal, response: Response) -> models.WorkCard:
        """The work on a deal; sets the ETag. Raises ``NotFound``."""
        rows = await self.pool.fetch(
            sql("works_list"), None, deal_id, None, None, False, None, directions_of(principal), None, None, 1
        )
        if not rows:
            raise NotFound("There is no such work.")
        response.headers["ETag"] = f'"{rows[0]["version"]}"'
        return card(rows[0])

    async def history(self, deal_id: UUID, principal: Principal) -> models.WorkHistory:
        """Every event of the work, its texts opened as far as the key is there."""
        recorded = await self.commands.store.load(await self.visible(deal_id, principal))
        if not recorded:
            raise NotFound("There is no such work.")
        customer = (await self.deals.visible(deal_id, principal))["customer_id"]
        key, texts = None, "readable"
        try:
            key = (await self.deals.keys.read([customer])).get(customer)
            texts = "readable" if key else "erased"
        except KeysUnavailable:
            texts = "unavailable"
        if disclosure.is_withheld():
            texts = "not_allowed"
        entries = [
            models.WorkEntry(
                version=entry.version,
                type=entry.type,
                occurred_at=entry.occurred_at,
                recorded_at=entry.recorded_at,
                actor=entry.actor,
                facts=_opened(orjson.loads(entry.event.to_json()), key),
            )
            for entry in recorded
        ]
        return models.WorkHistory.model_validate({"entries": entries, "texts": texts})


def card(row: asyncpg.Record) -> models.WorkCard:
    """A row of the list as the API gives it."""
    fields = {name: value for name, value in row.items() if name != "stages"}
    return models.WorkCard(**fields, stages=orjson.loads(row["stages"]))


def _opened(facts: dict[str, Any], key: CustomerKey | None) -> dict[str, Any]:
    return {
        name: (key.open(value) if key else None) if _is_sealed(value) else value
        for name, value in facts.items()
        if name not in ("work_id", "deal_id", "customer_id")
    }


def _is_sealed(value: object) -> bool:
    return isinstance(value, str) and value.startswith(Sealed.PREFIX)
