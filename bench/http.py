"""Captures over HTTP, each server one process on one core, beside a FastAPI endpoint that validates and inserts."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path

import asyncpg

from bench import servers
from bench.bed import Bed
from bench.load import BULK, Answered, Kind
from bench.report import Row, Target, at_least, compared
from bench.rounds import REFERENCE, Rates, in_turns
from bench.servers import People, Server

CONNECTIONS = 16
BULK_CONNECTIONS = 2
CROWD = Path(__file__).with_name("crowd.sql")


async def measure(bed: Bed) -> list[Row]:
    """Requests per second with their latencies and their price in CPU time; leads per second in bulk."""
    people = People()
    minimal = await servers.minimal(bed, people)
    empty, _ = await servers.leads(bed, "empty", people)
    full, full_dsn = await servers.leads(bed, "full", people)
    with ExitStack() as running:
        for server in (minimal, empty, full):
            running.enter_context(server)
        await full.answered("lead", 1, 0.05)
        await _fill(full_dsn, bed.scale.customers)
        for server in (minimal, empty, full):
            await server.answered("lead", CONNECTIONS, 0.5)
        one = await _compare(
            {
                REFERENCE: (minimal, "lead"),
                "intake": (empty, "form"),
                "capture": (empty, "lead"),
                "capture, full": (full, "lead"),
            },
            CONNECTIONS,
            bed,
        )
        many = await _compare({REFERENCE: (minimal, "bulk"), "bulk": (empty, "bulk")}, BULK_CONNECTIONS, bed)
    stored = f"{bed.scale.customers:,} customers stored"
    return [
        *_rows("HTTP intake / minimal FastAPI", one["intake"], one[REFERENCE], at_least(2.0)),
        *_rows("HTTP capture with matching / minimal FastAPI", one["capture"], one[REFERENCE], at_least(0.8)),
        *_rows(f"HTTP capture, {stored} / empty store", one["capture, full"], one["capture"], at_least(0.9)),
        *_rows(f"HTTP bulk capture of {BULK} / minimal twin", many["bulk"], many[REFERENCE], at_least(0.5), BULK),
    ]


async def _compare(
    subjects: dict[str, tuple[Server, Kind]], connections: int, bed: Bed
) -> dict[str, tuple[Rates, list[Answered]]]:
    """Requests per second of each, and all that was answered."""
    answers: dict[str, list[Answered]] = {name: [] for name in subjects}

    def measured(name: str) -> Callable[[], Awaitable[float]]:
        server, kind = subjects[name]

        async def load() -> float:
            answers[name].append(await server.answered(kind, connections, bed.scale.seconds))
            return answers[name][-1].per_second

        return load

    rates = await in_turns({name: measured(name) for name in subjects}, bed.scale.rounds)
    return {name: (rates[name], answers[name]) for name in subjects}


Measured = tuple[Rates, list[Answered]]


def _rows(name: str, subject: Measured, baseline: Measured, target: Target, leads: int = 1) -> list[Row]:
    def scaled(rates: Rates) -> Rates:
        return Rates(tuple(rate * leads for rate in rates.rounds))

    def of(measured: Measured, what: str, share: int = 1) -> Rates:
        return Rates(tuple(getattr(answered, what) / share for answered in measured[1]))

    unit, one = ("leads/s", "lead") if leads > 1 else ("requests/s", "request")
    return [
        compared(name, unit, scaled(subject[0]), scaled(baseline[0]), target),
        compared("  p50", "ms", of(subject, "p50"), of(baseline, "p50")),
        compared("  p99", "ms", of(subject, "p99"), of(baseline, "p99")),
        compared(f"  CPU of a {one}", "µs", of(subject, "cpu", leads), of(baseline, "cpu", leads)),
    ]


async def _fill(dsn: str, customers: int) -> None:
    """Copies the customer that was captured, and leaves the database as maintenance would."""
    connection = await asyncpg.connect(dsn)
    started = time.perf_counter()
    try:
        await connection.execute(CROWD.read_text().replace(":customers", str(customers)))
        await connection.execute("VACUUM ANALYZE")
        print(f"  {customers:,} customers stored in {time.perf_counter() - started:.0f} s")
    finally:
        await connection.close()
