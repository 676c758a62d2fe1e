"""What a service declares about itself, and what it has while it runs."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from fastapi import APIRouter
from starlette.types import ASGIApp

from events.api_keys import ApiKeys
from events.auth import Authenticator
from events.settings import Settings
from events.supervisor import Component


@dataclass(frozen=True)
class Runtime:
    """What a running service has. The pool is open by the time any route or component runs.

    What `closing` is given is closed at the very end, when all parts have stopped. `stopping` is set as soon as the
    service is told to stop, before it closes its port: answers that go on for long end then.
    """

    service: str
    settings: Any
    pool: asyncpg.Pool
    log: Any
    authenticator: Authenticator
    api_keys: ApiKeys
    closing: AsyncExitStack = field(default_factory=AsyncExitStack, compare=False)
    stopping: asyncio.Event = field(default_factory=asyncio.Event, compare=False)


def _nothing(_runtime: Runtime) -> Sequence[Any]:
    return ()


def _no_routes(_runtime: Runtime) -> Mapping[str, ASGIApp]:
    return {}


@dataclass(frozen=True)
class Service:
    """A service as it is declared: its name, its schema, and functions that make its routes and background parts.

    `raw_routes` gives plain ASGI apps (`RawRoute`) by path prefix, dispatched before FastAPI. `subscribes` names the
    services whose events it takes (for AsyncAPI). `examples` is a YAML file of bodies by call (`POST /leads`), for
    OpenAPI. `has_second_wall`: its tables have policies for `events.second_wall`.
    """

    name: str
    title: str
    description: str
    migrations: Path
    settings: type[Settings] = Settings
    routers: Callable[[Runtime], Sequence[APIRouter]] = _nothing
    components: Callable[[Runtime], Sequence[Component]] = _nothing
    raw_routes: Callable[[Runtime], Mapping[str, ASGIApp]] = _no_routes
    subscribes: tuple[str, ...] = ()
    examples: Path | None = None
    has_second_wall: bool = True
