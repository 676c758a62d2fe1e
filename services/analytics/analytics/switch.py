"""The switch: a build that has caught up with the live one takes its place, in one transaction."""

from __future__ import annotations

import asyncio
import time

import asyncpg
import structlog
from events.projection import Build, Projection
from events.store import Connection

from analytics import builds

log = structlog.get_logger(__name__)

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
            await builds.index(connection, building)
        async with connection.transaction():
            await builds.lock(connection, projection)
            if await _candidates(connection, projection) != found:
                return None
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
