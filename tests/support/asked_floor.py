"""A running service of leads whose consumer of requests is stepped by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import orjson
from events.blind_index import BlindIndex
from events.contracts.automation import Cause
from events.envelope import topic_of
from events.privacy import Keyring, MasterKey
from events.quarantine import Quarantine
from events.testing import Log
from events.watermark import Watermark
from leads.asked.answering import Answering
from leads.card.edits import Edits
from leads.heard.listening import CONSUMER, SOURCES, reacting
from leads_system import INDEX_KEY, MASTER_KEY, Running
from managers_work import customers_of, hire


class Floor:
    """A running service, its consumer stepped by hand, and one customer of anna's with an open lead."""

    def __init__(self, leads: Running, watermark: Watermark, customer: UUID) -> None:
        self.leads = leads
        self.watermark = watermark
        self.customer = customer
        self.log = Log()

    async def hears(self, *events: Any) -> None:
        records = [record for event in events for record in self.log.append(event.request_id, event)]
        outcome = await self.watermark.apply(records)
        assert outcome.quarantined == 0

    async def said(self, *types: str) -> list[dict[str, Any]]:
        rows = await self.leads.pool.fetch(
            "SELECT data FROM events WHERE type = ANY($1) AND data->>'cause' IS NOT NULL"
            " ORDER BY recorded_at, position",
            list(types),
        )
        return [orjson.loads(row["data"]) for row in rows]

    async def answers(self) -> list[tuple[str, str | None]]:
        return [(one["outcome"], one.get("code")) for one in await self.said("customer.request-answered.v1")]

    async def card(self) -> dict[str, Any]:
        return dict((await self.leads.call("GET", f"/customers/{self.customer}")).json())

    async def versions_agree(self) -> bool:
        rows = await self.leads.pool.fetch(
            "SELECT c.version, (SELECT max(version) FROM events e WHERE e.stream_id = c.id) AS last FROM customers c"
            " UNION ALL SELECT l.version, (SELECT max(version) FROM events e WHERE e.stream_id = l.id) FROM leads l"
        )
        return all(row["version"] == row["last"] for row in rows)

    async def lead(self) -> UUID:
        """The customer's lead."""
        found = await self.leads.pool.fetchval("SELECT id FROM leads WHERE customer_id = $1", self.customer)
        assert isinstance(found, UUID)
        return found


@asynccontextmanager
async def floor_of(run: Any) -> AsyncIterator[Floor]:
    """A floor on a service that was just put together."""
    async with run(roles=frozenset({"api"})) as leads:
        await hire(leads, "anna", "boris")
        (made,) = await customers_of(leads, "anna", 1)
        answering = Answering(Keyring(MasterKey(MASTER_KEY)), Edits(BlindIndex(INDEX_KEY), "RU"), {"spam"})
        topics = [topic_of(source) for source in SOURCES]
        watermark = Watermark(CONSUMER, topics, leads.pool, reacting(answering.react), Quarantine(CONSUMER))
        await watermark.prepare()
        yield Floor(leads, watermark, UUID(made["customer_id"]))


def asked(event: Any, customer: UUID, depth: int = 1, **fields: Any) -> Any:
    cause = Cause(rule="r", rule_version=1, action="a", event_id=uuid4(), event_type="deal.won.v1", depth=depth)
    return event(request_id=uuid4(), customer_id=customer, cause=cause, **fields)
