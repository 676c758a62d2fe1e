"""The outermost layer of a service's HTTP side: one plain ASGI app around everything (no stack of middlewares).

It gives every request its trail, answers the service's own pages, sends raw routes past FastAPI, refuses what cannot
be stored, limits bodies, adds security headers, counts and times by route template, and turns whatever escapes into a
problem.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import structlog
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from events import metrics, tracing
from events.answers import problem_of
from events.auth import Authenticator, RawRoute, Require
from events.problems import Invalid, MethodNotAllowed, Problem, Unavailable

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


@dataclass
class Edge:
    """The ASGI app of a service. `api` is None until the service has started, and `not_started` says why; pages answer
    from the beginning.
    """

    service: str
    authenticator: Authenticator
    pages: Mapping[str, Page]
    not_started: Callable[[], Problem]
    raw: Mapping[str, RawRoute]
    public_url: str
    max_requests_at_once: int
    log_requests: bool = False
    api: ASGIApp | None = None

    def __post_init__(self) -> None:
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
        api = self.api
        if api is None:
            raise self.not_started()
        if self._at_once >= self.max_requests_at_once:
            raise Unavailable("Too many requests are being worked on.", retry_after=1)
        self._at_once += 1
        try:
            await self._route(api, scope, receive, send)
        finally:
            self._at_once -= 1

    async def _route(self, api: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        for prefix, raw in self.raw.items():
            if path.startswith(prefix) and path[len(prefix) : len(prefix) + 1] in ("", "/"):
                scope["label"] = raw.label
                if isinstance(raw.access, Require):
                    await raw.access.admit(scope, self.authenticator)
                await raw.app(scope, receive, send)
                return
        await api(scope, receive, send)

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
