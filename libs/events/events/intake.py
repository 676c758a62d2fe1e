"""Intake: a request is stored as received and acknowledged; understanding it comes after.

The route is plain ASGI and shares its transaction with whatever else arrives at the moment, so that a burst costs one
commit for hundreds of requests. A 2xx means that the bytes are durable. What is refused (bad signature, unknown source,
too large) is answered with problem+json and kept all the same, in quarantine with the reason.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg
import orjson
from starlette.types import Receive, Scope, Send
from uuid_utils.compat import uuid7

from events import metrics, tracing
from events.groupcommit import GroupCommit
from events.problems import NotFound, Problem, TooLarge, TooManyRequests, Unavailable
from events.quarantine import INFRASTRUCTURE
from events.sqlfile import sql
from events.webhooks import RawRequest, Reply

KEPT_OF_TOO_LARGE = 65_536
STORE_SECONDS = 5.0
"""A sender who is told later that his request was not stored has gone by then, and those behind him waited with him."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with a request before it is parsed: ``store`` it (or only answer), and how to answer.

    With ``refused`` the request is kept in quarantine under that reason instead of being processed. One that is
    ``deferred`` is understood when no other waits.
    """

    reply: Reply | Problem
    store: bool = True
    refused: str | None = None
    deferred: bool = False


Admit = Callable[[RawRequest], Verdict]


class Intake:
    """The ASGI application under ``/in/{channel}/{source}``. ``admit`` verifies; it does no I/O and never raises.

    More may follow the source: some providers append their own path, others carry a secret there.
    """

    def __init__(
        self,
        service: str,
        pool: asyncpg.Pool,
        admit: Admit,
        stored: Callable[[], None],
        *,
        max_body_bytes: int,
        public_url: str | None,
    ) -> None:
        """``stored`` is called after each commit: it wakes the worker."""
        self._service = service
        self._pool = pool
        self._admit = admit
        self._stored = stored
        self._max_body_bytes = max_body_bytes
        self._public_url = public_url
        self._group: GroupCommit[tuple[RawRequest, Verdict], None] = GroupCommit(
            self._write, isolate=(asyncpg.DataError,)
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Receives one request; answers after its commit."""
        request, too_large = await self._read(scope, receive)
        if request is None:
            await NotFound("Requests are received under /in/{channel}/{source}.").response()(scope, receive, send)
            return
        if too_large:
            limit = f"The body is larger than {self._max_body_bytes} bytes; its beginning was kept."
            verdict = Verdict(TooLarge(limit), refused="too large")
        else:
            verdict = self._admit(request)
        if verdict.store or verdict.refused:
            try:
                await self._group.submit((request, verdict))
            except INFRASTRUCTURE:
                metrics.INTAKE_RECEIVED.labels(_known(request, verdict), "unavailable").inc()
                verdict = Verdict(Unavailable("The request was not stored; send it again.", retry_after=1))
        elif isinstance(verdict.reply, TooManyRequests):
            metrics.INTAKE_RECEIVED.labels(request.channel, "over budget").inc()
        if isinstance(verdict.reply, Problem):
            await verdict.reply.response()(scope, receive, send)
        else:
            await _answer(verdict.reply, send)

    async def _read(self, scope: Scope, receive: Receive) -> tuple[RawRequest | None, bool]:
        parts = scope["path"].split("/")
        if len(parts) < 4 or not parts[2] or not parts[3]:
            return None, False
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ConnectionResetError("the sender went away before its body was complete")
            chunk = message.get("body", b"")
            size += len(chunk)
            if size <= self._max_body_bytes or not chunks:
                chunks.append(chunk)
            if not message.get("more_body"):
                break
        body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        if size > self._max_body_bytes:
            body = body[:KEPT_OF_TOO_LARGE]
        query = scope["query_string"]
        path = scope["raw_path"].decode("latin-1") if scope.get("raw_path") else scope["path"]
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
        host = self._public_url or f"{scope['scheme']}://{dict(headers).get('host', '')}"
        url = f"{host}{path}{'?' + query.decode('latin-1') if query else ''}"
        request = RawRequest(
            uuid7(),
            datetime.now(UTC),
            parts[2],
            parts[3],
            scope["method"],
            url,
            headers,
            body,
            tracing.current_traceparent(),
            (scope.get("client") or (None,))[0],
        )
        return request, size > self._max_body_bytes

    async def _write(self, requests: Sequence[tuple[RawRequest, Verdict]]) -> Sequence[Exception | None]:
        async with asyncio.timeout(STORE_SECONDS):
            await self._store(requests)
        for request, verdict in requests:
            outcome = "refused" if verdict.refused else "deferred" if verdict.deferred else "accepted"
            metrics.INTAKE_RECEIVED.labels(_known(request, verdict), outcome).inc()
        self._stored()
        return [None] * len(requests)

    async def _store(self, requests: Sequence[tuple[RawRequest, Verdict]]) -> None:
        await self._pool.execute(
            sql("intake_store"),
            [r.id for r, _ in requests],
            [r.received_at for r, _ in requests],
            [_storable(r.channel) for r, _ in requests],
            [_storable(r.source) for r, _ in requests],
            [r.method for r, _ in requests],
            [_storable(r.url) for r, _ in requests],
            [_storable(orjson.dumps(r.headers).decode()) for r, _ in requests],
            [r.body for r, _ in requests],
            ["quarantined" if verdict.refused else "pending" for _, verdict in requests],
            [verdict.refused for _, verdict in requests],
            [r.traceparent for r, _ in requests],
            [verdict.deferred for _, verdict in requests],
        )


def _known(request: RawRequest, verdict: Verdict) -> str:
    """The channel for a metric: what nobody has looked at could be any word."""
    return "unknown" if verdict.refused in ("unknown channel", "too large") else request.channel


def _storable(text: str) -> str:
    return text.replace("\x00", "\ufffd").replace("\\u0000", "\\ufffd")


async def _answer(reply: Reply, send: Send) -> None:
    headers = [
        (b"content-type", reply.content_type.encode()),
        (b"content-length", str(len(reply.body)).encode()),
        *((name.encode(), value.encode()) for name, value in reply.headers),
    ]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
