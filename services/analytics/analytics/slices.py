"""Slices of a build: the rows that the streams of one shard have written.

A row is written by the events of one stream alone, so one shard of every service's log tells all rows of its streams
and nothing of any other. Sixteen slices are the whole build.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from events.envelope import SHARDS, shard_of
from events.projection import Build
from events.store import Connection
from events.streams import field_stream, manager_stream, pipeline_stream, segment_stream

SLICES = SHARDS

Rows = tuple[str, Sequence[object]]
"""A condition over the rows ``t`` of a table, and its arguments."""

ALL: Rows = ("true", ())

_FIRST = """
SELECT c.relname AS name, quote_ident(a.attname) AS key
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
 WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname NOT LIKE 'rolled\\_%'
 ORDER BY c.relname
"""


NAMED: Mapping[str, tuple[tuple[str, ...], str, Callable[..., UUID]]] = {
    "customer_segments": (("customer_id",), "uuid", segment_stream),
    "field_definitions": (("subject", "field"), "text", field_stream),
    "manager_absences": (("manager_id",), "text", manager_stream),
    "manager_setups": (("manager_id",), "text", manager_stream),
    "pipeline_codes": (("pipeline",), "text", pipeline_stream),
    "pipeline_stages": (("pipeline",), "text", pipeline_stream),
    "pipeline_versions": (("pipeline",), "text", pipeline_stream),
}
"""Tables whose key is not their streams' id: its columns, their type, and the stream that they mean."""


async def rows_of(connection: Connection, build: Build, shard: int) -> dict[str, Rows]:
    """Which rows of each table are of ``shard``; in a transaction."""
    found: dict[str, Rows] = {}
    for table in await connection.fetch(_FIRST, build.schema):
        name = table["name"]
        if name in NAMED:
            found[name] = await _named(connection, build, name, shard)
        else:
            found[name] = (f"public.event_shard(t.{table['key']}) = {int(shard)}", ())
    return found


async def _named(connection: Connection, build: Build, table: str, shard: int) -> Rows:
    columns, kind, stream = NAMED[table]
    listed = ", ".join(columns)
    query = f'SELECT DISTINCT {listed} FROM "{build.schema}"."{table}"'  # noqa: S608 - names of ours
    keys = connection.cursor(query, prefetch=5_000)
    mine = [tuple(key) async for key in keys if shard_of(stream(*key)) == shard]
    arrays = ", ".join(f"${number}::{kind}[]" for number, _ in enumerate(columns, 1))
    values = [[key[number] for key in mine] for number, _ in enumerate(columns)]
    return f"({listed}) IN (SELECT * FROM unnest({arrays}))", values  # noqa: S608 - names of ours
