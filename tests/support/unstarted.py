"""The HTTP side of every service as it is composed for a process, with nothing behind it.

Enough to prove who is let in and what bodies are taken: both are decided before a handler begins. In the place of each
handler stands one that answers 418 (RFC 2324).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any
from unittest.mock import patch
from uuid import UUID

import structlog
from events.api_keys import ApiKeys
from events.app import Runtime
from events.auth import Authenticator, RouteAccess, Verifier, access_of
from events.compose import compose
from events.edge import Edge
from events.gate import Gate
from events.health import Health
from events.settings import Settings
from fastapi import HTTPException
from fastapi.routing import APIRoute
from starlette.types import Message

SERVICES = ("leads", "deals", "automation", "analytics")
SECRET = "a2" * 21 + "Y="
GIVEN: Mapping[str, Any] = {
    "database_url": "postgresql://nobody@127.0.0.1:1/none",
    "master_key": SECRET,
    "index_key": SECRET,
    "link_keys": SECRET,
    "public_url": "https://crm.test",
}
SOMETHING = UUID(int=7)
REACHED = 418
"""What a handler answers that was reached."""


@dataclass(frozen=True)
class Unstarted:
    """A service that was put together and never started."""

    name: str
    edge: Edge
    routes: list[APIRoute]
    declared: list[RouteAccess]

    def calls(self) -> Iterator[tuple[str, RouteAccess]]:
        """Every method of every route, but for HEAD and for raw routes, whose senders prove themselves otherwise."""
        for access in self.declared:
            yield from ((method, access) for method in access.methods.split(",") if method not in ("HEAD", "*"))


@dataclass(frozen=True)
class Answered:
    """What came back, and the template of the route that answered."""

    status: int
    body: bytes
    headers: dict[bytes, bytes]
    route: str | None


def _reached(**_given: Any) -> None:
    raise HTTPException(REACHED)


@cache
def settings_of(name: str) -> Settings:
    """Settings with which the service would start, were there a database."""
    kind: type[Settings] = import_module(f"{name}.main").SERVICE.settings
    return kind.model_validate({key: value for key, value in GIVEN.items() if key in kind.model_fields})


def unstarted(name: str, given: tuple[dict[str, Any], ...] = (), tokens: Verifier | None = None) -> Unstarted:
    """The service ``name``; ``given`` are its API keys, ``tokens`` knows its users."""
    service, settings = import_module(f"{name}.main").SERVICE, settings_of(name)
    settings = settings.model_validate({**dict(settings), "api_keys": given})
    pool: Any = None
    keys = ApiKeys(pool, settings.api_keys)
    runtime = Runtime(name, settings, pool, structlog.get_logger(), Authenticator(keys, tokens), keys)
    declared: list[RouteAccess] = []

    def listened(*asked: Any) -> list[RouteAccess]:
        declared.extend(access_of(*asked))
        return declared

    with patch("events.compose.access_of", listened):
        edge, api = compose(service, runtime, Health(pool, service.migrations))
    edge.api = api
    routes = [gate.route for gate in api.routes if isinstance(gate, Gate) and isinstance(gate.route, APIRoute)]
    for route in routes:
        route.dependant.call = _reached
    return Unstarted(name, edge, routes, declared)


def filled(path: str) -> str:
    """A path with something in the place of each of its parameters."""
    return re.sub(r"\{(\w+)(?::\w+)?\}", str(SOMETHING), path)


async def ask(edge: Edge, method: str, path: str, credential: str | None = None, body: bytes = b"") -> Answered:
    """One request through everything that stands in front of the handlers."""
    headers = [(b"host", b"crm.test")]
    if credential is not None:
        headers.append((b"authorization", b"Bearer " + credential.encode()))
    if body:
        headers += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "https",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("192.0.2.1", 40_000),
        "server": ("crm.test", 443),
    }
    sent: list[Message] = []

    received = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Message:
        return next(received, {"type": "http.disconnect"})

    async def send(message: Message) -> None:
        sent.append(message)

    await edge(scope, receive, send)
    start = next(message for message in sent if message["type"] == "http.response.start")
    content = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
    return Answered(start["status"], content, dict(start["headers"]), getattr(scope.get("route"), "path_format", None))
