"""Who listens is told what changes, goes on where it was cut off, and is let go when the service stops."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

import httpx2
import pytest
from analytics.live import telling
from analytics.main import SERVICE
from analytics.settings import Settings
from events.api_keys import ApiKeys
from events.app import App, build
from events.auth import Principal
from events.envelope import topic_of
from listening import listening

KEYS = {"head": ["head"], "machine": ["integration"]}


def key(name: str) -> str:
    return f"vk_{name}_" + (name * 12)[:43]


@dataclass(frozen=True)
class Event:
    event: str
    id: str
    data: dict


@dataclass
class Service:
    app: App
    url: str
    client: httpx2.AsyncClient

    def headers(self, mark: str | None = None, name: str = "head") -> dict[str, str]:
        return {"Authorization": f"Bearer {key(name)}"} | ({"Last-Event-ID": mark} if mark is not None else {})

    async def events(self, mark: str | None = None) -> AsyncIterator[Event]:
        async with self.client.stream("GET", "/reports/live", headers=self.headers(mark)) as answer:
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("text/event-stream")
            found: dict[str, str] = {}
            async for line in answer.aiter_lines():
                name, _, value = line.partition(": ")
                if line and name:
                    found[name] = value
                elif "data" in found:
                    yield Event(found["event"], found["id"], json.loads(found["data"]))
                    found = {}


@pytest.fixture
def service(sales, monkeypatch) -> Callable:
    monkeypatch.setattr(telling, "LOOK_SECONDS", 0.05)

    @asynccontextmanager
    async def start(**settings) -> AsyncIterator[Service]:
        keys = [{"key": key(name), "name": name, "roles": roles, "directions": ["b2b"]} for name, roles in KEYS.items()]
        configured = Settings(database_url=sales.dsn, api_keys=json.dumps(keys), roles="api", **settings)
        app = build(SERVICE, configured)
        async with listening(app) as url, httpx2.AsyncClient(base_url=url, timeout=10) as client:
            yield Service(app, url, client)

    return start


@pytest.fixture
def applied(sales) -> Callable:
    """The consumer has applied one more event of a service."""

    async def move(source: str) -> None:
        await sales.pool.execute(
            "INSERT INTO watermarks AS w (consumer, source, shard, position)"
            " SELECT $1, $2, n, 1 FROM generate_series(0, 15) n"
            " ON CONFLICT (consumer, source, shard) DO UPDATE SET position = w.position + (w.shard = 3)::int",
            sales.build.consumer_name,
            topic_of(source),
        )

    return move


async def test_a_listener_is_told_which_reports_changed(service, applied) -> None:
    for source in ("leads", "deals", "automation"):
        await applied(source)
    async with service() as live, aclosing(live.events()) as events:
        first = await anext(events)
        assert (first.event, first.data) == ("now", {"sources": [], "facts": [], "reports": []})

        await applied("deals")
        changed = await anext(events)
        assert (changed.event, changed.data["sources"]) == ("changed", ["deals"])
        assert {"funnel", "channels", "dynamics", "pareto"} <= set(changed.data["reports"])
        assert {"deals", "payments"} <= set(changed.data["facts"])
        assert changed.id != first.id


async def test_who_was_cut_off_is_told_at_once_what_changed_meanwhile(service, applied) -> None:
    await applied("leads")
    await applied("deals")
    async with service() as live:
        async with aclosing(live.events()) as events:
            mark = (await anext(events)).id
        await applied("leads")
        async with aclosing(live.events(mark)) as events:
            missed = await anext(events)
            assert (missed.event, missed.data["sources"]) == ("changed", ["leads"])
        async with aclosing(live.events(missed.id)) as events:
            await applied("deals")
            assert (await anext(events)).data["sources"] == ["deals"]


async def test_a_hundred_changes_between_two_looks_are_one(service, applied) -> None:
    await applied("leads")
    async with service() as live, aclosing(live.events()) as events:
        await anext(events)
        began = time.monotonic()
        for _ in range(20):
            await applied("leads")
        looks = 2 + (time.monotonic() - began) / 0.05
        await asyncio.wait_for(anext(events), 60)
        heard = 1
        with pytest.raises(TimeoutError):
            while True:
                await asyncio.wait_for(anext(events), 0.3)
                heard += 1
        assert heard <= looks


async def test_nobody_listens_without_the_permission_to_read_reports(service) -> None:
    async with service() as live:
        assert (await live.client.get("/reports/live")).status_code == 401
        assert (await live.client.get("/reports/live", headers=live.headers(name="machine"))).status_code == 403


@pytest.mark.parametrize("loss", ["the key", "the right"])
async def test_who_loses_the_key_or_the_right_hears_nothing_more(service, applied, loss, monkeypatch) -> None:
    monkeypatch.setattr(telling, "ASK_SECONDS", 0.05)
    verified = ApiKeys.__call__

    async def lost(keys: ApiKeys, _: str) -> Principal | None:
        return await verified(keys, key("machine")) if loss == "the right" else None

    await applied("leads")
    async with service() as live, aclosing(live.events()) as events:
        await anext(events)
        monkeypatch.setattr(ApiKeys, "__call__", lost)
        async with asyncio.timeout(60):
            with pytest.raises(StopAsyncIteration):
                await anext(events)


async def test_more_listeners_than_a_process_serves_are_asked_to_come_later(service, applied) -> None:
    await applied("leads")
    async with service(live_listeners=1) as live:
        async with aclosing(live.events()) as events:
            await anext(events)
            refused = await live.client.get("/reports/live", headers=live.headers())
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        async with asyncio.timeout(60):
            while True:
                async with live.client.stream("GET", "/reports/live", headers=live.headers()) as answer:
                    if answer.status_code == 200:
                        break
                await asyncio.sleep(0.02)


async def test_a_service_that_stops_lets_listeners_go_at_once(service, applied) -> None:
    await applied("leads")
    async with service() as live, aclosing(live.events()) as events:
        await anext(events)
        began = time.monotonic()
        live.app.stop_soon()
        with pytest.raises(StopAsyncIteration):
            await anext(events)
        assert time.monotonic() - began < 20


async def test_a_listener_is_let_go_after_a_while_to_show_its_key_again(service, applied, monkeypatch) -> None:
    monkeypatch.setattr(telling, "LISTEN_SECONDS", 3)
    await applied("leads")
    async with service() as live:
        assert [event.event async for event in live.events()] == ["now"]
