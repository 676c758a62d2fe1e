"""The whole system as processes: lag from capture to report, memory of each service under load, bytes of an event."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from uuid import uuid4

import psutil
from embedded.system import SERVICES, System
from voronka.client import Api

from bench.bed import Bed
from bench.report import Row, at_most

RATE = 200
MIB = 1024 * 1024
_SIZE = "SELECT pg_total_relation_size('events')::float / greatest(1, (SELECT count(*) FROM events))"


async def measure(bed: Bed) -> list[Row]:
    """Lag as analytics measures it: from the recording of a lead to its row in the tables of reports."""
    system = System(bed.folder / "system")
    await asyncio.to_thread(system.start)
    try:
        key = system.secrets.admin_key
        async with Api(system.url("leads"), key) as leads, Api(system.url("analytics"), key) as analytics:
            await _alone(leads, 20)
            await _caught_up(leads, analytics)
            await _alone(leads, bed.scale.lag_samples)
            alone = await _lag(leads, analytics, bed.scale.lag_samples)
            sent = await _steadily(leads, bed.scale.lag_seconds)
            loaded = await _lag(leads, analytics, sent)
            memory = {name: _memory(system, name) for name in SERVICES}
        bytes_per_event = float(system.postgres.query(_SIZE, "voronka_leads"))
    finally:
        await asyncio.to_thread(system.stop)
    return [
        Row("lag, one at a time, p50", alone["p50_ms"], "ms", target=at_most(15)),
        Row("lag, one at a time, p99", alone["p99_ms"], "ms", target=at_most(50)),
        Row(f"lag at {RATE} leads/s, p50", loaded["p50_ms"], "ms"),
        Row(f"lag at {RATE} leads/s, p99", loaded["p99_ms"], "ms", target=at_most(250)),
        Row("an event with all indexes", bytes_per_event, "bytes", target=at_most(900)),
        *(Row(f"memory of {name} under load (PSS)", memory[name], "MiB", target=at_most(80)) for name in SERVICES),
    ]


async def _alone(leads: Api, count: int) -> None:
    for _ in range(count):
        await _capture(leads)
        await asyncio.sleep(0.03)


async def _steadily(leads: Api, seconds: float) -> int:
    """``RATE`` captures a second, sent on time whether the last one is answered or not; returns how many."""
    started = time.perf_counter()
    calls: list[asyncio.Task[None]] = []
    while (due := time.perf_counter() - started) < seconds:
        calls += [asyncio.create_task(_capture(leads)) for _ in range(int(due * RATE) - len(calls))]
        await asyncio.sleep(1 / RATE)
    await asyncio.gather(*calls)
    return len(calls)


async def _capture(leads: Api) -> None:
    number = uuid4().int % 10**9
    body = {"name": "Мария Иванова", "phones": [f"+79{number:09d}"], "text": "Сколько стоит внедрение?"}
    await leads.post("/leads", body, idempotency_key=str(uuid4()))


async def _lag(leads: Api, analytics: Api, last: int) -> dict[str, Any]:
    await _caught_up(leads, analytics)
    measured: dict[str, Any] = await analytics.get("/lag", last=last)
    return measured


async def _caught_up(leads: Api, analytics: Api) -> None:
    async with asyncio.timeout(60):
        while (await analytics.get("/counts"))["touches"] < (await leads.get("/counts"))["accepted"]:
            await asyncio.sleep(0.1)


def _memory(system: System, service: str) -> float:
    """Proportional set size: what the four processes share is counted once between them."""
    return float(psutil.Process(system.services[service].pid).memory_full_info().pss) / MIB
