"""What stands in front of every FastAPI route: the permission, then the size and the text of the body, and who watches
what is shown (`events.audit`).

So a stranger is turned away before a byte of his body is read, and no handler sees what PostgreSQL cannot store.
"""

import re
from collections.abc import Iterable, Set
from contextlib import nullcontext
from dataclasses import dataclass

import orjson
from fastapi.routing import APIRoute
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from events import second_wall
from events.audit import Audit, watch
from events.auth import Authenticator, Public, Require, declarations
from events.problems import Invalid, Malformed, TooLarge

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


@dataclass(frozen=True)
class Limits:
    """Largest bodies, in bytes: of JSON, which is read whole, and of anything else (uploads), which streams."""

    json: int
    upload: int


class Gate(BaseRoute):
    """One route with its gate. Behaves as the route itself to a router."""

    def __init__(
        self, route: BaseRoute, authenticator: Authenticator, limits: Limits, audit: Audit, has_second_wall: bool
    ) -> None:
        self.route = route
        self._permissions = frozenset(_permissions(route))
        self._needed = _take_declarations(route)
        self._audit = audit
        self._has_second_wall = has_second_wall
        self._authenticator = authenticator
        self._limits = limits
        self._upload: ASGIApp = RequestBodyLimitMiddleware(route.handle, limits.upload)

    @property
    def methods(self) -> Set[str]:
        return getattr(self.route, "methods", None) or frozenset()

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return self.route.matches(scope)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises Unauthorised, Forbidden, TooLarge, Malformed or Invalid; then the route takes over."""
        for needed in self._needed:
            await needed.admit(scope, self._authenticator)
        with second_wall.asking(scope) if self._has_second_wall else nullcontext():
            await self._watched(scope, receive, send)

    async def _watched(self, scope: Scope, receive: Receive, send: Send) -> None:
        watching = watch(self._audit, scope, send, self._permissions)
        if watching is None:
            await self._take(scope, receive, send)
            return
        begun = watching.begin()
        try:
            await self._take(scope, receive, watching)
        except Exception:
            # Told in its own words: a route that had begun to answer would make a fault of it.
            if watching.failure is not None:
                raise watching.failure from None
            raise
        finally:
            watching.end(begun)

    async def _take(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind, length, chunked = b"", 0, False
        for name, value in scope["headers"]:
            if name == b"content-type":
                kind = value.lower()
            elif name == b"content-length" and value.isdigit():
                length = int(value)
            elif name == b"transfer-encoding":
                chunked = True
        if not length and not chunked:
            await self.route.handle(scope, receive, send)
        elif b"json" in kind:
            _check_length(length, self._limits.json)
            body = await read_body(receive, self._limits.json)
            check_text(body)
            await self.route.handle(scope, _replay(body, receive), send)
        else:
            _check_length(length, self._limits.upload)
            await self._upload(scope, receive, send)


def gates(
    routes: Iterable[BaseRoute], authenticator: Authenticator, limits: Limits, audit: Audit, *, has_second_wall: bool
) -> list[BaseRoute]:
    """The routes, each behind its gate; with `has_second_wall` what limited callers read is held (`second_wall`)."""
    return [Gate(route, authenticator, limits, audit, has_second_wall) for route in routes]


def _permissions(route: BaseRoute) -> list[str]:
    declared = declarations(getattr(route, "dependant", None))
    return [one.permission for one in declared if isinstance(one, Require)]


def _take_declarations(route: BaseRoute) -> list[Require]:
    """Takes each bare `Depends(require(…))` out of a route: FastAPI resolves a dependency in 10 µs, the gate in 1.

    A parameter `Annotated[Principal, Depends(require(…))]` stays, and so do dependencies of routers inside routers.
    """
    if not isinstance(route, APIRoute):
        return []
    steps = route.dependant.dependencies
    bare = [step for step in steps if isinstance(step.call, Require | Public) and step.name is None]
    for step in bare:
        steps.remove(step)
    return [step.call for step in bare if isinstance(step.call, Require)]


def _check_length(length: int, limit: int) -> None:
    if length > limit:
        raise TooLarge(f"At most {limit} bytes are taken here.")


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
