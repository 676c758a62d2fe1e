"""Databases with a made-up history that are kept between runs: to make a million leads takes minutes."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from analytics.main import SALES
from embedded.postgres import Postgres
from events.migrate import migrate
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bench.history.fill import History, fill

MIGRATIONS = Path(__file__).parents[2] / "services" / "analytics" / "migrations"
SETTINGS = {
    "shared_buffers": "2GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "full_page_writes": "off",
    "autovacuum": "off",
    "effective_cache_size": "8GB",
    "random_page_cost": "1.1",
}


def postgres(folder: Path) -> Postgres:
    """The cluster of kept histories: without fsync, for what is lost is made again."""
    return Postgres(folder / "postgres", fsync=False, settings=SETTINGS)


async def filled(cluster: Postgres, history: History) -> str:
    """DSN of the database of ``history`` in this version of the projection; made now if it is not there yet."""
    name = f"sales_v{SALES.version}_{history.leads}_{history.seed}"
    if not await asyncio.to_thread(cluster.query, f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
        making = f"{name}_making"
        await asyncio.to_thread(cluster.query, f'DROP DATABASE IF EXISTS "{making}"')
        await asyncio.to_thread(cluster.create_database, making)
        await asyncio.to_thread(migrate, cluster.dsn(making), MIGRATIONS)
        await _make(cluster.dsn(making), history)
        await asyncio.to_thread(cluster.query, f'ALTER DATABASE "{making}" RENAME TO "{name}"')
    return str(cluster.dsn(name))


async def _make(dsn: str, history: History) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    started = time.perf_counter()
    with Progress(*columns, refresh_per_second=1) as progress:
        bar = progress.add_task(f"{history.leads:,} leads", total=history.leads)
        events = await fill(dsn, SALES, history, lambda leads, _: progress.update(bar, completed=leads))
    print(f"  {history.leads:,} leads, {events:,} events made in {time.perf_counter() - started:.0f} s")
