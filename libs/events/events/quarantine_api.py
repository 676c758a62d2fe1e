"""The quarantine of events by HTTP: what a consumer could not apply is listed, shown, applied again or given up.

An event is a fact and is never corrected: the fix is a better release, or what the event needs in the tables. It is
applied again by the handler that failed, as the rules of ``replay.py`` have it.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Annotated, Any, Literal, Protocol, runtime_checkable
from uuid import UUID

import asyncpg
import orjson
import structlog
from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from events.auth import CurrentPrincipal, require
from events.problems import Conflict, NotFound
from events.replay import Handler, replay
from events.sqlfile import sql

log = structlog.get_logger(__name__)

PORTION = 200
ID = r"^[^:/\s]{1,200}:[^:/\s]{1,200}:\d{1,2}:-?\d{1,18}$"

EventId = Annotated[str, Path(pattern=ID, examples=["deals.reactions:voronka.leads.v1:3:17"])]
Cursor = Annotated[str | None, Query(pattern=ID, description="`next` of the page before.")]
Text = Annotated[str | None, Query(max_length=200)]

_ONE = "SELECT * FROM quarantine WHERE consumer = $1 AND source = $2 AND shard = $3 AND position = $4"
_DISCARD = """
UPDATE quarantine SET discarded_at = now(), discarded_why = $5, discarded_by = $6
 WHERE consumer = $1 AND source = $2 AND shard = $3 AND position = $4 AND discarded_at IS NULL RETURNING true
"""


@runtime_checkable
class Consuming(Protocol):
    """A part of a service that has consumers."""

    def handler(self, consumer: str) -> Handler | None:
        """How events of this consumer are applied; None if it is not one of its own."""


class QuarantinedEvent(BaseModel):
    """An event that a consumer could not apply."""

    id: str = Field(description="`consumer:source:shard:position`.", examples=["deals.reactions:voronka.leads.v1:3:17"])
    consumer: str
    source: str = Field(description="The topic.")
    shard: int
    position: int = Field(description="In the log of the shard; negative for a record that is no event of ours.")
    stream_id: UUID | None
    type: str | None = Field(examples=["lead.captured.v1"])
    reason: str = Field(description="Kind of the error; `Parked`: an earlier event of its stream is in quarantine.")
    error: str = Field(description="The error in words, without values.")
    quarantined_at: datetime
    discarded_at: datetime | None
    discarded_by: str | None
    discarded_why: str | None


class EventDetails(QuarantinedEvent):
    """An event with its envelope and body, in which personal data are sealed."""

    headers: dict[str, str]
    body: str | None = Field(description="As text if it is UTF-8.")
    body_base64: str | None = Field(description="As base64 if it is not.")


class EventPage(BaseModel):
    """Events by consumer and place in the log; `next` is the cursor of the next page, null on the last."""

    events: list[QuarantinedEvent]
    next: str | None


class EventOutcome(BaseModel):
    """What came of applying an event again."""

    outcome: Literal["applied", "failing"]
    event: QuarantinedEvent | None = Field(description="As it stands now; null once applied, for then it has left.")


class EventsReplay(BaseModel):
    """Which events are to be applied again: those that match all that is given."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_extra={"examples": [{"consumer": "deals.reactions"}]}
    )

    consumer: str | None = Field(None, max_length=200)
    type: str | None = Field(None, max_length=200)
    reason: str | None = Field(None, max_length=200)
    cursor: str | None = Field(None, pattern=ID, description="`next` of the answer before.")


class EventsReplayed(BaseModel):
    """What came of a portion of 200 at most; with `next` call again for the following one."""

    applied: int
    failing: int
    next: str | None


