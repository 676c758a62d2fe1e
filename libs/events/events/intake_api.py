"""The quarantine of requests by HTTP: what could not be understood is listed, shown, corrected, replayed or discarded.

The original body is never changed: a corrected one stands beside it and is what a replay reads. A replay does not ask
for the provider's signature again; who replays a refused request vouches for it.

Nobody knows yet what such a request is about, so it is of the line of business of its source; one of a source that
belongs to none may be about any, and is there for those only who see all of them.
"""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import asyncpg
import orjson
from fastapi import APIRouter, Body, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from events import disclosure
from events.auth import CurrentPrincipal, require
from events.intake_worker import IntakeWorker
from events.problems import Conflict, FieldError, Invalid, NotFound
from events.sources import Sources, sources_seen
from events.store import Conflict as StreamMoved

_COLUMNS = """
id, received_at, channel, source, state, reason, octet_length(body) AS size, corrected_body IS NOT NULL AS corrected
"""
_LIST = f"""
SELECT {_COLUMNS} FROM intake
 WHERE state = $6 AND ($1::text IS NULL OR channel = $1) AND ($2::text IS NULL OR source = $2)
   AND ($3::text IS NULL OR starts_with(reason, $3)) AND ($4::uuid IS NULL OR id > $4)
   AND ($7::text[] IS NULL OR channel || '/' || source = ANY($7))
 ORDER BY id LIMIT $5
"""  # noqa: S608
_SHOW = f"""
SELECT {_COLUMNS}, method, headers, body, corrected_body, settled_at, settled_by FROM intake WHERE id = $1
"""  # noqa: S608
_CORRECT = (
    "UPDATE intake SET corrected_body = $2, settled_by = $3"
    " WHERE id = $1 AND state = 'quarantined' AND erased_at IS NULL RETURNING true"
)
_RELEASE = """
UPDATE intake SET state = 'pending', reason = NULL, settled_at = NULL, settled_by = $2
 WHERE state = ANY($3) AND id = ANY($1::uuid[]) AND erased_at IS NULL RETURNING id
"""
# A worker beside this may have it in hand: who asks to have it understood now is told what came of it.
_WAIT = "SELECT FROM intake WHERE id = $1 FOR SHARE"
_DISCARD = """
UPDATE intake SET state = 'discarded', reason = concat($2::text, ' (was: ' || reason || ')'), settled_at = now(),
       settled_by = $3
 WHERE id = $1 AND state = 'quarantined' RETURNING true
"""

# What is shown of how a request came: other headers, and the address beyond channel and source, may hold secrets.
_SHOWN_HEADERS = frozenset(("content-type", "content-length", "user-agent", "date"))


Filter = Annotated[str | None, Query(max_length=200)]
Waiting = Literal["quarantined", "discarded"]


class QuarantinedRequest(BaseModel):
    """A request that was not understood or refused."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    received_at: datetime
    channel: str
    source: str
    state: Literal["pending", "done", "ignored", "quarantined", "discarded"]
    reason: str | None = Field(description="In plain words, without personal data.")
    size: int = Field(description="Bytes of the original body.")
    corrected: bool


class RequestPage(BaseModel):
    """Requests, oldest first; `next` is the cursor of the next page, empty on the last."""

    requests: list[QuarantinedRequest]
    next: UUID | None


class BodyShown(BaseModel):
    """A body as text if it is UTF-8, else as base64; neither for who does not see customers."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_extra={"examples": [{"text": "Name=Anna&Phone=%2B79123456789"}]}
    )

    text: str | None = None
    base64: str | None = None


class RequestDetails(QuarantinedRequest):
    """A request with its body; it holds personal data in the clear."""

    method: str
    headers: dict[str, str] = Field(description="Only those without secrets.")
    original_body: BodyShown
    corrected_body: BodyShown | None
    settled_at: datetime | None
    settled_by: str | None


class Replayed(BaseModel):
    """How many requests were taken out of quarantine to be understood again."""

    replayed: int


