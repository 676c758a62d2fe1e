"""A shop's two months behind a real port, and Debian's Chromium to look at them."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from analytics.live import telling
from analytics.main import SALES, SERVICE
from analytics.settings import Settings
from events.app import build
from events.envelope import topic_of
from listening import listening
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from .shop_life import ShopLife

KEY = "vk_head_" + "h" * 43
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PICTURES = os.environ.get("VORONKA_PICTURES")
_APPLIED = """
INSERT INTO watermarks AS w (consumer, source, shard, position)
SELECT $1, s, n, 1 FROM unnest($2::text[]) s, generate_series(0, 15) n
ON CONFLICT (consumer, source, shard) DO UPDATE SET position = w.position + 1
"""


@dataclass
class Shop:
    """The service at work, and what happens in the shop."""

    sales: object
    url: str
    life: ShopLife
    client: httpx2.AsyncClient
    _seen: int = 0

    async def happens(self) -> None:
        """What was appended since the last time is applied, as the consumer does it."""
        records = self.life.log.records[self._seen :]
        self._seen += len(records)
        await self.sales.apply(records)
        topics = [topic_of(source) for source in SALES.sources]
        await self.sales.pool.execute(_APPLIED, self.sales.build.consumer_name, topics)

    async def report(self, path: str, **asked: str):
        return (await self.client.get(path, params=asked)).json()


@pytest.fixture
async def shop(sales, monkeypatch) -> AsyncIterator[Shop]:
    monkeypatch.setattr(telling, "LOOK_SECONDS", 0.1)
    keys = [{"key": KEY, "name": "head", "roles": ["head"]}]
    app = build(SERVICE, Settings(database_url=sales.dsn, api_keys=json.dumps(keys), roles="api"))
    life = ShopLife(datetime.now(UTC))
    life.live(260)
    headers = {"Authorization": f"Bearer {KEY}"}
    async with listening(app) as url, httpx2.AsyncClient(base_url=url, headers=headers) as client:
        made = Shop(sales, url, life, client)
        await made.happens()
        yield made


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("CI has Chromium: apt-get install chromium")
        pytest.skip("needs Chromium: apt-get install chromium")
    async with async_playwright() as playwright:
        made = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        await made.close()


@dataclass
class Visitor:
    """A tab, with whatever went wrong in it."""

    page: Page
    shop: Shop
    tmp: Path
    troubles: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)

    async def opens(self, fragment: str = "") -> None:
        await self.page.goto(f"{self.shop.url}/dashboard/{fragment}")

    async def signs_in(self, key: str = KEY) -> None:
        await self.page.fill("input[name=key]", key)
        await self.page.click("#login button")

    async def until(self, truth: str, seconds: float = 60) -> None:
        """Waits for something to be true in the page, whose policy lets nothing wait in itself."""
        async with asyncio.timeout(seconds):
            while not await self.page.evaluate(truth):
                await asyncio.sleep(0.03)

    async def sees_everything(self) -> None:
        """Every card has been read and drawn."""
        await self.until(
            "[...document.querySelectorAll('.card')].every(c => c.getAttribute('aria-busy') === 'false'"
            " && c.querySelector('h2').textContent) && document.querySelectorAll('.figure').length === 7"
        )

    async def figure(self, name: str) -> str:
        return await self.page.locator(".figure", has_text=name).locator("strong").first.inner_text()

    async def rows(self, card: str) -> list[list[str]]:
        """The table under a chart, as it is read out."""
        return await self.page.eval_on_selector_all(
            f"[data-card={card}] tbody tr", "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
        )

    async def takes_picture(self, name: str) -> None:
        folder = Path(PICTURES) if PICTURES else self.tmp
        await self.page.wait_for_timeout(400)  # charts move for a quarter of a second
        await self.page.screenshot(path=folder / f"{name}.png", full_page=True)


@pytest.fixture
async def visit(browser, shop, tmp_path) -> AsyncIterator:
    """``visitor = await visit(width, height, **how)``: a new tab of that size."""
    contexts: list[BrowserContext] = []

    async def enter(width: int = 1360, height: int = 900, **how) -> Visitor:
        context = await browser.new_context(viewport={"width": width, "height": height}, **{"locale": "en-GB", **how})
        contexts.append(context)
        visitor = Visitor(await context.new_page(), shop, tmp_path)
        page = visitor.page
        page.on("console", lambda said: said.type == "error" and visitor.troubles.append(said.text))
        page.on("pageerror", lambda error: visitor.troubles.append(str(error)))
        page.on("request", lambda request: visitor.asked.add(request.url.partition("/dashboard")[0]))
        return visitor

    yield enter
    for context in contexts:
        await context.close()
