"""Which rows of a table differ between the live build and a shadow at the same positions.

Both are cut into slices by a hash of the primary key. Only slices whose sums differ are read, one at a time, so memory
is bounded by a slice, and of a row only its key and the names of its columns are told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from events.projection import WRITTEN, Build
from events.store import Connection

from analytics.slices import ALL, Rows

ROWS_OF_A_SLICE = 10_000
MOST_NAMED = 100

_COLUMNS = """
SELECT array_agg(quote_ident(a.attname) ORDER BY a.attnum) FILTER (WHERE a.attname <> ALL ($3)) AS columns,
       array_agg(quote_ident(a.attname) ORDER BY a.attnum) FILTER (WHERE a.attnum = ANY (i.indkey)) AS key
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
 WHERE n.nspname = $1 AND c.relname = $2
"""


@dataclass(frozen=True)
class RowDifference:
    """A row that is not what the log says; ``what`` is in plain words."""

    key: str
    what: str


@dataclass(frozen=True)
class _Table:
    """How a table's rows are keyed and summed."""

    name: str
    key: str
    row: str
    slices: int

    def source(self, build: Build, only: str = "true") -> str:
        return (
            f"(SELECT {self.key} AS key, hashtextextended({self.row}, 0) AS hash, t.*"  # noqa: S608
            f' FROM "{build.schema}"."{self.name}" t WHERE {only}) r'
        )

    def slice(self) -> str:
        return f"(hashtextextended(key, 0) & {self.slices - 1})"


async def differing_rows(
    live: tuple[Connection, Build], rebuilt: tuple[Connection, Build], table: str, rows: int, only: Rows = ALL
) -> list[RowDifference]:
    """The first hundred rows that differ; both connections show the builds at the same positions.

    ``only``: which rows of the live build the other one is of.
    """
    described = await _described(*live, table, rows)
    sums, others = await _sums(*live, described, only), await _sums(*rebuilt, described, ALL)
    found: list[RowDifference] = []
    for number in sorted(number for number in sums.keys() | others.keys() if sums.get(number) != others.get(number)):
        here, there = await _slice(*live, described, number, only), await _slice(*rebuilt, described, number, ALL)
        found += [RowDifference(key, "not in the live build") for key in sorted(there.keys() - here.keys())]
        found += [RowDifference(key, "not in the log") for key in sorted(here.keys() - there.keys())]
        for key in sorted(key for key in here.keys() & there.keys() if here[key] != there[key]):
            one, other = await _row(*live, described, key), await _row(*rebuilt, described, key)
            names = [name for name in one if one[name] != other.get(name) and name not in WRITTEN]
            found.append(RowDifference(key, f"other values of {', '.join(names)}"))
        if len(found) >= MOST_NAMED:
            return found[:MOST_NAMED]
    return found


async def _described(connection: Connection, build: Build, table: str, rows: int) -> _Table:
    row = await connection.fetchrow(_COLUMNS, build.schema, table, list(WRITTEN))
    assert row is not None
    columns: Sequence[str] = row["columns"]
    slices = 1 << max(0, (rows // ROWS_OF_A_SLICE).bit_length())
    key = f"ROW({', '.join(row['key'] or columns)})::text"
    return _Table(table, key, f"ROW({', '.join(columns)})::text", slices)


async def _sums(connection: Connection, build: Build, table: _Table, only: Rows) -> dict[int, tuple[int, str]]:
    condition, arguments = only
    source = table.source(build, condition)
    found = await connection.fetch(
        f"SELECT {table.slice()} AS slice, count(*), sum(hash::numeric)::text FROM {source} GROUP BY 1",  # noqa: S608
        *arguments,
    )
    return {row[0]: (row[1], row[2]) for row in found}


async def _slice(connection: Connection, build: Build, table: _Table, number: int, only: Rows) -> dict[str, int]:
    condition, arguments = only
    source, place = table.source(build, condition), len(arguments) + 1
    query = f"SELECT key, hash FROM {source} WHERE {table.slice()} = ${place}"  # noqa: S608
    return {row["key"]: row["hash"] for row in await connection.fetch(query, *arguments, number)}


async def _row(connection: Connection, build: Build, table: _Table, key: str) -> dict[str, object]:
    query = f"SELECT to_json(r.*) FROM {table.source(build)} WHERE key = $1 LIMIT 1"  # noqa: S608
    found: dict[str, object] = orjson.loads(await connection.fetchval(query, key))
    return {name: value for name, value in found.items() if name not in ("key", "hash")}
