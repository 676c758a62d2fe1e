"""The comparison of a live build with a shadow, which is filled from position 0 to where the live one stood."""

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
from events.supervisor import Supervisor
from events.watermark import Shard

from analytics import builds
from analytics.differences import RowDifference, differing_rows

LOOK_SECONDS = 0.2
STALL_SECONDS = 60


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


class Comparing:
    """Makes comparisons; ``turned`` is called at every sign of life."""

    def __init__(self, pool: asyncpg.Pool, kafka: KafkaConfig, turned: Callable[[], None]) -> None:
        self._pool = pool
        self._kafka = kafka
        self._turned = turned

    async def compare(self, projection: Projection, interrupted: Callable[[], bool]) -> list[Comparison]:
        """Every table of the live build and of a shadow that stands where the live one stood."""
        await self._drop_shadows(projection)
        cap, live = await self._live(projection)
        async with self._pool.acquire() as connection, connection.transaction():
            shadow = await builds.start(connection, projection, "shadow")
        try:
            async with self._filling(shadow, cap) as consumer:
                await self._arrive(shadow, cap, consumer, interrupted)
                pairs = zip(live, await self._hashes(shadow), strict=True)
                tables = [_compared(one, other) for one, other in pairs]
                if all(table.equal for table in tables):
                    return tables
                return await self._named(projection, shadow, consumer, tables, interrupted)
        finally:
            await self._drop_shadows(projection)

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
            await self._arrive(shadow, await builds.positions(here, build), consumer, interrupted)
            for table in tables:
                rows: Sequence[RowDifference] = ()
                if not table.equal:
                    rows = await differing_rows((here, build), (there, shadow), table.table, table.live_rows)
                named.append(replace(table, different=rows))
        return named

    async def _live(self, projection: Projection) -> tuple[Mapping[Shard, int], list[TableHash]]:
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
            return await builds.positions(connection, build), await hashes(connection, build)

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


def _compared(live: TableHash, rebuilt: TableHash) -> Comparison:
    return Comparison(live.name, live == rebuilt, live.rows, rebuilt.rows)
