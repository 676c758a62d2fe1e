"""The automation service as its callers see it: its HTTP API on a database, without its background parts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx2
from automation.main import SERVICE, parts
from automation.settings import AutomationSettings
from events.api_keys import new_key
from events.app import Runtime, build
from pydantic import SecretStr

P = TypeVar("P")


@dataclass
class Service:
    """A running service; ``keys`` are the callers', by name."""

    client: httpx2.AsyncClient
    keys: dict[str, str]
    runtime: Runtime

    async def call(
        self, method: str, path: str, body: Any = None, status: int = 200, who: str | None = None, **headers: str
    ) -> Any:
        """What the service answers; the caller is the first of those that there are, if none is named."""
        key = self.keys[who or next(iter(self.keys))]
        given = {"authorization": f"Bearer {key}"} | {name.replace("_", "-"): text for name, text in headers.items()}
        answer = await self.client.request(method, path, json=body, headers=given)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def package(self, kind: type[P]) -> P:
        """The part of the service of this kind."""
        return next(one for one in parts(self.runtime).packages if isinstance(one, kind))


@asynccontextmanager
async def serving(dsn: str, roles: dict[str, str] | None = None, **settings: Any) -> AsyncIterator[Service]:
    """The service for callers with these ``roles`` by name, for one marketer if none are named."""
    roles = roles or {"mara": "marketer"}
    keys = {name: new_key() for name in roles}
    made = AutomationSettings(
        database_url=SecretStr(dsn),
        roles=frozenset({"api"}),
        api_keys=tuple({"key": keys[name], "name": name, "roles": [role]} for name, role in roles.items()),
        service_key=SecretStr(new_key()),
        **settings,
    )
    app = build(SERVICE, made)
    transport = httpx2.ASGITransport(app)
    async with (
        app.running() as runtime,
        httpx2.AsyncClient(transport=transport, base_url="http://automation.test") as client,
    ):
        yield Service(client, keys, runtime)
