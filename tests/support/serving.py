"""Fixtures for a whole service on a real database, with clients for it, in this process."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from events.api_keys import new_key
from events.app import App, Runtime, Service
from events.settings import Settings

ADMIN_KEY = new_key("admin")


@dataclass(frozen=True)
class Serving:
    """A running service: its app, what it has, a client that is an administrator and one that is nobody."""

    app: App
    runtime: Runtime
    admin: httpx2.AsyncClient
    nobody: httpx2.AsyncClient


Serve = Callable[..., Awaitable[Serving]]


@pytest.fixture
def no_migrations(tmp_path: Path) -> Path:
    """A service without migrations of its own."""
    path = tmp_path / "migrations"
    path.mkdir()
    return path


@pytest.fixture
async def serve(new_database: Callable[[], Awaitable[str]], no_migrations: Path) -> AsyncIterator[Serve]:
    """`serving = await serve(routers=…, components=…, settings={…})`: a service that runs until the test ends."""
    async with AsyncExitStack() as stack:

        async def start(*, settings: dict[str, Any] | None = None, **declared: Any) -> Serving:
            given = {"database_url": await new_database(), "bootstrap_key": ADMIN_KEY} | (settings or {})
            declared = {"name": "demo", "title": "Demo", "description": "For tests."} | declared
            service = Service(migrations=no_migrations, **declared)
            app = App(service, service.settings(**given))
            runtime = await stack.enter_async_context(app.running())

            async def client(**headers: str) -> httpx2.AsyncClient:
                transport = httpx2.ASGITransport(app=app)
                made = httpx2.AsyncClient(transport=transport, base_url="http://demo", headers=headers)
                return await stack.enter_async_context(made)

            return Serving(app, runtime, await client(authorization=f"Bearer {ADMIN_KEY}"), await client())

        yield start


@pytest.fixture
def plain_settings() -> Settings:
    """Settings for parts that need no database."""
    return Settings(database_url="postgresql://nobody@127.0.0.1:1/none")
