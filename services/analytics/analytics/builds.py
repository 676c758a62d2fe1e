"""The builds of a projection: the table ``projections``, and the steps from *building* to *live* to *dropped*."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import asyncpg
from events.problems import Conflict, Unavailable
from events.projection import Build, Projection
from events.store import Connection

State = Literal["building", "live", "shadow", "retired", "dropped"]

READERS_LEAVE_SECONDS = 60
_LOCK = "SELECT pg_advisory_xact_lock(7002, hashtext($1))"
_ROWS = """
SELECT name, version, build, state, extract(epoch FROM now() - retired_at)::float8 FROM projections
 WHERE name = $1 AND state <> 'dropped' ORDER BY version, build
"""


class AlreadyBuilding(Conflict):
    """A rebuild of this projection is under way."""

    slug, title = "already-building", "A rebuild is under way"
    remedy = "Wait for it; `GET /projections` shows how far it is."


class NotBuiltYet(Unavailable):
    """This release reads tables that are still being filled."""

    slug, title = "not-built-yet", "The report is being built"
    remedy = "Wait; `GET /projections` shows how far it is."


@dataclass(frozen=True)
class BuildRow:
    """A build as it stands in the table ``projections``."""

    name: str
    version: int
    number: int
    state: State
    retired_seconds: float | None

    def of(self, projection: Projection) -> Build | None:
        """The build, if this release knows how to fill it."""
        return self.of_any_version(projection) if self.version == projection.version else None

    def of_any_version(self, projection: Projection) -> Build:
        """The build, by names only: another version's statements are not known here."""
        return replace(projection, version=self.version).build(self.number)


async def lock(connection: Connection, projection: Projection) -> None:
    """Only one transaction at a time changes the builds of a projection."""
    await connection.execute(_LOCK, projection.name)


async def builds(connection: Connection, projection: Projection) -> list[BuildRow]:
    """All builds that have tables, oldest first."""
    return [BuildRow(*row.values()) for row in await connection.fetch(_ROWS, projection.name)]


async def live_build(connection: Connection, projection: Projection) -> Build:
    """The build that reports read; raises :class:`NotBuiltYet`."""
    number = await connection.fetchval(
        "SELECT build FROM projections WHERE name = $1 AND version = $2 AND state = 'live'",
        projection.name,
        projection.version,
    )
    if number is None:
        raise NotBuiltYet(retry_after=5)
    return projection.build(number)


async def live_since(connection: Connection, build: Build) -> datetime:
    """From when on a lead's arrival in ``build`` tells of lag: the first build of all filled from its beginning."""
    since = await connection.fetchval(
        "SELECT coalesce(live_at, created_at) FROM projections WHERE name = $1 AND version = $2 AND build = $3",
        *_key(build),
    )
    assert isinstance(since, datetime)
    return since


async def ensure(pool: asyncpg.Pool, projection: Projection) -> None:
    """Starts the first build of this version; any number of replicas may do so at once.

    The very first build of all is live from the beginning: there is nothing better to read.
    """
    async with pool.acquire() as connection, connection.transaction():
        await lock(connection, projection)
        rows = await builds(connection, projection)
        live = next((row for row in rows if row.state == "live"), None)
        building = next((row for row in rows if row.state == "building"), None)
        if live is None:
            await go_live(connection, await start(connection, projection, "building"))
        elif live.version < projection.version and (building is None or building.version < projection.version):
            if building is not None:
                await set_state(connection, projection.name, building.version, building.number, "retired")
            await start(connection, projection, "building")


async def refresh_views(pool: asyncpg.Pool, projection: Projection) -> None:
    """Publishes the live build's views again if this release has changed them."""
    async with pool.acquire() as connection:
        live = next((row for row in await builds(connection, projection) if row.state == "live"), None)
        build = live.of(projection) if live else None
        if build is None or await _published(connection, build):
            return
        async with connection.transaction():
            await lock(connection, projection)
            await connection.execute("SET LOCAL lock_timeout = '2s'")
            await _publish(connection, build)


