"""Projections: read models that keep facts, one set-based statement per event type and batch.

A projection is a folder: ``schema.sql`` makes its tables, ``indexes.sql`` what readers need besides primary keys,
``on/<event type>.sql`` says what an event of that type writes (several statements: ``<event type>.2.sql`` …),
``views/*.sql`` define the views that the world reads. In all but the second, ``:schema`` stands for the schema of a
build. A statement reads from the relation ``batch`` (event_id, stream_id, version, occurred_at, recorded_at, actor,
data jsonb).
Each type writes its own columns or rows, and a latest value is guarded by the stream's version; so handlers commute,
and neither the order between topics nor the cut of batches matters.

A build of a projection is a schema of its own (``sales_v1_b2``) filled by a consumer of its own (``sales.v1.b2``):
to rebuild is to start another consumer at position 0 and, when it has caught up, to switch the views.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import asyncpg

import events.contracts  # noqa: F401 - fills the registry that statements are checked against
from events import metrics
from events.consumer import Consumer
from events.envelope import Received
from events.event import REGISTRY
from events.kafka import KafkaConfig
from events.store import Connection
from events.watermark import Apply

# Column of ``batch`` -> its type and the attribute it comes from; ``data`` is the event's JSON.
_COLUMNS = {
    "event_id": ("uuid", "ce_id"),
    "stream_id": ("uuid", "ce_subject"),
    "version": ("int", "ce_streamversion"),
    "occurred_at": ("timestamptz", "ce_time"),
    "recorded_at": ("timestamptz", "ce_recordedtime"),
    "actor": ("text", "ce_actor"),
    "data": ("jsonb", None),
}


# Tables and views belong to the group of all logins of a service, so that another login may come.
OWNER = "voronka_service"


class UnreadableEvent(ValueError):
    """The envelope or the text of an event cannot be read."""


@dataclass(frozen=True)
class Statement:
    """A statement over ``batch``. Only the columns that it names are sent: the others would cost half of the time."""

    sql: str
    columns: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Statement:
        """From the text of a file: ``batch`` becomes the first of its common table expressions."""
        text = re.sub(r"\A(--.*\n|\s+)*", "", text)
        columns = tuple(name for name in _COLUMNS if re.search(rf"\b{name}\b", text))
        typed = ", ".join(f"{name}::{_COLUMNS[name][0]}" for name in columns)
        arrays = ", ".join(f"${number}::text[]" for number, _ in enumerate(columns, 1))
        batch = f"batch AS MATERIALIZED (SELECT {typed} FROM unnest({arrays}) AS b({', '.join(columns)}))"  # noqa: S608 - from _COLUMNS
        return cls(f"WITH {batch}\n" + re.sub(r"\AWITH\b", ",", text), columns)

    async def run(self, connection: Connection, records: Sequence[Received]) -> None:
        """Executes it with ``records`` as the batch. Raises :class:`UnreadableEvent`, and what the database raises."""
        try:
            columns = [_texts(records, _COLUMNS[name][1]) for name in self.columns]
        except (KeyError, UnicodeDecodeError) as error:
            raise UnreadableEvent(f"{type(error).__name__}: {error}") from error
        await connection.execute(self.sql, *columns)


def _texts(records: Sequence[Received], attribute: str | None) -> list[str]:
    if attribute is None:
        return [record.body.decode() for record in records]
    return [record.attributes[attribute].decode() for record in records]


@dataclass(frozen=True)
class Projection:
    """A read model: its folder, its version (raise it when what the tables mean has changed), the services it reads.

    ``literals`` are names that stand in its views (``:timezone``) and the texts to put there.
    """

    name: str
    version: int
    sources: tuple[str, ...]
    folder: Path
    literals: tuple[tuple[str, str], ...] = ()

    @cached_property
    def statements(self) -> dict[str, list[Statement]]:
        """Event type -> statements, in order; raises ``ValueError`` for a file that names no event."""
        found: dict[str, list[Statement]] = {}
        for path in sorted((self.folder / "on").glob("*.sql")):
            type_ = re.sub(r"\.\d+$", "", path.stem)
            type_ = type_ if type_ in REGISTRY else path.stem
            if type_ not in REGISTRY:
                raise ValueError(f"{path.name} names no event")
            found.setdefault(type_, []).append(Statement.of(path.read_text()))
        return found

    @cached_property
    def views(self) -> list[str]:
        """The scripts that define what the world reads."""
        scripts = [path.read_text() for path in sorted((self.folder / "views").glob("*.sql"))]
        for name, text in self.literals:
            quoted = "'" + text.replace("'", "''") + "'"
            scripts = [script.replace(f":{name}", quoted) for script in scripts]
        return scripts

    def script(self, name: str) -> str:
        """The text of ``<name>.sql``."""
        return (self.folder / f"{name}.sql").read_text()

    def build(self, number: int) -> Build:
        """The numbered build of this version."""
        return Build(self, number)


@dataclass(frozen=True)
class Build:
    """One filling of a projection from position 0."""

    projection: Projection
    number: int

    @property
    def schema(self) -> str:
        """The PostgreSQL schema that holds its tables."""
        return f"{self.projection.name}_v{self.projection.version}_b{self.number}"

    @property
    def consumer_name(self) -> str:
        """The name of its watermarks and of its consumer group."""
        return f"{self.projection.name}.v{self.projection.version}.b{self.number}"

    def consumer(self, pool: asyncpg.Pool, kafka: KafkaConfig) -> Consumer:
        """The component that fills it."""
        return Consumer(self.consumer_name, self.projection.sources, pool, kafka, self.applier())

    def applier(self) -> Apply:
        """What its consumer does with a batch; the same for one record replayed from quarantine.

        Raises ``ValueError`` for a statement that belongs to no event: at the start, not at the first batch.
        """
        statements_of = self.projection.statements

        async def apply(connection: Connection, records: Sequence[Received]) -> None:
            await connection.execute(f'SET LOCAL search_path TO "{self.schema}", public')
            by_type: dict[str, list[Received]] = {}
            for record in records:
                by_type.setdefault(record.type, []).append(record)
            for type_, batch in by_type.items():
                statements = statements_of.get(type_)
                if statements is None:
                    if type_ not in REGISTRY:
                        metrics.UNKNOWN_EVENTS.labels(type_[:80]).inc(len(batch))
                    continue
                for statement in statements:
                    await statement.run(connection, batch)

        return apply

    async def create(self, connection: Connection) -> None:
        """Makes the schema and its tables, in the caller's transaction."""
        await connection.execute(f'CREATE SCHEMA "{self.schema}" AUTHORIZATION {OWNER}')
        await self._run(connection, self.projection.script("schema"))

    async def index(self, connection: Connection) -> None:
        """Makes what readers need besides primary keys, in the caller's transaction; filling is faster without."""
        await self._run(connection, self.projection.script("indexes"))

    async def publish(self, connection: Connection) -> None:
        """Points the views at this build, in the caller's transaction: readers see the old or the new, never a mix."""
        for script in self.projection.views:
            await self._run(connection, script)

    async def drop(self, connection: Connection) -> None:
        """Removes its tables, its watermarks and its quarantine, in the caller's transaction."""
        await self._run(connection, "DROP SCHEMA IF EXISTS :schema CASCADE")
        await connection.execute("DELETE FROM watermarks WHERE consumer = $1", self.consumer_name)
        await connection.execute("DELETE FROM quarantine WHERE consumer = $1", self.consumer_name)

    async def _run(self, connection: Connection, script: str) -> None:
        await connection.execute(f'SET LOCAL ROLE {OWNER}; SET LOCAL search_path TO "{self.schema}", public')
        await connection.execute(script.replace(":schema", f'"{self.schema}"'))
        await connection.execute("SET LOCAL ROLE NONE; SET LOCAL search_path TO DEFAULT")


