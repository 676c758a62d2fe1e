"""A leads service running in the test's own process, without a broker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
from events.app import App, build
from leads.main import SERVICE
from leads.settings import LeadsSettings

MASTER_KEY = bytes(32)
INDEX_KEY = bytes(range(32))

KEYS = {
    role: f"vk_{role}000_{'a' * 42}{n}"
    for n, role in enumerate(("admin", "manager", "head", "marketer", "integration", "service", "bi"))
}

SOURCES = """
- {channel: tilda, name: shop, secrets: [tilda-secret], direction: retail}
- {channel: telegram, name: bot, secrets: [telegram-secret]}
- {channel: web_form, name: site, secrets: [form-key]}
- {channel: behaviour, name: site, secrets: [site-key]}
- {channel: mango, name: main, secrets: [salt], options: {api_key: exchange-key}}
"""


@dataclass
class Running:
    """The service as a client sees it, with its pool to look behind."""

    pool: asyncpg.Pool
    client: httpx2.AsyncClient
    app: App

    async def call(self, method: str, path: str, role: str = "admin", **how: Any) -> httpx2.Response:
        headers = {"authorization": f"Bearer {KEYS[role]}", **how.pop("headers", {})}
        return await self.client.request(method, path, headers=headers, **how)

    async def settled(self) -> None:
        """Waits until no stored request is pending."""
        async with asyncio.timeout(60):
            while await self.pool.fetchval("SELECT count(*) FROM intake WHERE state = 'pending'"):
                await asyncio.sleep(0.01)


@asynccontextmanager
async def running_leads(dsn: str, folder: Path, **settings: Any) -> AsyncIterator[Running]:
    """Starts API and worker with an API key of every role; ``<role>_directions`` limits what a role's key sees."""
    sources = folder / "sources.yaml"
    sources.write_text(SOURCES)
    given = [
        {"key": key, "name": role, "roles": [role], "directions": settings.pop(f"{role}_directions", ["*"])}
        for role, key in KEYS.items()
    ]
    configured = LeadsSettings(
        database_url=dsn,
        api_keys=given,
        sources_path=sources,
        **{"roles": frozenset(("api", "worker")), "master_key": MASTER_KEY, "index_key": INDEX_KEY, **settings},
    )
    app = build(SERVICE, configured)
    async with app.running() as runtime:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://leads") as client:
            yield Running(runtime.pool, client, app)
