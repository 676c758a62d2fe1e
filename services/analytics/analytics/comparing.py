"""The comparison of a live build with a shadow, which is filled from position 0 to where the live one stood.

Of a slice the shadow is filled with one shard of every log, and stands in all others where the live build does: it
reads a sixteenth of the logs and takes a sixteenth of the room.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import asyncpg
from events import metrics
from events.consumer import Consumer
from events.kafka import KafkaConfig
from events.projection import Build, Projection, TableHash, hashes
from events.store import Connection
from events.supervisor import Supervisor
from events.watermark import Shard

from analytics import builds
from analytics.differences import RowDifference, differing_rows
from analytics.rollup import verifying
from analytics.slices import ALL, SLICES, rows_of

LOOK_SECONDS = 0.2
STALL_SECONDS = 60

_MARKS = "SELECT source, shard, position, kafka_offset FROM watermarks WHERE consumer = $1 ORDER BY source, shard"
_STAND = """
INSERT INTO watermarks (consumer, source, shard, position, kafka_offset)
SELECT $1, source, shard, position, kafka_offset
  FROM unnest($2::text[], $3::smallint[], $4::bigint[], $5::bigint[]) AS m(source, shard, position, kafka_offset)
"""


class Impossible(Exception):
    """The comparison cannot be made; the message says why."""


class Interrupted(Exception):
    """The process stops, or another one has taken over."""


@dataclass(frozen=True)
class Comparison:
    """A table of the live build and of the shadow."""

    table: str
    equal: bool
    live_rows: int
    rebuilt_rows: int
    different: Sequence[RowDifference] = ()


@dataclass(frozen=True)
class Standing:
    """The live build at a moment: its watermarks, and the hashes of the rows that are compared."""

    marks: Sequence[asyncpg.Record]
    hashes: Sequence[TableHash]

    @property
    def cap(self) -> dict[Shard, int]:
        """How far it had applied each shard."""
        return {(mark["source"], mark["shard"]): mark["position"] for mark in self.marks}


class Comparing:
    """Makes comparisons; ``turned`` is called at every sign of life."""

    def __init__(self, pool: asyncpg.Pool, kafka: KafkaConfig, turned: Callable[[], None]) -> None:
        self._pool = pool
        self._kafka = kafka
        self._turned = turned

    async def compare(
        self, projection: Projection, interrupted: Callable[[], bool], shard: int | None = None
    ) -> list[Comparison]:
        """Every table of the live build, or of its slice ``shard``, and of a shadow that stands where it stood.

        The rollup is compared with what the facts of the live build say.
        """
        tables = await self._with_the_log(projection, interrupted, shard)
        return [*tables, *await self._with_the_facts(projection, interrupted, shard)]

    async def _with_the_log(
        self, projection: Projection, interrupted: Callable[[], bool], shard: int | None
    ) -> list[Comparison]:
        await self._drop_shadows(projection)
        live = await self._live(projection, shard)
        async with self._pool.acquire() as connection, connection.transaction():
            shadow = await builds.start(connection, projection, "shadow")
            if shard is not None:
                await _stand_elsewhere(connection, shadow, live, shard)
        try:
            async with self._filling(shadow, live.cap) as consumer:
                await self._arrive(shadow, live.cap, consumer, interrupted)
                pairs = zip(live.hashes, await self._hashes(shadow), strict=True)
                tables = [_compared(one, other) for one, other in pairs]
                if all(table.equal for table in tables):
                    return tables
                return await self._named(projection, shadow, consumer, tables, interrupted, shard)
        finally:
            await self._drop_shadows(projection)

    async def _with_the_facts(
        self, projection: Projection, interrupted: Callable[[], bool], shard: int | None
    ) -> list[Comparison]:
        def turned() -> None:
            self._turned()
            if interrupted():
                raise Interrupted

        async with self._pool.acquire() as connection:
            build = await builds.live_build(connection, projection)
        slice_of = None if shard is None else (shard, SLICES)
        return [
            Comparison(
                parts.table,
                not parts.different,
                parts.kept,
                parts.computed,
                [RowDifference(day.isoformat(), "other parts than the facts make") for day in parts.different],
            )
            for parts in await verifying.compared(self._pool, build, slice_of, turned)
        ]

    async def _arrive(
        self, shadow: Build, cap: Mapping[Shard, int], consumer: Consumer, interrupted: Callable[[], bool]
    ) -> None:
        consumer.watermark.cap = cap
        while not await self._arrived(shadow, cap):
            self._turned()
            if interrupted():
                raise Interrupted
            if (reason := await consumer.ready()) is not None and reason.startswith("stopped"):
                raise Impossible(f"the rebuild {reason}")
            await asyncio.sleep(LOOK_SECONDS)

    async def _named(
        self,
        projection: Projection,
        shadow: Build,
        consumer: Consumer,
        tables: Sequence[Comparison],
        interrupted: Callable[[], bool],
        shard: int | None,
    ) -> list[Comparison]:
        """The rows that differ, with the shadow brought to where the live build stands now, and one look at that."""
        named = []
        async with (
            self._pool.acquire() as here,
            here.transaction(isolation="repeatable_read", readonly=True),
            self._pool.acquire() as there,
        ):
            await here.execute("SET LOCAL statement_timeout = 0; SET LOCAL transaction_timeout = 0")
            await here.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            build = await builds.live_build(here, projection)
            now = await builds.positions(here, build)
            if shard is not None:
                now = dict(consumer.watermark.cap or {}) | {key: at for key, at in now.items() if key[1] == shard}
            await self._arrive(shadow, now, consumer, interrupted)
            only = {} if shard is None else await rows_of(here, build, shard)
            for table in tables:
                rows: Sequence[RowDifference] = ()
                if not table.equal:
                    of = only.get(table.table, ALL)
                    rows = await differing_rows((here, build), (there, shadow), table.table, table.live_rows, of)
                named.append(replace(table, different=rows))
        return named

    async def _live(self, projection: Projection, shard: int | None) -> Standing:
        """Where the live build stands, and its hashes, at one moment: facts and watermarks are committed together."""
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            await connection.execute("SET LOCAL statement_timeout = 0; SET LOCAL transaction_timeout = 0")
            try:
                build = await builds.live_build(connection, projection)
            except builds.NotBuiltYet:
                raise Impossible("the live build is of another release") from None
            only = None if shard is None else await rows_of(connection, build, shard)
            marks = await connection.fetch(_MARKS, build.consumer_name)
            return Standing(marks, await hashes(connection, build, only))

    async def _hashes(self, build: Build) -> list[TableHash]:
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            await connection.execute("SET LOCAL statement_timeout = 0; SET LOCAL transaction_timeout = 0")
            return await hashes(connection, build)

    @asynccontextmanager
    async def _filling(self, shadow: Build, cap: Mapping[Shard, int]) -> AsyncIterator[Consumer]:
        """The shadow's consumer at work, which stops by itself at ``cap``."""
        consumer = shadow.consumer(self._pool, self._kafka)
        consumer.watermark.cap = cap
        metrics.PROJECTION_LIVE.labels(consumer.name).set(0)
        stopping = asyncio.Event()
        task = asyncio.create_task(Supervisor("analytics", consumer, STALL_SECONDS).run(stopping))
        try:
            yield consumer
        finally:
            stopping.set()
            await task
            metrics.forget_consumer(consumer.name)

    async def _arrived(self, shadow: Build, cap: Mapping[Shard, int]) -> bool:
        async with self._pool.acquire() as connection:
            return await builds.positions(connection, shadow) == cap

    async def _drop_shadows(self, projection: Projection) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            for row in await builds.builds(connection, projection):
                if row.state == "shadow":
                    await builds.drop(connection, row.of_any_version(projection))


async def _stand_elsewhere(connection: Connection, shadow: Build, live: Standing, shard: int) -> None:
    """Of the other shards nothing is read: the shadow stands there where the live build stood."""
    others = [mark for mark in live.marks if mark["shard"] != shard]
    await connection.execute(_STAND, shadow.consumer_name, *map(list, zip(*others, strict=True)))


def _compared(live: TableHash, rebuilt: TableHash) -> Comparison:
    return Comparison(live.name, live == rebuilt, live.rows, rebuilt.rows)
