"""The outermost layer of a service's HTTP side: one plain ASGI app around everything (no stack of middlewares).

It gives every request its trail, answers the service's own pages, sends raw routes past FastAPI, refuses what cannot
be stored, limits bodies, adds security headers, counts and times by route template, and turns whatever escapes into a
problem.
"""

import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import orjson
import structlog
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from events import metrics, tracing
from events.answers import problem_of
from events.auth import Authenticator, RawRoute, Require
from events.problems import Invalid, Malformed, MethodNotAllowed, NotFound, Problem, TooLarge, Unavailable

log = structlog.get_logger(__name__)

Page = Callable[[], Awaitable[Response]]

SECURITY_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
_HSTS = (b"strict-transport-security", b"max-age=31536000")
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


@dataclass
class Edge:
    """The ASGI app of a service. `api` is None until the service has started; pages answer from the beginning."""

    service: str
    authenticator: Authenticator
    pages: Mapping[str, Page]
    raw: Mapping[str, RawRoute]
    public_url: str
    max_body_bytes: int
    max_upload_bytes: int
    max_requests_at_once: int
    log_requests: bool = False
    api: ASGIApp | None = None
    _upload: ASGIApp = field(init=False)

    def __post_init__(self) -> None:
        self._upload = RequestBodyLimitMiddleware(self._call_api, self.max_upload_bytes)
        self._headers = (*SECURITY_HEADERS, _HSTS) if self.public_url.startswith("https:") else SECURITY_HEADERS
        self._at_once = 0
        self._counters: dict[tuple[str, str, int], Callable[[], None]] = {}
        self._timers: dict[tuple[str, str], Callable[[float], None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        correlation = traceparent = None
        for name, value in scope["headers"]:
            if name == b"x-correlation-id":
                correlation = str(value, "latin-1")
            elif name == b"traceparent":
                traceparent = str(value, "latin-1")
        trail = tracing.arriving(correlation, traceparent)
        entered = tracing.enter(trail)
        status = 0

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = message["headers"] = list(message.get("headers", ()))
                present = {name for name, _ in headers}
                headers.extend(header for header in self._headers if header[0] not in present)
                headers.append((b"x-correlation-id", str(trail.correlation_id).encode()))
            await send(message)

        try:
            with tracing.span(scope["method"], kind="server"):
                try:
                    await self._dispatch(scope, receive, send_on)
                except Exception as error:
                    problem = problem_of(error)
                    if not scope.get("reported"):
                        report(error, problem)
                    if status == 0:
                        await problem.response(self.public_url)(scope, receive, send_on)
                finally:
                    tracing.request_ended(scope["method"], _label(scope), status)
        finally:
            self._measure(scope, status, time.perf_counter() - started)
            tracing.leave(entered)

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        page = self.pages.get(path)
        if page is not None:
            scope["label"] = path
            if scope["method"] not in ("GET", "HEAD"):
                raise MethodNotAllowed(headers={"Allow": "GET, HEAD"})
            response = await page()
            await response(scope, receive, send)
            return
        if "\x00" in path or b"%00" in scope["query_string"]:
            raise Invalid("The address holds a NUL character.")
        if self.api is None:
            raise Unavailable("The service is starting.", retry_after=2)
        if self._at_once >= self.max_requests_at_once:
            raise Unavailable("Too many requests are being worked on.", retry_after=1)
        self._at_once += 1
        try:
            await self._route(scope, receive, send)
        finally:
            self._at_once -= 1

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        for prefix, raw in self.raw.items():
            if path.startswith(prefix) and path[len(prefix) : len(prefix) + 1] in ("", "/"):
                scope["label"] = raw.label
                if isinstance(raw.access, Require):
                    await raw.access.admit(scope, self.authenticator)
                await raw.app(scope, receive, send)
                return
        await self._with_body(scope, receive, send)

    async def _with_body(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind, length, chunked = b"", 0, False
        for name, value in scope["headers"]:
            if name == b"content-type":
                kind = value.lower()
            elif name == b"content-length" and value.isdigit():
                length = int(value)
            elif name == b"transfer-encoding":
                chunked = True
        if not length and not chunked:
            await self._call_api(scope, receive, send)
        elif b"json" not in kind:
            if length > self.max_upload_bytes:
                raise TooLarge(f"At most {self.max_upload_bytes} bytes are taken here.")
            await self._upload(scope, receive, send)
        else:
            if length > self.max_body_bytes:
                raise TooLarge(f"At most {self.max_body_bytes} bytes are taken here.")
            body = await read_body(receive, self.max_body_bytes)
            check_text(body)
            await self._call_api(scope, _replay(body, receive), send)

    async def _call_api(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.api is None:
            raise NotFound
        await self.api(scope, receive, send)

    def _measure(self, scope: Scope, status: int, seconds: float) -> None:
        method, label = scope["method"], _label(scope)
        count = self._counters.get((method, label, status))
        if count is None:
            count = self._counters[method, label, status] = metrics.HTTP_REQUESTS.labels(
                self.service, method, label, status
            ).inc
            self._timers[method, label] = metrics.HTTP_SECONDS.labels(self.service, method, label).observe
        count()
        self._timers[method, label](seconds)
        if self.log_requests:
            log.info("request", method=method, route=label, status=status, ms=round(seconds * 1000, 1))


def _label(scope: Scope) -> str:
    """The route's template, never the path: a path may hold ids and secrets, and is unbounded."""
    label = scope.get("label")
    return label if label is not None else getattr(scope.get("route"), "path_format", "unmatched")


def report(error: Exception, problem: Problem) -> None:
    """Logs what is the service's own trouble: an error with its traceback, a part that is away in one line."""
    if problem.status == 503:
        log.warning("request_refused", reason=problem.detail, error=type(error).__name__)
    elif problem.status >= 500:
        log.error("request_failed", exc_info=error)


async def read_body(receive: Receive, limit: int) -> bytes:
    """The whole body of a request. Raises TooLarge over `limit` bytes, Malformed if the client went away before its
    end.
    """
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        whole: bytes = message.get("body", b"")
        if len(whole) > limit:
            raise TooLarge(f"At most {limit} bytes are taken here.")
        return whole
    parts, size = [], 0
    while True:
        if message["type"] == "http.disconnect":
            raise Malformed("The connection ended before the body did.")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise TooLarge(f"At most {limit} bytes are taken here.")
        if not message.get("more_body"):
            return b"".join(parts)
        message = await receive()


def check_text(body: bytes) -> None:
    """Refuses JSON with text that PostgreSQL cannot store: NUL, lone surrogates, anything but UTF-8. Raises Invalid
    or Malformed.

    Done on the raw bytes, before any parsing: a group commit must not fail for one caller's character.
    """
    if b"\x00" in body:
        raise Malformed("The body is not JSON in UTF-8 (RFC 8259).")
    if b"\\u0000" in body and _NUL.search(body):
        raise Invalid("The body holds a NUL character (\\u0000).", hint="Text must not hold NUL characters.")
    if b"\\ud" in body or b"\\uD" in body:
        try:
            orjson.loads(body)
        except orjson.JSONDecodeError as error:
            if "surrogate" in str(error):
                raise Invalid("The body holds half of a surrogate pair.", hint="Encode the text as UTF-8.") from None
    if b"\xed" in body:
        try:
            body.decode()
        except UnicodeDecodeError:
            raise Malformed("The body is not UTF-8 (RFC 8259).") from None


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
