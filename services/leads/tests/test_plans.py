"""No statement reads a whole table of people to find one: with many stored, PostgreSQL finds an index for each."""

import re
from pathlib import Path
from typing import Any

import asyncpg
import leads

Run = Any

SERVICE = Path(leads.__file__).parent
CROWD = Path(__file__).parents[3] / "bench" / "crowd.sql"
CUSTOMERS = 20_000
CROWDED = {"customers", "identities", "leads", "touches", "events", "keyring"}

WHOLE = {
    "sql/counts.sql": "counts all that is stored, for operators",
    "routing/sql/board_read.sql": "counts all open leads by column",
    "marketing/sql/effect.sql": "joins the participants of an event, of whom there are none here",
}
"""Statements that are meant to read a whole table, and why."""

_SELECTION = ("lists/sql/", "interactions/on/")
"""Parts of statements that are put together elsewhere: they cannot be planned alone."""

_SCANNED = re.compile(r"Seq Scan on (\w+)")


async def test_every_statement_finds_people_by_an_index(run: Run) -> None:
    # given a base of many customers, as statistics know it
    async with run() as service:
        answer = await service.call(
            "POST", "/leads", json={"name": "Anna", "phones": ["+79123456789"], "emails": ["anna@example.com"]}
        )
        assert answer.status_code == 200, answer.text
        async with service.pool.acquire() as connection:
            await connection.execute(CROWD.read_text().replace(":customers", str(CUSTOMERS)))
            await connection.execute("ANALYZE")
            # when each statement is planned for any values
            await connection.execute("SET plan_cache_mode = force_generic_plan")
            scanned = {name: tables for name, text in _statements() if (tables := await _scans(connection, text))}
    # then only those that want everything read everything
    assert {name: tables for name, tables in scanned.items() if name not in WHOLE} == {}


def _statements() -> list[tuple[str, str]]:
    paths = {str(path.relative_to(SERVICE)): path for path in sorted(SERVICE.rglob("*.sql"))}
    return [(name, path.read_text()) for name, path in paths.items() if not name.startswith(_SELECTION)]


async def _scans(connection: asyncpg.Connection, statement: str) -> set[str]:
    await connection.execute(f"PREPARE planned AS {statement}")
    count = max((int(number) for number in re.findall(r"\$(\d+)", statement)), default=0)
    given = f"({', '.join(['NULL'] * count)})" if count else ""
    try:
        plan = await connection.fetch(f"EXPLAIN EXECUTE planned{given}")
    finally:
        await connection.execute("DEALLOCATE planned")
    return {table for (line,) in plan for table in _SCANNED.findall(line)} & CROWDED
