"""Pages of lists over HTTP with few rows and with many: the newest, those that follow, and pages anywhere."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import asyncpg
from events.cursor import write_cursor

from bench import servers
from bench.bed import Bed
from bench.report import Row, at_most
from bench.rounds import percentile
from bench.servers import Server

FEW = 10
"""So many times fewer rows, to tell how pages grow."""
PAGES, WARM = 120, 10
YEARS = timedelta(days=3 * 365)


def _of(row: str, number: int) -> str:
    return str(UUID(hashlib.md5(f"{row}{number}".encode(), usedforsecurity=False).hexdigest()))


QUESTIONS: Mapping[str, Sequence[tuple[str, Mapping[str, str]]]] = {
    "leads": (
        ("/leads", {}),
        ("/leads", {"status": "new"}),
        ("/leads", {"manager_id": "m7"}),
        ("/leads", {"manager_id": "rare"}),
        ("/leads", {"channel": "phone"}),
        ("/leads", {"channel": "booth"}),
        ("/leads", {"unassigned": "true"}),
    ),
    "deals": (
        ("/deals", {}),
        ("/deals", {"pipeline": "sales", "stage": "new"}),
        ("/deals", {"state": "won", "manager_id": "m7"}),
        ("/deals", {"manager_id": "rare"}),
        ("/deals", {"customer_id": _of("customer", 77)}),
        ("/deals", {"tag": "rare"}),
    ),
    "automation": (
        ("/tasks", {}),
        ("/tasks", {"state": "open", "assignee": "m20"}),
        ("/tasks", {"assignee": "rare"}),
        ("/tasks", {"customer_id": _of("customer", 77)}),
    ),
}
"""Service -> paths with what they are narrowed to: nothing, much, little."""


async def measure(bed: Bed) -> list[Row]:
    """p95 of pages of 50 rows, and beside it the same with a tenth of the rows."""
    rows = []
    for service, questions in QUESTIONS.items():
        few, many = [
            await _measured(bed, service, count) for count in (bed.scale.customers // FEW, bed.scale.customers)
        ]
        for question, (path, narrowed) in enumerate(questions):
            told = ", ".join(f"{key}={value[:8]}" for key, value in narrowed.items())
            name = f"list {path} {told or 'of all'}, {bed.scale.customers:,} rows, p95"
            rows.append(Row(name, many[question], "ms", few[question], at_most(40)))
    return rows


async def _measured(bed: Bed, service: str, count: int) -> list[float]:
    server, dsn = await servers.api(bed, f"{service}_{count}", service)
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute((Path(__file__).parent / f"{service}.sql").read_text().replace(":rows", str(count)))
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
    with server:
        return [_p95(server, path, narrowed) for path, narrowed in QUESTIONS[service]]


def _p95(server: Server, path: str, narrowed: Mapping[str, str]) -> float:
    """Every other page is one anywhere, the others follow one another from the newest on."""
    chance, taken, following = Random(path), [], None
    with server.client() as client:
        for number in range(PAGES + WARM):
            anywhere = write_cursor(datetime.now(UTC) - chance.random() * YEARS, UUID(int=chance.getrandbits(128)))
            cursor = anywhere if number % 2 else following
            started = time.perf_counter()
            answer = client.get(path, params={**narrowed, "limit": 50, **({"cursor": cursor} if cursor else {})})
            taken.append((time.perf_counter() - started) * 1e3)
            answer.raise_for_status()
            following = following if number % 2 else answer.json()["next"]
    return percentile(sorted(taken[WARM:]), 0.95)
