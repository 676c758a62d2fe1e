"""Memory of each service while the system is under as much load as it takes: the highest proportional set size."""

from __future__ import annotations

import asyncio

import psutil
from embedded.system import SERVICES, System

from bench.bed import Bed
from bench.load import Kind, Load, offered
from bench.report import Row, at_most

MIB = 1024 * 1024
SAMPLE_SECONDS = 0.25
SECONDS = 3.0
CONNECTIONS = 16
_PEOPLE = {"lead": 1_000_000, "bulk": 5_000_000}


async def measure(bed: Bed) -> list[Row]:
    """Captures one by one from 16 connections, then in bulk from two; then all services catch up."""
    system = await bed.system()
    highest = dict.fromkeys(SERVICES, 0.0)
    sampling = asyncio.create_task(_sample(system, highest))
    try:
        await _load(system, "lead", CONNECTIONS, SECONDS)
        await _load(system, "bulk", 2, SECONDS)
        await asyncio.sleep(2 * SECONDS)
    finally:
        sampling.cancel()
    return [Row(f"memory of {name} under load", highest[name], "MiB", target=at_most(80)) for name in SERVICES]


async def _load(system: System, kind: Kind, connections: int, seconds: float) -> None:
    path, headers = {"lead": "/leads", "bulk": "/leads/bulk"}[kind], {"x-api-key": system.secrets.admin_key}
    await offered(Load(kind, system.ports["leads"], path, headers, connections, seconds, _PEOPLE[kind]))


async def _sample(system: System, highest: dict[str, float]) -> None:
    """What processes share is counted once between them (``Pss`` of /proc/PID/smaps_rollup)."""
    while True:
        for name in SERVICES:
            used = await asyncio.to_thread(psutil.Process(system.services[name].pid).memory_full_info)
            highest[name] = max(highest[name], used.pss / MIB)
        await asyncio.sleep(SAMPLE_SECONDS)
