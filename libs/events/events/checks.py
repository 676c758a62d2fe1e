"""Checks of a running service: each says what is, how bad that is, and what to do about it.

They look at what this process sees: its settings, its database, its log, the broker. ``voronka doctor`` runs those of
all services and compares what no service knows alone.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import asyncpg
from aiokafka.errors import KafkaError
from pydantic import BaseModel, Field

from events import database
from events.envelope import SHARDS, topic_of
from events.health import Health
from events.kafka import KafkaConfig, seen_by
from events.service import Runtime
from events.settings import Settings
from events.sqlfile import sql

State = Literal["pass", "warn", "fail"]

CHECK_SECONDS = 10.0
LATE_SECONDS = 30.0
CLOCK_SECONDS = 2.0
FREE_LEAST, FREE_LITTLE = 256 * 1024**2, 2 * 1024**3
"""Bytes free: fewer fail, or are warned of. An upload of 64 MiB is written to the disk, a document more than once."""
_GRANTS = "SELECT has_table_privilege('events', 'UPDATE, DELETE, TRUNCATE')"
_KEY_EXPIRES = "SELECT count(*) FROM api_keys WHERE revoked_at IS NULL AND expires_at < now() + interval '14 days'"


class Check(BaseModel):
    """What was looked at, and what came of it."""

    name: str
    state: State
    detail: str
    fix: str | None = Field(None, description="What to do; a command where there is one.")


async def checks(runtime: Runtime, health: Health) -> list[Check]:
    """All checks of a service; one that gets no answer within 10 s has failed."""
    wanted: Sequence[tuple[str, Callable[[], Awaitable[list[Check]]]]] = (
        ("database", lambda: _database(runtime.pool, health)),
        ("broker", lambda: _broker(runtime.service, runtime.settings)),
        ("queues", lambda: _queues(runtime.pool)),
        ("settings", lambda: _of_settings(runtime.settings)),
        ("disk", lambda: _disks(runtime.settings)),
    )
    found = await asyncio.gather(*(_within(name, check) for name, check in wanted))
    return [check for some in found for check in some]


async def _within(name: str, check: Callable[[], Awaitable[list[Check]]]) -> list[Check]:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except (TimeoutError, OSError, KafkaError, *database.ERRORS) as error:
        where = "VORONKA_KAFKA_BOOTSTRAP" if name == "broker" else "VORONKA_DATABASE_URL"
        return [Check(name=name, state="fail", detail=type(error).__name__, fix=f"see that it runs, and {where}")]


async def _database(pool: asyncpg.Pool, health: Health) -> list[Check]:
    reason = await health.database()
    made = [
        Check(name="schema", state="fail", detail=reason, fix="python -m events.migrate SERVICE")
        if reason
        else Check(name="schema", state="pass", detail=f"at {health.expected_version} or newer")
    ]
    async with pool.acquire() as connection:
        before = datetime.now(UTC)
        there = await connection.fetchval("SELECT clock_timestamp()")
        apart = abs((there - before).total_seconds())
        may_change = await connection.fetchval(_GRANTS)
        expiring = await connection.fetchval(_KEY_EXPIRES)
        used = await connection.fetchrow(
            "SELECT count(*)::int AS busy, current_setting('max_connections')::int AS most FROM pg_stat_activity"
            " WHERE backend_type = 'client backend'"
        )
    assert used is not None
    clock = f"{apart:.2f} s apart from this process"
    late = apart > CLOCK_SECONDS
    made.append(Check(name="clock", state="warn" if late else "pass", detail=clock, fix=_SYNC if late else None))
    made.append(
        Check(
            name="log",
            state="warn",
            detail="this login may change events",
            fix="connect as a member of voronka_service only",
        )
        if may_change
        else Check(name="log", state="pass", detail="immutable for this login")
    )
    full = used["busy"] > 0.8 * used["most"]
    made.append(
        Check(
            name="connections",
            state="warn" if full else "pass",
            detail=f"{used['busy']} of {used['most']}",
            fix="lower VORONKA_DATABASE_POOL_MAX, or put PgBouncer between (docs/scaling.md)" if full else None,
        )
    )
    if expiring:
        made.append(
            Check(name="API keys", state="warn", detail=f"{expiring} expire within 14 days", fix="POST /api-keys")
        )
    return made


_SYNC = "let the machines' clocks be kept by NTP (chronyc tracking)"


async def _broker(service: str, settings: Settings) -> list[Check]:
    seen = await seen_by(KafkaConfig.of(settings))
    own, partitions = topic_of(service), seen.partitions.get(topic_of(service))
    made = [Check(name="broker", state="pass", detail=f"cluster {seen.cluster_id}, {seen.brokers} brokers")]
    if partitions is None:
        made.append(
            Check(name="topic", state="warn", detail=f"{own} is not there", fix="start a process with the role relay")
        )
    elif partitions != SHARDS:
        fix = f"kafka-topics --delete --topic {own}; its relay makes it anew and fills it"
        made.append(
            Check(name="topic", state="fail", detail=f"{own} has {partitions} partitions, not {SHARDS}", fix=fix)
        )
    else:
        made.append(Check(name="topic", state="pass", detail=f"{own}, {SHARDS} partitions"))
    return made


async def _queues(pool: asyncpg.Pool) -> list[Check]:
    lag = await pool.fetchrow(sql("relay_lag"))
    row = await pool.fetchrow(sql("operations_state"))
    quarantined = await pool.fetchval("SELECT count(*) FROM quarantine WHERE discarded_at IS NULL")
    assert lag is not None
    assert row is not None
    late = lag["events"] and lag["oldest"] > LATE_SECONDS
    return [
        Check(
            name="relay",
            state="fail" if late else "pass",
            detail=f"{lag['events']} events to publish, the oldest for {max(0, lag['oldest']):.0f} s",
            fix="voronka relay status; is a process with the role relay running, does the broker answer?"
            if late
            else None,
        ),
        _none("quarantined events", quarantined, "voronka quarantine list --service SERVICE"),
        _none("quarantined requests", row["intake_quarantined"], "GET /quarantined-requests"),
        _none("failed tasks", row["tasks_failed"], "voronka status --json; the last error stands in the log"),
        Check(
            name="due tasks",
            state="warn" if row["tasks_oldest_seconds"] > LATE_SECONDS else "pass",
            detail=f"{row['tasks_due']} due, the oldest for {row['tasks_oldest_seconds']:.0f} s",
            fix="start more processes with the role worker" if row["tasks_oldest_seconds"] > LATE_SECONDS else None,
        ),
    ]


def _none(name: str, count: int, fix: str) -> Check:
    return Check(name=name, state="warn" if count else "pass", detail=str(count), fix=fix if count else None)


async def _disks(settings: Settings) -> list[Check]:
    """Room where this process writes: uploads under way, and files it keeps. The disk of PostgreSQL it cannot see."""
    kept = [value for name, value in settings if name.endswith("_folder") and isinstance(value, Path)]
    folders = {Path(tempfile.gettempdir()), *(folder for folder in kept if folder.is_dir())}
    return [disk(folder, await asyncio.to_thread(_free, folder)) for folder in sorted(folders)]


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def disk(folder: Path, free: int) -> Check:
    """The check of a folder with so many bytes free."""
    state: State = "fail" if free < FREE_LEAST else "warn" if free < FREE_LITTLE else "pass"
    detail = f"{free / 1024**3:.1f} GiB are free in {folder}"
    return Check(
        name="disk", state=state, detail=detail, fix="make room, or a larger volume" if state != "pass" else None
    )


async def _of_settings(settings: Settings) -> list[Check]:
    """What would be a mistake outside of a developer's machine is told everywhere, and fails in production."""
    state: State = "fail" if settings.environment == "production" else "warn"
    weak = [
        (
            settings.bootstrap_key is not None,
            "VORONKA_BOOTSTRAP_KEY is given",
            "make keys by POST /api-keys, then take it out",
        ),
        (
            not settings.kafka_security_protocol.endswith("SSL"),
            f"Kafka is spoken to in {settings.kafka_security_protocol}",
            "VORONKA_KAFKA_SECURITY_PROTOCOL=SASL_SSL",
        ),
        (
            settings.kafka_replication_factor < 3,
            "topics have fewer than 3 copies",
            "VORONKA_KAFKA_REPLICATION_FACTOR=3",
        ),
        (settings.public_url is None, "VORONKA_PUBLIC_URL is empty", "VORONKA_PUBLIC_URL=https://…"),
        (settings.oidc_issuer is None, "people have no tokens, only keys", "VORONKA_OIDC_ISSUER=https://…"),
    ]
    told = [Check(name="settings", state=state, detail=detail, fix=fix) for is_so, detail, fix in weak if is_so]
    return told or [Check(name="settings", state="pass", detail="nothing weak or missing")]