class Discard(BaseModel):
    """Why a request is given up."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [{"reason": "a robot"}]})

    reason: str = Field(min_length=1, max_length=500)


def router(pool: asyncpg.Pool, worker: IntakeWorker, sources: Sources) -> APIRouter:
    """``/quarantined-requests``: to read and to act on."""
    routes = APIRouter(prefix="/quarantined-requests", tags=["Quarantined requests"])
    _add_reading(routes, pool, sources)
    _add_acting(routes, pool, worker, sources)
    return routes


def _add_reading(routes: APIRouter, pool: asyncpg.Pool, sources: Sources) -> None:
    reads = [Depends(require("quarantine:read"))]

    @routes.get("", dependencies=reads, summary="List quarantined requests, oldest first")
    async def list_requests(
        principal: CurrentPrincipal,
        channel: Filter = None,
        source: Filter = None,
        reason: Annotated[str | None, Query(max_length=200, description="How the reason begins.")] = None,
        state: Annotated[Waiting, Query(description="Those that wait, or those given up.")] = "quarantined",
        cursor: UUID | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
    ) -> RequestPage:
        asked = channel, source, reason, cursor, limit + 1, state, sources_seen(principal, sources)
        rows = await pool.fetch(_LIST, *asked)
        shown = [QuarantinedRequest(**row) for row in rows[:limit]]
        return RequestPage(requests=shown, next=shown[-1].id if len(rows) > limit else None)

    seen = Depends(_seen(pool, sources))

    @routes.get("/{request_id}", dependencies=[*reads, seen], summary="Show a request with its body")
    async def show(request_id: UUID) -> RequestDetails:
        return await _details(pool, request_id)


def _add_acting(routes: APIRouter, pool: asyncpg.Pool, worker: IntakeWorker, sources: Sources) -> None:
    writes = [Depends(require("quarantine:write"))]
    one = [*writes, Depends(_seen(pool, sources))]

    @routes.put("/{request_id}/body", dependencies=one, summary="Correct the body; the original is kept")
    async def correct(request_id: UUID, body: BodyShown, principal: CurrentPrincipal) -> RequestDetails:
        if not await pool.fetchval(_CORRECT, request_id, _bytes(body), principal.actor):
            await _explain(pool, request_id)
        return await _details(pool, request_id)

    @routes.post("/{request_id}/replay", dependencies=one, summary="Understand a request again, now; also one given up")
    async def replay(request_id: UUID, principal: CurrentPrincipal) -> RequestDetails:
        if not await pool.fetch(_RELEASE, [request_id], principal.actor, ["quarantined", "discarded"]):
            await _explain(pool, request_id)
        with suppress(StreamMoved):  # then it is pending, and the worker takes it
            await worker.process([request_id])
        await pool.execute(_WAIT, request_id)
        return await _details(pool, request_id)

    @routes.post("/replay", dependencies=writes, summary="Understand many requests again, soon")
    async def replay_all(
        principal: CurrentPrincipal,
        channel: Annotated[str | None, Body(max_length=200)] = None,
        source: Annotated[str | None, Body(max_length=200)] = None,
        reason: Annotated[
            str | None,
            Body(max_length=200, description="How the reason begins; refused signatures only where it says so."),
        ] = None,
    ) -> Replayed:
        replayed, after, seen = 0, None, sources_seen(principal, sources)
        while rows := await pool.fetch(_LIST, channel, source, reason, after, 500, "quarantined", seen):
            after = rows[-1]["id"]
            vouched = bool(reason and reason.startswith("signature"))
            ids = [row["id"] for row in rows if vouched or not (row["reason"] or "").startswith("signature")]
            replayed += len(await pool.fetch(_RELEASE, ids, principal.actor, ["quarantined"]))
        worker.wake()
        return Replayed(replayed=replayed)

    @routes.post("/{request_id}/discard", dependencies=one, summary="Give a request up; it stays stored")
    async def discard(request_id: UUID, why: Discard, principal: CurrentPrincipal) -> RequestDetails:
        if not await pool.fetchval(_DISCARD, request_id, why.reason, principal.actor):
            await _explain(pool, request_id)
        return await _details(pool, request_id)


def _seen(pool: asyncpg.Pool, sources: Sources) -> Callable[..., Awaitable[None]]:
    async def check(request_id: UUID, principal: CurrentPrincipal) -> None:
        seen = sources_seen(principal, sources)
        query = "SELECT channel || '/' || source FROM intake WHERE id = $1"
        if seen is not None and await pool.fetchval(query, request_id) not in seen:
            raise NotFound("There is no such request.")

    return check


async def _details(pool: asyncpg.Pool, request_id: UUID) -> RequestDetails:
    row = await pool.fetchrow(_SHOW, request_id)
    if row is None:
        raise NotFound("There is no such request.")
    fields = dict(row)
    headers = orjson.loads(fields.pop("headers"))
    body, corrected = fields.pop("body"), fields.pop("corrected_body")
    return RequestDetails(
        **fields,
        headers={name: value for name, value in headers if name in _SHOWN_HEADERS},
        original_body=_shown(body),
        corrected_body=None if corrected is None else _shown(corrected),
    )


async def _explain(pool: asyncpg.Pool, request_id: UUID) -> None:
    row = await pool.fetchrow("SELECT state, erased_at FROM intake WHERE id = $1", request_id)
    if row is None:
        raise NotFound("There is no such request.")
    if row["erased_at"] is not None:
        raise Conflict("The request was emptied: its person is erased.", code="erased")
    raise Conflict(f"The request is {row['state']}, not quarantined.")


@disclosure.shown
def _shown(body: bytes) -> BodyShown:
    if disclosure.is_withheld():
        return BodyShown()
    disclosure.tell(rows=1)
    try:
        return BodyShown(text=body.decode())
    except UnicodeDecodeError:
        return BodyShown(base64=base64.b64encode(body).decode())


def _bytes(body: BodyShown) -> bytes:
    if (body.text is None) == (body.base64 is None):
        raise Invalid("Give the body as text or as base64.", errors=[FieldError("one of text and base64", "#")])
    if body.text is not None:
        return body.text.encode()
    try:
        return base64.b64decode(body.base64 or "", validate=True)
    except ValueError:
        raise Invalid(errors=[FieldError("is not base64", "#/base64")]) from None
