"""Verification: a shadow of the live build, filled from position 0 to where the live one stood, must be equal.

Of all of it when somebody asks; by itself slice after slice (``scrub.py``).
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from uuid import UUID, uuid4

import asyncpg
import orjson
import structlog
from events.app import Runtime
from events.database import AWAY, is_database_away
from events.kafka import KafkaConfig
from events.projection import Projection
from events.settings import Role

from analytics.comparing import Comparing, Impossible, Interrupted
from analytics.scrub import TURN_SECONDS, Scrub

log = structlog.get_logger(__name__)

LEASE_SECONDS = 40
MAX_ATTEMPTS = 5

_REQUEST = """
INSERT INTO verifications (id, name, shard, requested_by) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING id
"""
_RUNNING = """
SELECT id FROM verifications WHERE name = $1 AND state = 'running'
 ORDER BY shard IS NOT DISTINCT FROM $2 DESC, requested_at LIMIT 1
"""
_CLAIMING = "SELECT pg_advisory_xact_lock(7002, hashtext('verifications'))"
_CLAIM = """
UPDATE verifications SET lease = $2, leased_until = now() + make_interval(secs => $3), attempts = attempts + 1
 WHERE id = (SELECT v.id FROM verifications v
              WHERE v.state = 'running' AND v.name = ANY ($1) AND (v.leased_until IS NULL OR v.leased_until < now())
                AND NOT EXISTS (SELECT FROM verifications o
                                 WHERE o.name = v.name AND o.state = 'running' AND o.leased_until >= now())
              ORDER BY v.requested_at LIMIT 1)
RETURNING id, name, shard, attempts
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


async def request(pool: asyncpg.Pool, projection: Projection, actor: str, shard: int | None = None) -> UUID:
    """Asks for a verification, of a slice or of all; the id of the same one that runs or waits already, if one does."""
    while True:
        found = await pool.fetchval(_REQUEST, uuid4(), projection.name, shard, actor)
        found = found or await pool.fetchval(_RUNNING, projection.name, shard)
        if found is not None:
            return UUID(str(found))


class Verifier:
    """The background part that runs verifications, one at a time, under a lease: what a crash left is begun again."""

    name = "verifier"
    role: Role = "worker"

    def __init__(self, runtime: Runtime, kafka: KafkaConfig, projections: Sequence[Projection]) -> None:
        self._pool = runtime.pool
        self._comparing = Comparing(runtime.pool, kafka, self._turn)
        self._projections = {projection.name: projection for projection in projections}
        self._turned = time.monotonic()
        self._scrub = Scrub(runtime.pool, list(self._projections), runtime.settings.verify_hours)
        self._scrubbed_at = -math.inf

    def _turn(self) -> None:
        self._turned = time.monotonic()

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
                self._scrubbed_at = -math.inf
                continue
            if self._turned - self._scrubbed_at > TURN_SECONDS:
                with suppress(asyncpg.InterfaceError, OSError, TimeoutError, *AWAY):
                    await self._scrub.turn()
                self._scrubbed_at = self._turned
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), 1.0)

    async def _claim(self, lease: UUID) -> asyncpg.Record | None:
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                # One comparison of a projection at a time: the next one would drop its shadow.
                await connection.execute(_CLAIMING)
                return await connection.fetchrow(_CLAIM, list(self._projections), lease, LEASE_SECONDS)
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
                tables = await self._comparing.compare(
                    projection, lambda: stopping.is_set() or lost.is_set(), job["shard"]
                )
        except Interrupted:
            await self._pool.execute(_RELEASE, job["id"], lease)
        except Impossible as error:
            await self._pool.execute(_SETTLE, job["id"], lease, "failed", None, str(error))
            log.warning("verification_failed", projection=projection.name, reason=str(error))
        else:
            result = orjson.dumps([asdict(table) for table in tables]).decode()
            await self._pool.execute(_SETTLE, job["id"], lease, "done", result, None)
            different = [table.table for table in tables if not table.equal]
            level = logging.ERROR if different else logging.INFO
            log.log(level, "verification_done", shard=job["shard"], different=different)

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
