"""Lag from capture to report: from sending a request to an independent reader seeing its lead in the report's table."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from random import Random
from uuid import UUID

import asyncpg
import orjson
from embedded.system import System
from events.store import deterministic_id

from bench.bed import Bed
from bench.load import Kind, body_of
from bench.report import Row, at_most
from bench.rounds import percentile

RATE = 200
CONNECTIONS = 32
WARM_UP = 20
PAUSE_SECONDS = 0.03
POLL_SECONDS = 0.002
LATEST_SECONDS = 60.0

_LIVE = "SELECT format('%I', name || '_v' || version || '_b' || build) FROM projections WHERE state = 'live'"
_VISIBLE = "SELECT lead_id FROM {schema}.leads WHERE lead_id = ANY($1::uuid[]) AND captured_at IS NOT NULL"


async def measure(bed: Bed) -> list[Row]:
    """One at a time by the API and by a web form, then so many a second by the API."""
    system = await bed.system()
    samples = bed.scale.lag_samples
    async with AsyncExitStack() as closing:
        reader = await asyncpg.connect(system.postgres.dsn("voronka_analytics"))
        closing.push_async_callback(reader.close)
        # There are no statistics of a table so new: each look would read all of it, at last for a quarter of a core.
        await reader.execute("SET enable_seqscan = off")
        report = Report(reader, _VISIBLE.format(schema=await reader.fetchval(_LIVE)))
        numbers = Random(1)
        caller = await closing.enter_async_context(Caller(system))

        def captured(kind: Kind) -> Callable[[], Awaitable[UUID]]:
            return lambda: _capture(caller, kind, numbers.randrange(10**7))

        await _one_at_a_time(report, captured("lead"), WARM_UP)
        by_api = await _one_at_a_time(report, captured("lead"), samples)
        by_form = await _one_at_a_time(report, captured("form"), samples)
        callers = [await closing.enter_async_context(Caller(system)) for _ in range(CONNECTIONS)]
        loaded = await _steadily(report, callers, bed.scale.lag_seconds, numbers)
    return [
        *_rows("lag, one at a time", by_api, 15, 50),
        *_rows("lag of a web form, one at a time", by_form),
        *_rows(f"lag at {RATE} leads/s", loaded, None, 250),
    ]


class Report:
    """What a reader of the report's table sees."""

    def __init__(self, reader: asyncpg.Connection, visible: str) -> None:
        self._reader = reader
        self._visible = visible

    async def shows(self, leads: list[UUID]) -> list[UUID]:
        """Those that are there by now."""
        return [row["lead_id"] for row in await self._reader.fetch(self._visible, leads)]


class Caller:
    """A keep-alive connection to leads that waits for each answer."""

    def __init__(self, system: System) -> None:
        self._port = system.ports["leads"]
        self._headers = f"x-api-key: {system.secrets.admin_key}\r\nx-form-key: {system.secrets.channel_secret}\r\n"

    async def __aenter__(self) -> Caller:
        self._from, self._to = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._to.close()

    async def post(self, path: str, body: str) -> bytes:
        """The body of the answer; raises ``RuntimeError`` for anything but 2xx."""
        content = body.encode()
        head = f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n{self._headers}"
        self._to.write(f"{head}content-length: {len(content)}\r\n\r\n".encode() + content)
        answer = (await self._from.readuntil(b"\r\n\r\n")).lower()
        length = int(answer.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        given = await self._from.readexactly(length)
        if not answer.startswith(b"http/1.1 2"):
            raise RuntimeError(f"{path}: {given.decode()}")
        return given


async def _capture(caller: Caller, kind: Kind, number: int) -> UUID:
    """Hands in a request; the id of its lead."""
    if kind == "lead":
        return UUID(orjson.loads(await caller.post("/leads", body_of("lead", number)))["lead_id"])
    await caller.post("/in/web_form/demo", body_of("form", number))
    return deterministic_id("lead", deterministic_id("web_form", "demo", str(number)))


async def _one_at_a_time(report: Report, capture: Callable[[], Awaitable[UUID]], samples: int) -> list[float]:
    """Milliseconds, ordered. The pause is random, so that no poll of any part falls into step with it."""
    lags, pause = [], Random(2)
    for _ in range(samples):
        await asyncio.sleep(pause.random() * PAUSE_SECONDS)
        started = time.perf_counter()
        lead_id = await capture()
        async with asyncio.timeout(LATEST_SECONDS):
            while not await report.shows([lead_id]):
                await asyncio.sleep(POLL_SECONDS / 2)
        lags.append((time.perf_counter() - started) * 1000)
    return sorted(lags)


async def _steadily(report: Report, callers: list[Caller], seconds: float, numbers: Random) -> list[float]:
    """Milliseconds, ordered, of ``RATE`` captures a second; each counts from when it was due, answered late or not."""
    waiting: dict[UUID, float] = {}
    lags: list[float] = []
    due: asyncio.Queue[float] = asyncio.Queue()

    async def call(caller: Caller) -> None:
        while True:
            at = await due.get()
            waiting[await _capture(caller, "lead", numbers.randrange(10**7))] = at
            due.task_done()

    async def watch() -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            shown = await report.shows(list(waiting))
            seen_at = time.perf_counter()
            lags.extend((seen_at - waiting.pop(lead_id)) * 1000 for lead_id in shown)

    async with asyncio.TaskGroup() as at_once:
        working = [at_once.create_task(call(caller)) for caller in callers]
        working.append(at_once.create_task(watch()))
        started = time.perf_counter()
        for number in range(int(seconds * RATE)):
            at = started + number / RATE
            await asyncio.sleep(at - time.perf_counter())
            due.put_nowait(at)
        async with asyncio.timeout(LATEST_SECONDS):
            await due.join()
            while waiting:
                await asyncio.sleep(POLL_SECONDS)
        for task in working:
            task.cancel()
    return sorted(lags)


def _rows(name: str, lags: list[float], p50: float | None = None, p99: float | None = None) -> list[Row]:
    return [
        Row(f"{name}, {label}", percentile(lags, share), "ms", target=at_most(bound) if bound else None)
        for label, share, bound in (("p50", 0.5, p50), ("p99", 0.99, p99))
    ]
