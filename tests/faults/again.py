"""The reactions of deals and of automation once more, on an empty database: what comes out of recorded deliveries."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
from embedded.system import ROOT, System
from events.envelope import Received, topic_of
from events.migrate import migrate
from events.quarantine import Quarantine
from events.watermark import Watermark

from .handlers import Handler
from .history import read_log

Rows = list[tuple[Any, ...]]

LIVE: Mapping[str, Mapping[str, str]] = {
    "deals": {
        "what is known of leads": "SELECT * FROM leads ORDER BY 1",
        # A deal's number is the next that is free; so it is the only thing that knows who was first.
        "effects": "SELECT stream_id, id, type, data::jsonb - 'number', actor, correlation_id, causation_id,"
        " occurred_at FROM events WHERE type = 'deal.opened.v1' ORDER BY 1",
    },
    "automation": {
        "contacts": "SELECT * FROM contacts ORDER BY 1",
        "who is responsible": "SELECT * FROM lead_responsible ORDER BY 1",
        # A task's version counts how often it has changed hands on the way, which depends on what was heard first.
        "tasks": "SELECT task_id, state, kind, title, due_at, assignee, follows_responsible, customer_id, lead_id,"
        " deal_id, cause, created_at FROM manager_tasks ORDER BY 1",
        "messages": "SELECT message_id, customer_id, medium, template, cause, requested_at FROM messages ORDER BY 1",
        "effects": "SELECT stream_id, id, type, data, actor, correlation_id, causation_id, occurred_at FROM events"
        " WHERE type IN ('task.created.v1', 'message.requested.v1', 'rule.suppressed.v1') ORDER BY 1",
        "last assignees": "SELECT DISTINCT ON (stream_id) stream_id, data->>'assignee' FROM events"
        " WHERE type = 'task.assigned.v1' ORDER BY stream_id, version DESC",
    },
}
"""What a service's own consumer must have made of the same deliveries, by what it is; a query for each."""

ALONE: Mapping[str, Mapping[str, str]] = {
    "deals": {
        "deals": "SELECT deal_id, version, customer_id, lead_id, pipeline, pipeline_version, deal_type, state, stage,"
        " amount, currency, manager_id, direction, opened_at, stage_since FROM deals ORDER BY 1",
    },
    "automation": {
        "letters to be sent": "SELECT id, kind, payload, due_at, actor, correlation_id, causation_id FROM tasks"
        " ORDER BY 1",
    },
}
"""The same for what others, people and workers, go on to change in the running system."""


async def found(pool: asyncpg.Pool, queries: Mapping[str, str]) -> dict[str, Rows]:
    """The rows of each query."""
    return {name: [tuple(row) for row in await pool.fetch(query)] for name, query in queries.items()}


@dataclass(frozen=True)
class Again:
    """A service's consumer on a database of its own. What it appends comes back to it if it reads its own log."""

    handler: Handler
    pool: asyncpg.Pool
    watermark: Watermark

    async def hears(self, deliveries: Iterable[Sequence[Received]], *, twice: bool) -> dict[str, Rows]:
        """Applies the deliveries, with the service's own events as they are made; returns what has become of them."""
        for delivery in deliveries:
            await self._apply(delivery)
            await self._hears_itself(twice)
        while await self._hears_itself(twice):
            pass
        service = self.handler.service
        return await found(self.pool, {**LIVE[service], **ALONE[service]})

    async def _hears_itself(self, twice: bool) -> int:
        """How many events were new."""
        if self.handler.service not in self.handler.sources:
            return 0
        own = await read_log(self.pool, self.handler.service, after=self.handler.consumer, again=10 if twice else 0)
        applied = await self._apply(own)
        if twice:
            assert await self._apply(own) == 0
        return applied

    async def _apply(self, records: Sequence[Received]) -> int:
        outcome = await self.watermark.apply(records)
        assert (outcome.quarantined, outcome.holes) == (0, {})
        return outcome.applied


@asynccontextmanager
async def again(system: System, handler: Handler) -> AsyncIterator[Again]:
    """On a fresh database, which is dropped at the end."""
    name = f"again_{handler.service}"
    postgres = system.postgres
    postgres.create_database(name)
    try:
        migrate(postgres.dsn(name), ROOT / "services" / handler.service / "migrations")
        async with asyncpg.create_pool(postgres.dsn(name), min_size=1, max_size=2) as pool:
            quarantine = Quarantine(handler.consumer, parks_streams=handler.parks_streams)
            topics = [topic_of(source) for source in handler.sources]
            watermark = Watermark(handler.consumer, topics, pool, handler.apply, quarantine)
            await watermark.prepare()
            yield Again(handler, pool, watermark)
    finally:
        postgres.query('DROP DATABASE :"name" WITH (FORCE)', name=name)