WRITTEN = ("loaded_at", "updated_at")

_TABLES = """
SELECT c.relname AS name,
       string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
         FILTER (WHERE a.attname <> ALL ($2)) AS columns
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname NOT LIKE 'rolled\\_%'
 GROUP BY c.relname ORDER BY c.relname
"""


@dataclass(frozen=True)
class TableHash:
    """A table's number of rows and the sum of its rows' hashes: equal whatever the order of the rows."""

    name: str
    rows: int
    hash: str


async def hashes(
    connection: Connection, build: Build, only: Mapping[str, tuple[str, Sequence[object]]] | None = None
) -> list[TableHash]:
    """Hashes of every table of a build, without the columns that tell when a row was written (``WRITTEN``).

    Rollups (``rolled_…``) are derived from the other tables and left out. ``only``: of a table the rows ``t`` of which
    a condition is true, and its arguments.
    """
    result = []
    for table in await connection.fetch(_TABLES, build.schema, WRITTEN):
        condition, arguments = (only or {}).get(table["name"], ("true", ()))
        row = await connection.fetchrow(
            "SELECT count(*) AS rows,"  # noqa: S608 - names come from the catalogue, quoted
            f" coalesce(sum(hashtextextended(ROW({table['columns']})::text, 0)::numeric), 0)::text AS hash"
            f' FROM "{build.schema}"."{table["name"]}" t WHERE {condition}',
            *arguments,
        )
        assert row is not None
        result.append(TableHash(table["name"], row["rows"], row["hash"]))
    return result
