"""The automation service as its callers see it: its HTTP API on a database, without its background parts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx2
from automation.main import SERVICE, parts
from automation.settings import AutomationSettings
from events.api_keys import new_key
from events.app import App, Runtime, build
from pydantic import SecretStr

P = TypeVar("P")

URL = "http://automation.test"
MARKETER = {"mara": "marketer"}


@dataclass
class Service:
    """A running service; ``keys`` are the callers', by name."""

    client: httpx2.AsyncClient
    keys: dict[str, str]
    runtime: Runtime
    app: App

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
async def serving(
    dsn: str, people: Mapping[str, str | Mapping[str, Any]] = MARKETER, base_url: str = URL, **settings: Any
) -> AsyncIterator[Service]:
    """The service for these callers, who have a role or what an API key tells of them."""
    keys = {name: new_key() for name in people}
    told = {name: {"roles": [one]} if isinstance(one, str) else one for name, one in people.items()}
    made = AutomationSettings(
        database_url=SecretStr(dsn),
        roles=frozenset({"api"}),
        api_keys=tuple({"key": keys[name], "name": name, **told[name]} for name in people),
        service_key=SecretStr(new_key()),
        **settings,
    )
    app = build(SERVICE, made)
    transport = httpx2.ASGITransport(app)
    async with (
        app.running() as runtime,
        httpx2.AsyncClient(transport=transport, base_url=base_url) as client,
    ):
        yield Service(client, keys, runtime, app)
