"""Fills a build of the sales projection with a made-up history: the database makes the events, portion by portion, and
the projection's own statements apply each portion as one batch. No broker and no Python stands between, which is what
makes a million leads a matter of minutes; that the events keep their contracts is what the test decodes them for."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
from analytics import builds
from events.projection import Projection

FOLDER = Path(__file__).parent
BEGINS = datetime(2023, 11, 19, 21, tzinfo=UTC)
ENDS = datetime(2026, 11, 19, 21, tzinfo=UTC)
YEARS = 3
PORTION = 20_000
WORKERS = 2
FIRM, PEOPLE = ("firm",), ("people", "leads", "work", "deals", "sales")

BATCH = """
CREATE TEMP TABLE batch ON COMMIT DROP AS
SELECT md5(stream_id || '/' || version)::uuid AS event_id, stream_id, version, occurred_at,
       least(told_at(occurred_at, stream_id, version), ends) AS recorded_at, 'system' AS actor,
       jsonb_strip_nulls(data) AS data
  FROM ({told}) told, era WHERE occurred_at <= ends
"""


@dataclass(frozen=True)
class History:
    """What is made: ``leads`` in three years, handed to ``managers``; the same ``seed`` makes the same."""

    leads: int
    seed: int = 1
    managers: int = 60

    def script(self, name: str, **values: int) -> str:
        """The text of ``<name>.sql`` with its parameters in place."""
        times = {"begins": f"'{BEGINS.isoformat()}'", "ends": f"'{ENDS.isoformat()}'"}
        every = {**times, "seed": self.seed, "leads": self.leads, "managers": self.managers, **values}
        text = (FOLDER / f"{name}.sql").read_text()
        return re.sub(r"(?<!:):([a-z]+)", lambda found: str(every[found[1]]), text)

    def portions(self) -> Iterator[tuple[int, int]]:
        """Numbers of leads, from and to before, in the order of time."""
        for first in range(1, self.leads + 1, PORTION):
            yield first, min(first + PORTION, self.leads + 1)


def told(name: str) -> list[tuple[str, str]]:
    """Event types and the statements that make them, from ``<name>.sql``; the first names the columns for all."""
    _, *parts = re.split(r"^-- event: (\S+)$", (FOLDER / f"{name}.sql").read_text(), flags=re.MULTILINE)
    columns = (
        "SELECT NULL::uuid AS stream_id, NULL::int AS version, NULL::timestamptz AS occurred_at, NULL::jsonb AS data"
    )
    return [
        (type_, f"{columns} WHERE false UNION ALL ({text})")
        for type_, text in zip(parts[::2], parts[1::2], strict=True)
    ]


async def fill(dsn: str, projection: Projection, history: History, tell: Callable[[int, int], None]) -> int:
    """Makes ``history`` into the live build of ``projection``; returns how many events were applied.

    ``tell`` hears how many leads are done and how many events that were.
    """
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            build = await builds.start(connection, projection, "building")
            await connection.execute("CREATE SCHEMA history; SET LOCAL search_path TO history, public")
            await connection.execute(history.script("functions"))
            await connection.execute(history.script("world"))
        applied = await _portion(connection, projection, build.schema, FIRM)
        todo, done = list(history.portions())[::-1], 0

        async def work(worker: asyncpg.Connection) -> None:
            nonlocal applied, done
            while todo:
                first, last = todo.pop()
                lives = history.script("lives", first=first, last=last)
                made = await _portion(worker, projection, build.schema, PEOPLE, lives)
                applied, done = applied + made, done + last - first
                tell(done, applied)

        workers = [await asyncpg.connect(dsn) for _ in range(WORKERS)]
        await asyncio.gather(*map(work, workers))
        await asyncio.gather(*(worker.close() for worker in workers))
        await connection.execute("SET maintenance_work_mem = '1GB'; SET statement_timeout = 0")
        async with connection.transaction():
            await builds.go_live(connection, build)
        await connection.execute("VACUUM ANALYZE")
        return applied
    finally:
        await connection.close()


async def _portion(
    connection: asyncpg.Connection, projection: Projection, schema: str, names: tuple[str, ...], lives: str = ""
) -> int:
    """The events of one portion, type by type, each as one batch of the projection; returns how many."""
    applied = 0
    async with connection.transaction():
        await connection.execute(f'SET LOCAL search_path TO "{schema}", history, public')
        await connection.execute(
            "SET LOCAL work_mem = '256MB'; SET LOCAL synchronous_commit = off; SET LOCAL jit = off"
        )
        if lives:
            await connection.execute(lives)
        for name in names:
            for type_, text in told(name):
                made = await connection.execute(BATCH.format(told=text))
                applied += int(made.split()[-1])
                for path in sorted((projection.folder / "on").glob(f"{type_}*.sql")):
                    await connection.execute(path.read_text())
                await connection.execute("DROP TABLE batch")
    return applied


def last_days(days: int) -> tuple[str, str]:
    """The first and the last day of the history's last ``days``, as reports are asked."""
    last = ENDS + timedelta(hours=3) - timedelta(days=1)
    return f"{last - timedelta(days=days - 1):%Y-%m-%d}", f"{last:%Y-%m-%d}"
