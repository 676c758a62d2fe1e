"""The switch: a build that has caught up with the live one takes its place, in one transaction."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress

import asyncpg
import structlog
from events.app import Runtime
from events.database import is_database_away
from events.projection import Build, Projection
from events.settings import Role
from events.store import Connection

from analytics import builds

log = structlog.get_logger(__name__)

TURN_SECONDS = 1.0
PAUSE_SECONDS = 15.0
NEAR_EVENTS = 5_000
CATCH_UP_SECONDS = 3.0

_BEHIND = """
SELECT coalesce(sum(greatest(l.position - coalesce(b.position, 0), 0)), 0)::bigint
  FROM watermarks l LEFT JOIN watermarks b ON b.consumer = $2 AND (b.source, b.shard) = (l.source, l.shard)
 WHERE l.consumer = $1
"""
_HOLD = "SELECT FROM watermarks WHERE consumer = $1 ORDER BY source, shard FOR UPDATE"
_SET_APART = "SELECT count(*) FROM quarantine WHERE consumer = $1 AND discarded_at IS NULL"


async def behind(connection: Connection, live: str, building: str) -> int:
    """How many events the consumer ``building`` has yet to apply to stand where ``live`` stands, in every shard."""
    return int(await connection.fetchval(_BEHIND, live, building))


async def set_apart(connection: Connection, build: Build) -> int:
    """How many events wait in the quarantine of a build; a rebuild goes live only with none."""
    return int(await connection.fetchval(_SET_APART, build.consumer_name))


async def switch(pool: asyncpg.Pool, projection: Projection) -> Build | None:
    """Puts the build in the place of the live one if it has caught up; returns it if it did.

    The live build stands still for the moment of the comparison, 3 s at most; readers do not notice.
    """
    async with pool.acquire() as connection:
        found = await _candidates(connection, projection)
        if found is None:
            return None
        live, building = found
        if await behind(connection, live, building.consumer_name) > NEAR_EVENTS or await set_apart(
            connection, building
        ):
            return None
        async with connection.transaction():
            # Whoever fills it waits at its watermarks, not with locks on some tables while this waits for those.
            await connection.execute(_HOLD, building.consumer_name)
            await builds.index(connection, building)
        async with connection.transaction():
            await builds.lock(connection, projection)
            if await _candidates(connection, projection) != found:
                return None
            # A reader may hold the views for a minute; the live build must not stand still for so long.
            await connection.execute("SET LOCAL lock_timeout = '2s'")
            await connection.execute(_HOLD, live)
            if not await _caught_up(pool, live, building) or await set_apart(connection, building):
                return None
            await builds.go_live(connection, building)
    log.info("build_live", build=building.schema)
    return building


async def _candidates(connection: Connection, projection: Projection) -> tuple[str, Build] | None:
    """The live build's consumer, and the build of this release that is to follow it."""
    rows = await builds.builds(connection, projection)
    live = next((row.of_any_version(projection).consumer_name for row in rows if row.state == "live"), None)
    building = next((row.of(projection) for row in rows if row.state == "building"), None)
    return (live, building) if live and building else None


async def _caught_up(pool: asyncpg.Pool, live: str, building: Build) -> bool:
    deadline = time.monotonic() + CATCH_UP_SECONDS
    while time.monotonic() < deadline:
        async with pool.acquire() as connection:
            if not await behind(connection, live, building.consumer_name):
                return True
        await asyncio.sleep(0.02)
    return False


class Switching:
    """The background part that switches builds, publishes views that a release has changed, and drops what is retired.

    Apart from the filling, which goes on whatever happens here. What fails is tried again after 15 s, and told by
    ``GET /projections``.
    """

    name = "switching"
    role: Role = "consumer"

    def __init__(self, runtime: Runtime, projections: Sequence[Projection]) -> None:
        self._pool = runtime.pool
        self._projections = projections
        self._turned = time.monotonic()

    def last_progress(self) -> float:
        """The last sign of life; making indexes may take long."""
        return self._turned

    async def ready(self) -> str | None:
        """Always: reports are read from the live build."""
        return None

    async def run(self, stopping: asyncio.Event) -> None:
        """Turns once a second until told to stop; a turn that is cut short is rolled back."""
        stop = asyncio.create_task(stopping.wait())
        while not stopping.is_set():
            turn = asyncio.create_task(self._turn())
            while not (turn.done() or stopping.is_set()):
                self._turned = time.monotonic()
                await asyncio.wait((turn, stop), timeout=5, return_when=asyncio.FIRST_COMPLETED)
            if turn.done():
                await asyncio.wait((stop,), timeout=TURN_SECONDS if turn.result() else PAUSE_SECONDS)
            else:
                turn.cancel()
                await asyncio.wait((turn,))

    async def _turn(self) -> bool:
        """Whether all went well."""
        well = True
        for projection in self._projections:
            try:
                await builds.refresh_views(self._pool, projection)
                await switch(self._pool, projection)
                async with self._pool.acquire() as connection, connection.transaction():
                    await builds.drop_retired(connection, projection)
                await self._tell(projection, None)
            except Exception as error:
                well = False
                if not is_database_away(error):
                    log.exception("switching_failed", projection=projection.name)
                with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
                    await self._tell(projection, type(error).__name__)
        return well

    async def _tell(self, projection: Projection, trouble: str | None) -> None:
        await self._pool.execute(
            "UPDATE projections SET trouble = $2 WHERE name = $1 AND state IN ('live', 'building')"
            " AND trouble IS DISTINCT FROM $2",
            projection.name,
            trouble,
        )
