"""The story of a request, from inside one service: its events, the work that waits, what was put aside, by any id.

Ids are those of requests as they came, streams (a lead, a deal), events, or correlations; the command ``voronka events
trace`` asks every service and joins the answers. Personal data are sealed here as everywhere in the log.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import asyncpg
import orjson
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from events.auth import EVERYTHING, CurrentPrincipal, require
from events.inputs import Moment
from events.problems import Forbidden, Unavailable
from events.sqlfile import sql

MOST_EVENTS = 1_000
TRACE_SECONDS = 20
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


class LoggedEvent(BaseModel):
    """An event as it stands in the log."""

    service: str
    shard: int
    position: int
    id: UUID
    stream_id: UUID
    version: int
    type: str = Field(examples=["lead.captured.v1"])
    actor: str
    occurred_at: datetime = Field(description="Business time.")
    recorded_at: datetime
    correlation_id: UUID
    causation_id: UUID | None
    traceparent: str | None
    data: dict[str, Any] = Field(description="As the contract of its type has it; personal data sealed.")


class Around(BaseModel):
    """A request as it came, work that waits, or an event put aside. Without bodies: they hold personal data."""

    what: Literal["request", "task", "quarantined"]
    id: str
    name: str | None = Field(description="Channel and source, kind of the task, or type of the event.")
    state: str
    reason: str | None
    since: datetime
    until: datetime | None
    caused_by: UUID | None = Field(description="Id of the event or request that led to it.")


class Story(BaseModel):
    """Everything that this service knows of some ids."""

    service: str
    events: list[LoggedEvent]
    around: list[Around]
    whole: bool = Field(description=f"False: there are more than {MOST_EVENTS} events.")


def router(service: str, pool: asyncpg.Pool) -> APIRouter:
    """``GET /operations/trace``."""
    routes = APIRouter(prefix="/operations", tags=["Operations"])

    @routes.get(
        "/trace",
        dependencies=[Depends(require("operations:read")), Depends(require("events:read"))],
        summary="Show everything that is known of some ids",
    )
    async def trace(
        principal: CurrentPrincipal,
        id: Annotated[list[UUID], Query(max_length=100, description="Of requests, streams, events, or correlations.")],
        since: Annotated[
            Moment | None, Query(description="Look at what was recorded from then on; empty: a day ago.")
        ] = None,
        until: Annotated[Moment | None, Query(description="And before then; empty: now.")] = None,
    ) -> Story:
        """Events of these streams, of any time; of the time given also those that these ids caused or belong to."""
        if EVERYTHING not in principal.directions:
            raise Forbidden("A story has events of all lines of business, and this key or user sees some of them only.")
        now = datetime.now(UTC)
        first, last = since or now - timedelta(days=1), until or now + timedelta(minutes=1)
        try:
            events, around = await _trace(pool, id, first, last)
        except asyncpg.QueryCanceledError:
            raise Unavailable(f"Not found within {TRACE_SECONDS} s: narrow the time.") from None
        return Story(
            service=service,
            events=[_event(service, row) for row in events[:MOST_EVENTS]],
            around=[Around(**row) for row in around],
            whole=len(events) <= MOST_EVENTS,
        )

    return routes


async def _trace(
    pool: asyncpg.Pool, ids: Sequence[UUID], since: datetime, until: datetime
) -> tuple[list[asyncpg.Record], list[asyncpg.Record]]:
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(f"SET LOCAL statement_timeout = '{TRACE_SECONDS}s'")
        begin, end = [
            [row[0] for row in await connection.fetch(sql("trace_places"), _known(moment))] for moment in (since, until)
        ]
        events = await connection.fetch(sql("trace_events"), ids, begin, end, MOST_EVENTS + 1)
        return events, await connection.fetch(sql("trace_around"), ids)


def _known(moment: datetime) -> datetime:
    """Times that PostgreSQL cannot hold in every time zone bound nothing."""
    return moment if EARLIEST <= moment <= LATEST else EARLIEST if moment < EARLIEST else LATEST


def _event(service: str, row: asyncpg.Record) -> LoggedEvent:
    return LoggedEvent(**{**row, "service": service, "data": orjson.loads(row["data"])})
