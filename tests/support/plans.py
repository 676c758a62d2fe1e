"""How PostgreSQL answers a statement: which tables it reads whole, and how many rows it reads for nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import asyncpg

BEHIND_THE_WALL = "BEGIN; SET LOCAL ROLE voronka_limited; SELECT set_config('voronka.lines', '[\"b2b\"]', true)"
"""How a limited caller reads (`events.second_wall`)."""
_SCANNED = re.compile(r"Seq Scan on (\w+)")


async def tables_scanned(connection: asyncpg.Connection, statement: str) -> set[str]:
    """The tables that a plan for any values reads from end to end; the connection asks for generic plans."""
    await connection.execute(f"PREPARE planned AS {statement}")
    count = max((int(number) for number in re.findall(r"\$(\d+)", statement)), default=0)
    given = f"({', '.join(['NULL'] * count)})" if count else ""
    try:
        plan = await connection.fetch(f"EXPLAIN EXECUTE planned{given}")
    finally:
        await connection.execute("DEALLOCATE planned")
    return {table for (line,) in plan for table in _SCANNED.findall(line)}


async def passed_over(connection: asyncpg.Connection, statement: str, given: tuple[Any, ...]) -> int:
    """How many rows were read that the answer did not want, once PostgreSQL has settled on a plan: after five times it
    may take one for any values.
    """
    asked = f"EXECUTE listed({', '.join(map(_literal, given))})"
    await connection.execute(f"PREPARE listed AS {statement}")
    for _ in range(6):
        await connection.execute(asked)
    told = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {asked}")
    await connection.execute("DEALLOCATE listed")
    return max(_removed(json.loads(told)[0]["Plan"]))


def _removed(plan: dict[str, Any]) -> Iterator[int]:
    yield int(plan.get("Rows Removed by Filter", 0))
    for inner in plan.get("Plans", ()):
        yield from _removed(inner)


def _literal(value: object) -> str:
    match value:
        case None:
            return "NULL"
        case bool() | int():
            return str(value)
        case list():
            return "'{" + ",".join(map(str, value)) + "}'"
    return f"'{value}'"
