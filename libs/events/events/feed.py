"""The feed of a service's events by HTTP, for integrators that read no Kafka: everything once, in order, by a cursor.

An event is a CloudEvents 1.0 object in JSON format (https://github.com/cloudevents/spec, json-format.md) with the
attributes that Kafka's headers have. Events of one `subject` come in the order of their versions; between subjects only
roughly by time. Personal data are sealed here as everywhere in the log.

The cursor holds the position read in each shard. Positions have no gaps and become visible in their order, so whoever
goes on from `next` misses nothing, however late a transaction committed.
"""

from typing import Annotated, Any
from uuid import UUID

import asyncpg
import orjson
from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from events.auth import EVERYTHING, CurrentPrincipal, Principal, require
from events.envelope import SHARDS
from events.problems import Forbidden
from events.sqlfile import sql

LOOKED_AT_ONCE = 1000
_HEADS = """
SELECT coalesce((SELECT e.position FROM events e WHERE e.shard = s.shard ORDER BY e.position DESC LIMIT 1), 0)
  FROM generate_series(0, 15) AS s(shard) ORDER BY s.shard
"""

Limit = Annotated[
    int,
    Query(ge=1, le=LOOKED_AT_ONCE, description="Most events looked at; with `type` a page may give fewer, or none."),
]
Types = Annotated[
    list[Annotated[str, Field(pattern=r"^[a-z0-9.-]{1,100}$", examples=["lead.captured.v1"])]] | None,
    Query(max_length=50, alias="type", description="Only these types. The cursor passes the others."),
]


class CloudEvent(BaseModel):
    """An event of the log as a CloudEvents 1.0 object."""

    specversion: str = Field(examples=["1.0"])
    id: UUID
    source: str = Field(examples=["/voronka/leads"])
    type: str = Field(examples=["lead.captured.v1"])
    subject: UUID = Field(description="The stream: the lead, customer, deal … that it is about.")
    time: str = Field(description="Business time, RFC 3339.")
    recordedtime: str = Field(description="When it was written to the log, RFC 3339.")
    sequence: str = Field(description="Position in the shard, 20 digits.", examples=["00000000000000000042"])
    shard: int = Field(ge=0, lt=SHARDS, description="Kafka's partition.")
    streamversion: int = Field(ge=1)
    actor: str
    correlationid: UUID
    causationid: UUID | None = None
    traceparent: str | None = None
    datacontenttype: str = Field(examples=["application/json"])
    data: dict[str, Any] = Field(description="As /docs/events describes the type.")


class Feed(BaseModel):
    """A page of the feed. `next` is always there: keep it, and go on from it later when `more` is false."""

    events: list[CloudEvent]
    next: str
    more: bool = Field(description="False: nothing more is there yet.")


class Stream(BaseModel):
    """A page of one stream, by version."""

    events: list[CloudEvent]
    more: bool


def router(service: str, pool: asyncpg.Pool) -> APIRouter:
    """``GET /events`` and ``GET /events/streams/{stream_id}``."""
    made = APIRouter(tags=["events"])

    @made.get("/events", response_model=Feed, dependencies=[Depends(require("events:read"))])
    async def events(
        principal: CurrentPrincipal,
        cursor: Annotated[
            str | None,
            Query(pattern=rf"^{service}(\.\d{{1,18}}){{{SHARDS}}}$", description="`next` of the page before."),
        ] = None,
        only_new: Annotated[bool, Query(description="Without a cursor: begin at the end of the log.")] = False,
        limit: Limit = 500,
        types: Types = None,
    ) -> Response:
        """The next events after the cursor, from the first ever if there is none."""
        _sees_everything(principal)
        if cursor is not None:
            positions = [int(position) for position in cursor.split(".")[1:]]
        elif only_new:
            positions = [row[0] for row in await pool.fetch(_HEADS)]
        else:
            positions = [0] * SHARDS
        rows = await pool.fetch(sql("feed_page"), list(range(SHARDS)), positions, limit, types)
        for row in rows:
            positions[row["shard"]] = row["position"]
        page = {
            "events": [_cloud_event(service, row) for row in rows if row["wanted"]],
            "next": ".".join([service, *map(str, positions)]),
            "more": len(rows) == limit,
        }
        return Response(orjson.dumps(page, default=str), media_type="application/json")

    @made.get("/events/streams/{stream_id}", response_model=Stream, dependencies=[Depends(require("events:read"))])
    async def stream(
        principal: CurrentPrincipal,
        stream_id: UUID,
        after: Annotated[int, Query(ge=0, le=2**31 - 1, description="The last version already read.")] = 0,
        limit: Annotated[int, Query(ge=1, le=LOOKED_AT_ONCE)] = 500,
    ) -> Response:
        """All that happened to one lead, customer, deal …; empty if nothing did."""
        _sees_everything(principal)
        rows = await pool.fetch(sql("feed_stream"), stream_id, after, limit)
        page = {"events": [_cloud_event(service, row) for row in rows], "more": len(rows) == limit}
        return Response(orjson.dumps(page, default=str), media_type="application/json")

    return made


def _sees_everything(principal: Principal) -> None:
    if EVERYTHING not in principal.directions:
        raise Forbidden(
            "The feed has the events of all lines of business, and this key or user sees some of them only."
        )


def _cloud_event(service: str, row: asyncpg.Record) -> dict[str, Any]:
    optional = {"causationid": row["causation_id"], "traceparent": row["traceparent"]}
    return {
        "specversion": "1.0",
        "id": row["id"],
        "source": f"/voronka/{service}",
        "type": row["type"],
        "subject": row["stream_id"],
        "time": row["occurred_at"],
        "recordedtime": row["recorded_at"],
        "sequence": f"{row['position']:020}",
        "shard": row["shard"],
        "streamversion": row["version"],
        "actor": row["actor"],
        "correlationid": row["correlation_id"],
        **{name: value for name, value in optional.items() if value is not None},
        "datacontenttype": "application/json",
        "data": orjson.Fragment(row["data"]),
    }
