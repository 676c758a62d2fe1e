"""Migrations that are killed in the middle, again and again, and one that ends."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from typing import Any

import asyncpg
import pytest
from databases import Databases

from .conftest import SEED, SHORT

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

SERVICE = "automation"
SCHEMA = """
SELECT 'column', c.table_name, c.column_name, c.data_type, c.is_nullable, c.column_default
  FROM information_schema.columns c WHERE c.table_schema = 'public'
UNION ALL SELECT 'index', tablename, indexname, indexdef, '', '' FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', ''
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'function', proname, '', md5(prosrc), '', '' FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), '', ''
  FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'migration', version, '', '', '', '' FROM schema_migrations
ORDER BY 1, 2, 3, 4
"""


async def _migrating(dsn: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "events.migrate", SERVICE,
        env={**os.environ, "VORONKA_DATABASE_URL": dsn}, start_new_session=True,
    )  # fmt: skip


async def _schema(dsn: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(dsn)
    try:
        return [tuple(row) for row in await connection.fetch(SCHEMA)]
    finally:
        await connection.close()


async def _applied(connection: asyncpg.Connection) -> int:
    try:
        return int(await connection.fetchval("SELECT count(*) FROM schema_migrations"))
    except asyncpg.UndefinedTableError:
        return 0


async def test_migrations_killed_in_the_middle_are_gone_on_with_and_end_in_the_same_schema(
    databases: Databases,
) -> None:
    chance = random.Random(SEED)
    whole, broken = [databases.postgres.dsn(name) for name in ("migrated_whole", "migrated_in_parts")]
    for dsn in (whole, broken):
        await asyncio.to_thread(databases.postgres.create_database, dsn.rpartition("/")[2].partition("?")[0])
    assert await (await _migrating(whole)).wait() == 0
    counting = await asyncpg.connect(whole)
    all_of_them = await _applied(counting)
    await counting.close()

    done = [0]
    connection = await asyncpg.connect(broken)
    for _ in range(3 if SHORT else 20):
        process = await _migrating(broken)
        async with asyncio.timeout(120):
            while await _applied(connection) <= done[-1] and process.returncode is None:
                await asyncio.sleep(0)
        await asyncio.sleep(chance.uniform(0.0, 0.02))
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        done.append(await _applied(connection))
    await connection.close()
    assert any(0 < count < all_of_them for count in done), f"none was killed in the middle: {done}"

    assert await (await _migrating(broken)).wait() == 0
    assert await _schema(broken) == await _schema(whole)
