"""Verification: a shadow of the live build, filled from position 0 to where the live one stood, must be equal."""

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
from events import metrics
from events.app import Runtime
from events.database import AWAY, is_database_away
from events.kafka import KafkaConfig
from events.projection import Projection
from events.settings import Role

from analytics.comparing import Comparing, Impossible, Interrupted

log = structlog.get_logger(__name__)

TELL_SECONDS = 60
LEASE_SECONDS = 40
MAX_ATTEMPTS = 5

_REQUEST = """
INSERT INTO verifications (id, name, requested_by) VALUES ($1, $2, $3)
ON CONFLICT (name) WHERE state = 'running' DO UPDATE SET name = excluded.name
RETURNING id
"""
_REQUEST_DUE = """
INSERT INTO verifications (id, name, requested_by)
SELECT gen_random_uuid(), p.name, 'schedule' FROM projections p
 WHERE p.name = ANY ($1) AND p.state = 'live' AND p.live_at < now() - make_interval(secs => $2)
   AND NOT EXISTS (SELECT FROM verifications v
                    WHERE v.name = p.name AND v.requested_at > now() - make_interval(secs => $2))
ON CONFLICT (name) WHERE state = 'running' DO NOTHING
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


async def request(pool: asyncpg.Pool, projection: Projection, actor: str) -> UUID:
    """Asks for a verification; the id of the one that runs already, if one does."""
    return UUID(str(await pool.fetchval(_REQUEST, uuid4(), projection.name, actor)))


class Verifier:
    """The background part that runs verifications, one at a time, under a lease: what a crash left is begun again."""

    name = "verifier"
    role: Role = "worker"

    def __init__(self, runtime: Runtime, kafka: KafkaConfig, projections: Sequence[Projection]) -> None:
        self._pool = runtime.pool
        self._comparing = Comparing(runtime.pool, kafka, self._turn)
        self._projections = {projection.name: projection for projection in projections}
        self._turned = time.monotonic()
        self._told_at = -math.inf
        self._hours: float = runtime.settings.verify_hours

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
                self._told_at = -math.inf
                continue
            if self._turned - self._told_at > TELL_SECONDS:
                await self._request_due()
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
                tables = await self._comparing.compare(projection, lambda: stopping.is_set() or lost.is_set())
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

    async def _request_due(self) -> None:
        """Asks for a comparison of what was compared, or built, longer ago than the settings allow."""
        with suppress(asyncpg.InterfaceError, OSError, TimeoutError, *AWAY):
            if self._hours:
                await self._pool.execute(_REQUEST_DUE, list(self._projections), self._hours * 3600)

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
