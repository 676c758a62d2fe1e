"""Verification: a shadow of the live build, filled from position 0 to where the live one stood, must be equal."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from uuid import UUID, uuid4

import asyncpg
import orjson
import structlog
from events import metrics
from events.app import Runtime
from events.consumer import Consumer
from events.database import AWAY, is_database_away
from events.kafka import KafkaConfig
from events.projection import Build, Projection, TableHash, hashes
from events.settings import Role
from events.supervisor import Supervisor
from events.watermark import Shard

from analytics import builds

log = structlog.get_logger(__name__)

TELL_SECONDS = 60
LEASE_SECONDS = 40
LOOK_SECONDS = 0.2
STALL_SECONDS = 60
MAX_ATTEMPTS = 5

_REQUEST = """
INSERT INTO verifications (id, name, requested_by) VALUES ($1, $2, $3)
ON CONFLICT (name) WHERE state = 'running' DO UPDATE SET name = excluded.name
RETURNING id
"""
_CLAIM = """
UPDATE verifications SET lease = $2, leased_until = now() + make_interval(secs => $3), attempts = attempts + 1
 WHERE id = (SELECT id FROM verifications WHERE state = 'running' AND name = ANY ($1)
                AND (leased_until IS NULL OR leased_until < now()) ORDER BY requested_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, name, attempts
"""
_RENEW = """
UPDATE verifications SET leased_until = now() + make_interval(secs => $3)
 WHERE id = $1 AND lease = $2 AND state = 'running' RETURNING id
"""
_RELEASE = "UPDATE verifications SET leased_until = NULL WHERE id = $1 AND lease = $2"
_SETTLE = """
UPDATE verifications SET state = $3, result = $4, error = $5, finished_at = now()
 WHERE id = $1 AND lease = $2 AND state = 'running'
"""
_LAST = """
SELECT DISTINCT ON (name) name, extract(epoch FROM finished_at)::float AS at,
       (SELECT count(*) FROM json_array_elements(result) AS t(compared) WHERE NOT (compared ->> 'equal')::boolean)::int
         AS different
  FROM verifications WHERE state = 'done' AND name = ANY ($1) ORDER BY name, finished_at DESC
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


async def request(pool: asyncpg.Pool, projection: Projection, actor: str) -> UUID:
    """Asks for a verification; the id of the one that runs already, if one does."""
    return UUID(str(await pool.fetchval(_REQUEST, uuid4(), projection.name, actor)))


class Verifier:
    """The background part that runs verifications, one at a time, under a lease: what a crash left is begun again."""

    name = "verifier"
    role: Role = "worker"

    def __init__(self, runtime: Runtime, kafka: KafkaConfig, projections: Sequence[Projection]) -> None:
        self._pool = runtime.pool
        self._kafka = kafka
        self._projections = {projection.name: projection for projection in projections}
        self._turned = time.monotonic()
        self._told_at = -math.inf

    def last_progress(self) -> float:
        """The last look at the table of requests, or at a running comparison."""
        return self._turned

    async def ready(self) -> str | None:
        """Always: nobody waits for a verification to get his report."""
        return None

    async def run(self, stopping: asyncio.Event) -> None:
        """Looks for requests once a second until told to stop."""
        while not stopping.is_set():
            self._turned = time.monotonic()
            lease = uuid4()
            job = await self._claim(lease)
            if job is not None:
                await self._settle(job, lease, stopping)
                self._told_at = -math.inf
                continue
            if self._turned - self._told_at > TELL_SECONDS:
                await self._tell()
                self._told_at = self._turned
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), 1.0)

    async def _tell(self) -> None:
        """Tells the metrics what the last comparison found, whichever process made it."""
        with suppress(asyncpg.InterfaceError, OSError, TimeoutError, *AWAY):
            last = {row["name"]: row for row in await self._pool.fetch(_LAST, list(self._projections))}
            for name in self._projections:
                at, different = (last[name]["at"], last[name]["different"]) if name in last else (0, 0)
                metrics.PROJECTION_VERIFIED.labels(name).set(at)
                metrics.PROJECTION_MISMATCHES.labels(name).set(different)

    async def _claim(self, lease: UUID) -> asyncpg.Record | None:
        try:
            return await self._pool.fetchrow(_CLAIM, list(self._projections), lease, LEASE_SECONDS)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            if not is_database_away(error):
                raise
            return None

    async def _settle(self, job: asyncpg.Record, lease: UUID, stopping: asyncio.Event) -> None:
        """Runs a verification and keeps its result; one that was interrupted is left to whoever claims it next."""
        projection = self._projections[job["name"]]
        try:
            if job["attempts"] > MAX_ATTEMPTS:
                raise Impossible(f"given up after {MAX_ATTEMPTS} attempts")
            async with self._leased(job["id"], lease) as lost:
                tables = await self._compare(projection, lambda: stopping.is_set() or lost.is_set())
        except Interrupted:
            await self._pool.execute(_RELEASE, job["id"], lease)
        except Impossible as error:
            await self._pool.execute(_SETTLE, job["id"], lease, "failed", None, str(error))
            log.warning("verification_failed", projection=projection.name, reason=str(error))
        else:
            result = orjson.dumps([asdict(table) for table in tables]).decode()
            await self._pool.execute(_SETTLE, job["id"], lease, "done", result, None)
            different = [table.table for table in tables if not table.equal]
            log.log(logging.ERROR if different else logging.INFO, "verification_done", different=different)

    async def _compare(self, projection: Projection, interrupted: Callable[[], bool]) -> list[Comparison]:
        """Every table of the live build and of a shadow that stands where the live one stood."""
        await self._drop_shadows(projection)
        cap, live = await self._live(projection)
        async with self._pool.acquire() as connection, connection.transaction():
            shadow = await builds.start(connection, projection, "shadow")
        try:
            async with self._filling(shadow, cap) as consumer:
                while not await self._arrived(shadow, cap):
                    self._turned = time.monotonic()
                    if interrupted():
                        raise Interrupted
                    if (reason := await consumer.ready()) is not None and reason.startswith("stopped"):
                        raise Impossible(f"the rebuild {reason}")
                    await asyncio.sleep(LOOK_SECONDS)
            return [_compared(one, other) for one, other in zip(live, await self._hashes(shadow), strict=True)]
        finally:
            await self._drop_shadows(projection)

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

    @asynccontextmanager
    async def _leased(self, job: UUID, lease: UUID) -> AsyncIterator[asyncio.Event]:
        """Renews the lease while the block runs; the event is set when somebody else has taken over."""
        lost = asyncio.Event()

        async def renew() -> None:
            while not lost.is_set():
                self._turned = time.monotonic()
                await asyncio.sleep(LEASE_SECONDS / 4)
                with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
                    if await self._pool.fetchval(_RENEW, job, lease, LEASE_SECONDS) is None:
                        lost.set()

        task = asyncio.create_task(renew())
        try:
            yield lost
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def _compared(live: TableHash, rebuilt: TableHash) -> Comparison:
    return Comparison(live.name, live == rebuilt, live.rows, rebuilt.rows)