async def start(connection: Connection, projection: Projection, state: State) -> Build:
    """A new empty build, in the caller's transaction. Raises :class:`AlreadyBuilding`."""
    await lock(connection, projection)
    if state == "building" and any(row.state == "building" for row in await builds(connection, projection)):
        raise AlreadyBuilding
    number = await connection.fetchval(
        "INSERT INTO projections (name, version, build, state)"
        " SELECT $1, $2, coalesce(max(build), 0) + 1, $3 FROM projections WHERE name = $1 RETURNING build",
        projection.name,
        projection.version,
        state,
    )
    build = projection.build(number)
    await build.create(connection)
    return build


async def cancel(connection: Connection, projection: Projection) -> int | None:
    """Retires the build that is being filled, in the caller's transaction; its number, None where there is none."""
    await lock(connection, projection)
    for row in await builds(connection, projection):
        if row.state == "building":
            await set_state(connection, row.name, row.version, row.number, "retired")
            return row.number
    return None


async def index(connection: Connection, build: Build) -> None:
    """Makes the build's indexes, once, in the caller's transaction."""
    todo = await connection.fetchval(
        "UPDATE projections SET indexed = true WHERE name = $1 AND version = $2 AND build = $3 AND NOT indexed"
        " RETURNING 1",
        *_key(build),
    )
    if todo:
        await connection.execute("SET LOCAL statement_timeout = 0; SET LOCAL transaction_timeout = 0")
        await build.index(connection)


async def go_live(connection: Connection, build: Build) -> None:
    """The build becomes the one that is read, and the one before it is retired, in the caller's transaction."""
    await index(connection, build)
    await connection.execute(
        "UPDATE projections SET state = 'retired', retired_at = now() WHERE name = $1 AND state = 'live'",
        build.projection.name,
    )
    await connection.execute(
        "UPDATE projections SET state = 'live', live_at = now() WHERE name = $1 AND version = $2 AND build = $3",
        *_key(build),
    )
    await _publish(connection, build)


async def set_state(connection: Connection, name: str, version: int, number: int, state: State) -> None:
    """Moves a build on, whatever it was."""
    await connection.execute(
        "UPDATE projections SET state = $4, retired_at = coalesce(retired_at, now())"
        " WHERE name = $1 AND version = $2 AND build = $3",
        name,
        version,
        number,
        state,
    )


async def drop(connection: Connection, build: Build) -> None:
    """Removes a build's tables for good, in the caller's transaction."""
    await build.drop(connection)
    await connection.execute("DELETE FROM log_ends WHERE consumer = $1", build.consumer_name)
    await set_state(connection, *_key(build), "dropped")


async def drop_retired(connection: Connection, projection: Projection, seconds: float = READERS_LEAVE_SECONDS) -> None:
    """Drops what was retired long enough ago for every reader to have left, in the caller's transaction."""
    await lock(connection, projection)
    for row in await builds(connection, projection):
        if row.state == "retired" and (row.retired_seconds or 0) > seconds:
            await drop(connection, row.of_any_version(projection))


async def positions(connection: Connection, build: Build) -> dict[tuple[str, int], int]:
    """How far a build has applied each shard of each source."""
    rows = await connection.fetch(
        "SELECT source, shard, position FROM watermarks WHERE consumer = $1", build.consumer_name
    )
    return {(row["source"], row["shard"]): row["position"] for row in rows}


async def _publish(connection: Connection, build: Build) -> None:
    await connection.execute(
        "UPDATE projections SET views = $4 WHERE name = $1 AND version = $2 AND build = $3", *_key(build), _mark(build)
    )
    await build.publish(connection)


async def _published(connection: Connection, build: Build) -> bool:
    mark = await connection.fetchval(
        "SELECT views FROM projections WHERE name = $1 AND version = $2 AND build = $3", *_key(build)
    )
    return bool(mark == _mark(build))


def _mark(build: Build) -> str:
    return hashlib.sha256("".join(build.projection.views).encode()).hexdigest()


def _key(build: Build) -> tuple[str, int, int]:
    return build.projection.name, build.projection.version, build.number
