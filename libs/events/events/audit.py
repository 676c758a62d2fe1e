"""The audit of what is read: who was shown whose personal data, and who took files out. Changes are in the log itself.

An entry is durable before the first byte of its answer goes out: an answer that cannot be noted is not given (503).
Entries of requests that are answered at one time share a commit. There are ids and numbers in it, and no personal data.

Why somebody looks, he says himself: in the header ``X-Request-Reason``, as callers of Google's APIs say it to its audit
(``X-Goog-Request-Reason``, https://cloud.google.com/apis/docs/system-parameters).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import Token
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from urllib.parse import unquote_to_bytes
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.types import Message, Scope, Send
from uuid_utils.compat import uuid7

from events import disclosure, tracing
from events.auth import Principal, require
from events.cursor import Limit
from events.disclosure import SHOWING, Disclosure
from events.groupcommit import GroupCommit
from events.inputs import Moment
from events.problems import FieldError, Invalid
from events.sqlfile import sql

Kind = Literal["read", "export"]
Entry = tuple[UUID, Kind, str, str, str, str, str, int, UUID, str | None]
REASON: Final = "X-Request-Reason"
_HEADER: Final = REASON.lower().encode()
MOST_OF_A_REASON: Final = 200


class Audit:
    """Writes entries, many in one statement. ``needs_reason``: files, and all that is known of a person, are for who
    says why.
    """

    def __init__(self, pool: asyncpg.Pool, *, needs_reason: bool = False) -> None:
        self.needs_reason = needs_reason
        self._pool = pool
        self._commits: GroupCommit[Entry, None] = GroupCommit(self._write)

    async def add(self, entry: Entry) -> None:
        """Returns when it is durable; raises what the database raises."""
        await self._commits.submit(entry)

    async def _write(self, entries: Sequence[Entry]) -> Sequence[None]:
        await self._pool.execute(sql("audit_add"), *map(list, zip(*entries, strict=True)))
        return [None] * len(entries)


@dataclass(slots=True)
class Watch:
    """Stands between a route and its caller while one request is answered. `shows`: the route is made to show personal
    data, so that even an answer with nothing in it is noted.
    """

    audit: Audit
    scope: Scope
    send: Send
    shows: bool
    disclosure: Disclosure
    reason: str | None = None
    failure: Exception | None = None

    async def __call__(self, message: Message) -> None:
        """Passes a message on; before that of a good answer, the entry is written."""
        if message["type"] == "http.response.start" and 200 <= message["status"] < 300:
            kind: Kind = "export" if _is_file(message) else "read"
            told = self.disclosure.customers or self.disclosure.rows is not None
            if kind == "export" or self.shows or told:
                try:
                    if kind == "export":
                        check_reason(self.audit, self.reason)
                    await self.audit.add(self._entry(kind))
                except Exception as error:
                    self.failure = error
                    raise
        await self.send(message)

    def _entry(self, kind: Kind) -> Entry:
        principal: Principal = self.scope["principal"]
        shown, trail = self.disclosure, tracing.current_trail()
        route = f"{self.scope['method']} {getattr(self.scope.get('route'), 'path_format', 'unknown')}"
        rows = shown.rows if shown.rows is not None else len(shown.customers)
        objects, customers = ",".join(_ids(self.scope.get("path_params", {}))), ",".join(map(str, shown.named))
        correlation = trail.correlation_id if trail else uuid7()
        who = principal.actor, principal.id
        return uuid7(), kind, *who, route, objects, customers, rows, correlation, self.reason

    def begin(self) -> Token[Disclosure | None]:
        """Notes from here on, until `end`."""
        return disclosure.current.set(self.disclosure)

    def end(self, begun: Token[Disclosure | None]) -> None:
        """Notes no more."""
        disclosure.current.reset(begun)


def watch(audit: Audit, scope: Scope, send: Send, needed: frozenset[str]) -> Watch | None:
    """Who watches this request, if anybody knows who asks.

    A command that merely works with sealed texts (a second request of a known person, say) shows nothing of them: of
    commands that count is told of which `disclosure.shown` tells, but for those that are made to show personal data.
    Raises ``Invalid`` where a reason is needed.
    """
    principal = scope.get("principal")
    if not isinstance(principal, Principal):
        return None
    shows = not SHOWING.isdisjoint(needed)
    # Who writes documents and may read them is shown what he has written.
    read = {f"{one.partition(':')[0]}:read" for one in needed} & SHOWING | {"customers:read"}
    is_allowed = shows or not read.isdisjoint(principal.permissions)
    reason = _reason(scope)
    if "customers:export" in needed:
        check_reason(audit, reason)
    return Watch(audit, scope, send, shows, Disclosure(is_allowed, shows or scope["method"] == "GET"), reason)


def check_reason(audit: Audit, reason: str | None) -> None:
    """Raises ``Invalid`` where somebody has to say why, and does not."""
    if audit.needs_reason and reason is None:
        fault = FieldError(
            "is needed here: say why, and name the occasion, not the person", parameter=f"header:{REASON}"
        )
        raise Invalid(errors=[fault], code="reason_required")


def _reason(scope: Scope) -> str | None:
    """What the caller says, in UTF-8, percent-encoded or not: one line, its beginning."""
    said = next((value for name, value in scope["headers"] if name == _HEADER), b"")
    told = unquote_to_bytes(said).decode("utf-8", "replace")
    line = "".join(one if one.isprintable() else " " for one in told[:MOST_OF_A_REASON])
    return line.strip() or None


def _is_file(start: Message) -> bool:
    return any(name == b"content-disposition" and value.startswith(b"attachment") for name, value in start["headers"])


def _ids(parameters: Mapping[str, Any]) -> list[str]:
    """Ids only: whatever else stands in an address may be personal or secret."""
    found = []
    for value in parameters.values():
        try:
            found.append(str(UUID(str(value))))
        except ValueError:
            continue
    return found


class Disclosed(BaseModel):
    """One answer: who got it, by which route, and whose data it held."""

    id: UUID
    at: datetime
    kind: Kind = Field(description="`export`: a file. `read`: anything else.")
    actor: str
    actor_id: str = Field(description="Id of the API key, or subject of the token.")
    route: str = Field(examples=["GET /customers/{customer_id}"])
    objects: list[UUID] = Field(description="Ids in the address: which card, which list.")
    customers: list[UUID] = Field(description="Whose personal data were opened, the first thousand.")
    shown: int = Field(description="How many customers; of a file, how many rows.")
    correlation_id: UUID = Field(description="Finds the request in logs and traces.")
    reason: str | None = Field(description=f"Why, as the caller said it in `{REASON}`.")


class AuditPage(BaseModel):
    """A page of the audit, newest first; `next` is the cursor of the following page."""

    entries: list[Disclosed]
    next: UUID | None = None


def router(pool: asyncpg.Pool) -> APIRouter:
    """``GET /audit``."""
    routes = APIRouter(tags=["Operations"], dependencies=[Depends(require("audit:read"))])

    @routes.get("/audit", summary="Who was shown personal data, and who took files out")
    async def read_audit(
        kind: Kind | None = None,
        actor: Annotated[str | None, Query(max_length=120, pattern=r"^[^\x00]*$", examples=["user:anna"])] = None,
        customer_id: Annotated[UUID | None, Query(description="Whose data were shown.")] = None,
        since: Moment | None = None,
        until: Moment | None = None,
        cursor: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
        limit: Limit = 50,
    ) -> AuditPage:
        rows = await pool.fetch(sql("audit_page"), cursor, kind, actor, customer_id, since, until, limit + 1)
        entries = [Disclosed(**row) for row in rows[:limit]]
        return AuditPage(entries=entries, next=entries[-1].id if len(rows) > limit else None)

    return routes
