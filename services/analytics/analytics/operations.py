"""The HTTP API of those who run the service: the state of projections, rebuild and verification."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

import asyncpg
import orjson
from events.app import Runtime
from events.auth import CurrentPrincipal, require
from events.problems import NotFound
from events.projection import Projection
from events.sqlfile import sql
from fastapi import APIRouter, Depends, Query, Response
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict, Field

from analytics import builds, verification
from analytics.slices import SLICES

_SQL = Path(__file__).parent / "sql"

Name = Annotated[str, InPath(description="Name of a projection: `sales`.")]
Slice = Annotated[
    int | None,
    Query(
        ge=0,
        lt=SLICES,
        description="Only the rows that this shard of the logs tells of: a sixteenth of the time and room. Empty: all.",
    ),
]


class SourceState(BaseModel):
    """How far a build has read one service's log."""

    model_config = ConfigDict(frozen=True)

    source: str = Field(description="Topic.")
    positions: list[int] = Field(description="Position of the last applied event in each of the 16 shards.")
    applied: int = Field(description="Events applied: the sum of the positions.")
    waiting: int | None = Field(description="Events published and not yet applied; null until somebody has looked.")
    quarantined: int = Field(description="Events put aside because they could not be applied.")
    applied_at: datetime | None = Field(description="When the last event was applied.")
    complete_until: datetime | None = Field(description="Everything that was published before this time is applied.")


class BuildState(BaseModel):
    """One filling of a projection."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(description="Projection.")
    version: int = Field(description="Version of the projection: what its tables mean.")
    build: int = Field(description="Number of the build.")
    state: builds.State = Field(
        description="`live` is read by reports; `building` is being filled to follow it; `shadow` is being compared; "
        "`retired` is dropped after a minute."
    )
    created_at: datetime
    live_at: datetime | None
    progress_percent: float | None = Field(description="Applied events of all known ones, percent.")
    blocked_by: str | None = Field(description="Why a build that has caught up does not go live, or its views are old.")
    sources: list[SourceState]


class RowDifference(BaseModel):
    """A row that is not what the log says."""

    model_config = ConfigDict(frozen=True)

    key: str = Field(description="Primary key, as PostgreSQL writes a row.")
    what: str = Field(description="In plain words; columns by name, without values.")


class TableComparison(BaseModel):
    """A table of the live build and of one rebuilt to the same positions."""

    model_config = ConfigDict(frozen=True)

    table: str
    equal: bool = Field(description="The same rows with the same values.")
    live_rows: int
    rebuilt_rows: int
    different: list[RowDifference] = Field([], description="The first hundred rows that differ.")


class Verification(BaseModel):
    """A comparison of the live build with a shadow rebuilt from the log."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    projection: str
    shard: int | None = Field(description="The slice that is compared: the rows of this shard of the logs; null: all.")
    state: Literal["running", "done", "failed"]
    equal: bool | None = Field(description="All tables are equal; null until it is known.")
    requested_at: datetime
    requested_by: str
    finished_at: datetime | None
    error: str | None = Field(description="Why the comparison could not be made.")
    tables: list[TableComparison]


