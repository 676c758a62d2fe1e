"""What those who run a service ask of it, the same for every service: its state, its checks, another publication.

Nothing here needs access to a database or to Kafka from outside; the command ``voronka`` speaks to these routes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import structlog
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from events.auth import CurrentPrincipal, require
from events.checks import checks
from events.envelope import SHARDS
from events.fixes import Check
from events.health import Health
from events.inputs import Input, Whole
from events.problems import Conflict
from events.service import Runtime
from events.sqlfile import sql

log = structlog.get_logger(__name__)

Positions = Annotated[list[int], Field(description="One a shard, from shard 0.", min_length=SHARDS, max_length=SHARDS)]

_WANTED = """
UPDATE log_fence SET wanted = $1, wanted_by = $2 WHERE closed_because IS NOT NULL RETURNING *
"""
# The bounds stand before the validator: after it the description would not tell them.
Shard = Annotated[int, Field(ge=0, le=SHARDS - 1), *Whole.__metadata__]


class RelayState(BaseModel):
    """How far the log is published."""

    published: Positions
    waiting: int = Field(description="Events stored and not yet acknowledged by Kafka.")
    oldest_seconds: float = Field(description="How long the oldest of them has waited.")


class ConsumerState(BaseModel):
    """How far a consumer has applied the log of a service."""

    consumer: str
    source: str = Field(description="Topic.")
    positions: Positions
    applied_at: datetime | None = Field(description="When the last event was applied.")
    quarantined: int = Field(description="Events put aside because they could not be applied.")


class TasksState(BaseModel):
    """Work done outside of transactions."""

    due: int
    later: int = Field(description="Their time has not come.")
    failed: int = Field(description="Given up; a person has to look.")
    oldest_seconds: float = Field(description="How long the oldest due one has waited.")


class IntakeState(BaseModel):
    """Requests as they came, counted up to 20,000."""

    pending: int
    quarantined: int


class LogState(BaseModel):
    """Whether events can be appended: a store that is older than what it has published is closed."""

    closed_because: str | None = Field(description="Null: it is open.")
    closed_at: datetime | None
    wanted: Literal["take-back", "open"] | None = Field(description="What the relay was asked to do about it.")
    taken_back: int = Field(description="Events that were read out of Kafka into the store, ever.")


class OperationsState(BaseModel):
    """A service at a moment."""

    service: str
    now: datetime = Field(description="By the clock of its database.")
    ready: bool
    reasons: dict[str, str] = Field(description="Why it is not ready, by part.")
    schema_version: str | None
    schema_expected: str
    server_version: str = Field(description="Of PostgreSQL.")
    database_bytes: int
    heads: Positions
    log: LogState
    relay: RelayState
    consumers: list[ConsumerState]
    tasks: TasksState
    intake: IntakeState


class Refill(Input):
    """Which shards are to be published again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"shards": [3, 7]}]})

    shards: list[Shard] | None = Field(None, max_length=SHARDS, description="All if null.")


class Refilled(BaseModel):
    """What will be published again; consumers skip what they have."""

    shards: list[int]
    events: int


class Repair(Input):
    """What to do about a closed log: take back what it lacks, or go on without it."""

    action: Literal["take-back", "open"] = Field(examples=["take-back"])


class Rewind(Input):
    """Where a log begins to be another: consumers that stand beyond are set back."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"source": "voronka.deals.v1", "positions": list(range(100, 100 + SHARDS))}]}
    )

    source: str = Field(max_length=100, pattern=r"^voronka\.[a-z]{1,40}\.v1$", description="Topic.")
    positions: list[Annotated[int, Field(ge=0, le=2**53 - 1), *Whole.__metadata__]] = Field(
        min_length=SHARDS, max_length=SHARDS, description="Head of each shard of the restored store, from shard 0."
    )


class Rewound(BaseModel):
    """How many shards of how many consumers were set back."""

    consumers: int
    shards: int


def router(runtime: Runtime, health: Health) -> APIRouter:
    """Routes under ``/operations``."""
    routes = APIRouter(prefix="/operations", tags=["Operations"])
    pool, reads = runtime.pool, [Depends(require("operations:read"))]

    @routes.get("", dependencies=reads, summary="Show positions, lag, quarantine and tasks of the service")
    async def state() -> OperationsState:
        async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            row = await connection.fetchrow(sql("operations_state"))
            waiting = await connection.fetchrow(sql("relay_lag"))
            consumers = await connection.fetch(sql("operations_consumers"))
            fence = await connection.fetchrow("SELECT * FROM log_fence")
        assert row is not None
        assert waiting is not None
        assert fence is not None
        reasons = await health.reasons()
        return OperationsState(
            service=runtime.service,
            ready=not reasons,
            reasons=reasons,
            schema_expected=health.expected_version,
            log=LogState(**{name: fence[name] for name in LogState.model_fields}),
            relay=RelayState(
                published=row["published"], waiting=waiting["events"], oldest_seconds=max(0.0, waiting["oldest"])
            ),
            consumers=[ConsumerState(**consumer) for consumer in consumers],
            tasks=TasksState(**{name: row[f"tasks_{name}"] for name in TasksState.model_fields}),
            intake=IntakeState(**{name: row[f"intake_{name}"] for name in IntakeState.model_fields}),
            **{name: row[name] for name in ("now", "schema_version", "server_version", "database_bytes", "heads")},
        )

    @routes.get("/checks", dependencies=reads, summary="Check database, broker, settings, log and queues")
    async def run_checks() -> list[Check]:
        """Each check with what to do; those of the broker take up to 10 s where it does not answer."""
        return await checks(runtime, health)

    @routes.post(
        "/relay/refill",
        dependencies=[Depends(require("operations:write"))],
        summary="Publish the log again from its start",
    )
    async def refill(which: Refill, principal: CurrentPrincipal) -> Refilled:
        shards = sorted(set(which.shards)) if which.shards is not None else list(range(SHARDS))
        rows = await pool.fetch(sql("relay_restart"), shards)
        events = sum(row["events"] for row in rows)
        log.warning("relay_refill_requested", by=principal.actor, shards=shards, events=events)
        return Refilled(shards=shards, events=events)

    _add_repair(routes, runtime)
    return routes


def _add_repair(routes: APIRouter, runtime: Runtime) -> None:
    writes = [Depends(require("operations:write"))]

    @routes.post("/log/repair", status_code=202, dependencies=writes, summary="Bring a log in order that was closed")
    async def repair(what: Repair, principal: CurrentPrincipal) -> LogState:
        """The relay does it; `GET /operations` shows what came of it."""
        row = await runtime.pool.fetchrow(_WANTED, what.action, principal.actor)
        if row is None:
            raise Conflict("The log is not closed.", code="not_closed")
        log.warning("log_repair_requested", by=principal.actor, action=what.action)
        return LogState(**{name: row[name] for name in LogState.model_fields})

    @routes.post("/consumers/rewind", dependencies=writes, summary="Set consumers back to where a log begins anew")
    async def rewind(where: Rewind, principal: CurrentPrincipal) -> Rewound:
        rows = await runtime.pool.fetch(sql("consumers_rewind"), where.source, where.positions)
        log.warning("consumers_rewound", by=principal.actor, source=where.source, shards=len(rows))
        return Rewound(consumers=len({row["consumer"] for row in rows}), shards=len(rows))