class EventDiscard(BaseModel):
    """Why an event is given up."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_extra={"examples": [{"reason": "made by a test of the old release"}]}
    )

    reason: str = Field(min_length=1, max_length=500)


def router(pool: asyncpg.Pool, parts: Sequence[object]) -> APIRouter:
    """``/quarantine/events``, for the consumers among the parts of a service."""
    routes = APIRouter(prefix="/quarantine/events", tags=["Quarantined events"])
    consuming = [part for part in parts if isinstance(part, Consuming)]
    _add_reading(routes, pool)
    _add_acting(routes, pool, consuming)
    return routes


def _add_reading(routes: APIRouter, pool: asyncpg.Pool) -> None:
    reads = [Depends(require("quarantine:read"))]

    @routes.get("", dependencies=reads, summary="List events that could not be applied")
    async def list_events(
        consumer: Text = None,
        type_: Annotated[str | None, Query(alias="type", max_length=200)] = None,
        reason: Text = None,
        discarded: Annotated[bool, Query(description="Those given up, instead of those that wait.")] = False,
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> EventPage:
        rows = await _page(pool, (consumer, type_, reason, discarded), cursor, limit)
        shown = [_event(row) for row in rows[:limit]]
        return EventPage(events=shown, next=shown[-1].id if len(rows) > limit else None)

    @routes.get("/{event_id}", dependencies=reads, summary="Show an event that could not be applied")
    async def show(event_id: EventId) -> EventDetails:
        row = await _row(pool, event_id)
        try:
            body: dict[str, Any] = {"body": (row["body"] or b"").decode(), "body_base64": None}
        except UnicodeDecodeError:
            body = {"body": None, "body_base64": base64.b64encode(row["body"]).decode()}
        return EventDetails(**_event(row).model_dump(), **body, headers=orjson.loads(row["headers"]))


def _add_acting(routes: APIRouter, pool: asyncpg.Pool, consuming: Sequence[Consuming]) -> None:
    writes = [Depends(require("quarantine:write"))]

    @routes.post("/replay", dependencies=writes, summary="Apply many events again, a portion at a time")
    async def replay_many(what: EventsReplay, principal: CurrentPrincipal) -> EventsReplayed:
        rows = await _page(pool, (what.consumer, what.type, what.reason, False), what.cursor, PORTION)
        portion = rows[:PORTION]
        applied = failing = 0
        for consumer, group in groupby(portion, lambda row: row["consumer"]):
            handler = _handler(consuming, consumer)
            if handler is None:
                failing += sum(1 for _ in group)
                continue
            places = [(row["source"], row["shard"], row["position"]) for row in group]
            one, other = await _replay(pool, consumer, handler, places)
            applied, failing = applied + one, failing + other
        log.info("events_replayed", by=principal.actor, applied=applied, failing=failing)
        after = _event(portion[-1]).id if len(rows) > PORTION else None
        return EventsReplayed(applied=applied, failing=failing, next=after)

    @routes.post("/{event_id}/replay", dependencies=writes, summary="Apply an event again, also one given up")
    async def replay_one(event_id: EventId, principal: CurrentPrincipal) -> EventOutcome:
        row = await _row(pool, event_id)
        handler = _handler(consuming, row["consumer"])
        if handler is None:
            raise Conflict("This release has no consumer of this name.", code="no_consumer")
        applied, _ = await _replay(pool, row["consumer"], handler, [(row["source"], row["shard"], row["position"])])
        log.info("event_replayed", by=principal.actor, quarantined=event_id, applied=bool(applied))
        left = await pool.fetchrow(_ONE, *_key(event_id))
        return EventOutcome(outcome="failing" if left else "applied", event=_event(left) if left else None)

    @routes.post("/{event_id}/discard", dependencies=writes, summary="Give an event up; it stays stored")
    async def discard(event_id: EventId, why: EventDiscard, principal: CurrentPrincipal) -> QuarantinedEvent:
        if not await pool.fetchval(_DISCARD, *_key(event_id), why.reason, principal.actor):
            row = await _row(pool, event_id)
            raise Conflict(f"The event was given up by {row['discarded_by']} before.", code="discarded")
        return _event(await _row(pool, event_id))


async def _page(
    pool: asyncpg.Pool, wanted: Sequence[object], cursor: str | None, limit: int
) -> Sequence[asyncpg.Record]:
    after = _key(cursor) if cursor else (None, None, None, None)
    return await pool.fetch(sql("quarantine_list"), *wanted, *after, limit + 1)


async def _replay(
    pool: asyncpg.Pool, consumer: str, handler: Handler, places: Sequence[tuple[str, int, int]]
) -> tuple[int, int]:
    async with pool.acquire() as connection:
        done = await replay(connection, consumer, handler.apply, places, parks_streams=handler.parks_streams)
    if done.applied:
        handler.applied()
    return done


def _handler(consuming: Sequence[Consuming], consumer: str) -> Handler | None:
    return next((found for part in consuming if (found := part.handler(consumer)) is not None), None)


async def _row(pool: asyncpg.Pool, event_id: str) -> asyncpg.Record:
    row = await pool.fetchrow(_ONE, *_key(event_id))
    if row is None:
        raise NotFound("No such event is in quarantine.")
    return row


def _key(event_id: str) -> tuple[str, str, int, int]:
    consumer, source, shard, position = event_id.split(":")
    return consumer, source, int(shard), int(position)


def _event(row: asyncpg.Record) -> QuarantinedEvent:
    id_ = f"{row['consumer']}:{row['source']}:{row['shard']}:{row['position']}"
    return QuarantinedEvent.model_validate({**row, "id": id_})