def operations(runtime: Runtime, projections: Sequence[Projection]) -> APIRouter:
    """Routes about ``projections``."""
    router = APIRouter(tags=["operations"])
    by_name = {projection.name: projection for projection in projections}

    def named(name: str) -> Projection:
        if name not in by_name:
            raise NotFound(f"There is no projection {name}.")
        return by_name[name]

    @router.get("/projections", dependencies=[Depends(require("operations:read"))])
    async def list_builds() -> list[BuildState]:
        """Every build that has tables: its state, how far it is, and what waits."""
        return [state for projection in projections for state in await build_states(runtime.pool, projection)]

    @router.post("/projections/{name}/rebuild", status_code=202, dependencies=[Depends(require("operations:write"))])
    async def rebuild(name: Name, principal: CurrentPrincipal) -> BuildState:
        """Starts a build from position 0, which takes the place of the live one as soon as it has caught up."""
        projection = named(name)
        async with runtime.pool.acquire() as connection, connection.transaction():
            build = await builds.start(connection, projection, "building")
        runtime.log.info("rebuild_requested", projection=name, build=build.number, actor=principal.actor)
        return next(state for state in await build_states(runtime.pool, projection) if state.build == build.number)

    @router.post("/projections/{name}/cancel", dependencies=[Depends(require("operations:write"))])
    async def cancel(name: Name, principal: CurrentPrincipal) -> BuildState:
        """Gives a rebuild up; its tables are dropped a minute later. The live build is not touched."""
        projection = named(name)
        async with runtime.pool.acquire() as connection, connection.transaction():
            number = await builds.cancel(connection, projection)
        if number is None:
            raise NotFound(f"No rebuild of {name} is under way.")
        runtime.log.info("rebuild_cancelled", projection=name, build=number, actor=principal.actor)
        return next(state for state in await build_states(runtime.pool, projection) if state.build == number)

    @router.post("/projections/{name}/verify", status_code=202, dependencies=[Depends(require("operations:write"))])
    async def verify(name: Name, principal: CurrentPrincipal, response: Response, shard: Slice = None) -> Verification:
        """Compares the live build with one rebuilt from the log, in the background; `Location` shows the result."""
        requested = await verification.request(runtime.pool, named(name), principal.actor, shard)
        response.headers["Location"] = f"/verifications/{requested}"
        return await read(requested)

    @router.get("/verifications/{id}", dependencies=[Depends(require("operations:read"))])
    async def read(id: UUID) -> Verification:
        """A verification: running, done or failed, and every table compared."""
        row = await runtime.pool.fetchrow("SELECT * FROM verifications WHERE id = $1", id)
        if row is None:
            raise NotFound("There is no such verification.")
        return _verification(row)

    return router


async def build_states(pool: asyncpg.Pool, projection: Projection) -> list[BuildState]:
    """The builds of a projection that have tables, oldest first."""
    found: dict[int, list[asyncpg.Record]] = {}
    for row in await pool.fetch(sql("build_states", _SQL), projection.name):
        found.setdefault(row["build"], []).append(row)
    return [_build_state(projection.name, rows) for rows in found.values()]


def _build_state(name: str, rows: Sequence[asyncpg.Record]) -> BuildState:
    build = rows[0]
    sources = [
        SourceState(
            source=row["source"],
            positions=row["positions"],
            applied=sum(row["positions"]),
            waiting=row["waiting"],
            quarantined=row["quarantined"],
            applied_at=row["applied_at"],
            complete_until=row["complete_until"],
        )
        for row in rows
        if row["source"] is not None
    ]
    quarantined = sum(source.quarantined for source in sources) if build["state"] == "building" else 0
    return BuildState(
        name=name,
        version=build["version"],
        build=build["build"],
        state=build["state"],
        created_at=build["created_at"],
        live_at=build["live_at"],
        progress_percent=_progress(sources),
        blocked_by=f"{quarantined} events in quarantine" if quarantined else build["trouble"],
        sources=sources,
    )


def _progress(sources: Sequence[SourceState]) -> float | None:
    waiting = [source.waiting for source in sources if source.waiting is not None]
    if not sources or len(waiting) < len(sources):
        return None
    applied = sum(source.applied for source in sources)
    return round(100 * applied / max(1, applied + sum(waiting)), 1) if applied or any(waiting) else 100.0


def _verification(row: asyncpg.Record) -> Verification:
    tables = orjson.loads(row["result"]) if row["result"] else []
    return Verification(
        id=row["id"],
        projection=row["name"],
        shard=row["shard"],
        state=row["state"],
        equal=all(table["equal"] for table in tables) if row["state"] == "done" else None,
        requested_at=row["requested_at"],
        requested_by=row["requested_by"],
        finished_at=row["finished_at"],
        error=row["error"],
        tables=[TableComparison(**table) for table in tables],
    )
