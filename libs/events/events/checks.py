"""Checks of a running service: each says what is, how bad that is, and what to do about it.

They look at what this process sees: its settings, its database, its log, the broker. ``voronka doctor`` runs those of
all services and compares what no service knows alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

import asyncpg
from aiokafka.errors import KafkaError

from events import database, disks
from events.envelope import SHARDS, topic_of
from events.fixes import Check, State, found
from events.health import COMMIT_SECONDS, Health
from events.kafka import KafkaConfig, seen_by
from events.service import Runtime
from events.settings import Settings
from events.sqlfile import sql

CHECK_SECONDS = 10.0
LATE_SECONDS = 30.0
CLOCK_SECONDS = 2.0
_GRANTS = "SELECT has_table_privilege('events', 'UPDATE, DELETE, TRUNCATE')"
_BEHIND_THE_WALL = "SELECT pg_has_role('voronka_limited', 'MEMBER')"
_KEY_EXPIRES = "SELECT count(*) FROM api_keys WHERE revoked_at IS NULL AND expires_at < now() + interval '14 days'"


async def checks(runtime: Runtime, health: Health) -> list[Check]:
    """All checks of a service; one that gets no answer within 10 s has failed."""
    wanted: Sequence[tuple[str, Callable[[], Awaitable[list[Check]]]]] = (
        ("database", lambda: _database(runtime.service, runtime.pool, health)),
        ("commit", lambda: _commit(health)),
        ("broker", lambda: _broker(runtime.service, runtime.settings)),
        ("queues", lambda: _queues(runtime.service, runtime.pool)),
        ("settings", lambda: _of_settings(runtime.service, runtime.settings)),
        ("disk", lambda: disks.of_folders(runtime.settings)),
        ("database disk", lambda: disks.of_database(runtime.pool)),
        ("broker disk", lambda: disks.of_broker(runtime.service, runtime.settings)),
    )
    made = await asyncio.gather(*(_within(name, check) for name, check in wanted))
    return [check for some in made for check in some]


async def _within(name: str, check: Callable[[], Awaitable[list[Check]]]) -> list[Check]:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except (TimeoutError, OSError, KafkaError, *database.ERRORS) as error:
        return [found(name, type(error).__name__, "broker" if name.startswith("broker") else "database", "fail")]


async def _database(service: str, pool: asyncpg.Pool, health: Health) -> list[Check]:
    reason = await health.database()
    behind = "schema" if reason else None
    made = [found("schema", reason or f"at {health.expected_version} or newer", behind, "fail", service=service)]
    async with pool.acquire() as connection:
        before = datetime.now(UTC)
        there = await connection.fetchval("SELECT clock_timestamp()")
        apart = abs((there - before).total_seconds())
        may_change = await connection.fetchval(_GRANTS)
        may_be_limited = await connection.fetchval(_BEHIND_THE_WALL)
        expiring = await connection.fetchval(_KEY_EXPIRES)
        used = await connection.fetchrow(
            "SELECT count(*)::int AS busy, current_setting('max_connections')::int AS most FROM pg_stat_activity"
            " WHERE backend_type = 'client backend'"
        )
    assert used is not None
    made.append(found("clock", f"{apart:.2f} s apart from this process", "clock" if apart > CLOCK_SECONDS else None))
    writable = ("this login may change events", "log may be changed")
    made.append(found("log", *(writable if may_change else ("immutable for this login",))))
    walled = ("limited callers read behind row-level security",)
    made.append(
        found("second wall", *(walled if may_be_limited else ("limited callers cannot read", "second wall", "fail")))
    )
    full = used["busy"] > 0.8 * used["most"]
    made.append(found("connections", f"{used['busy']} of {used['most']}", "connections" if full else None))
    if expiring:
        made.append(found("API keys", f"{expiring} expire within 14 days", "API keys", service=service))
    return made


async def _commit(health: Health) -> list[Check]:
    hangs = await health.commit(patience=COMMIT_SECONDS)
    return [found("commit", hangs or "answered", "commit" if hangs else None, "fail")]


async def _broker(service: str, settings: Settings) -> list[Check]:
    seen = await seen_by(KafkaConfig.of(settings))
    own, partitions = topic_of(service), seen.partitions.get(topic_of(service))
    made = [found("broker", f"cluster {seen.cluster_id}, {seen.brokers} brokers")]
    if partitions is None:
        made.append(found("topic", f"{own} is not there", "topic", service=service))
    elif partitions != SHARDS:
        made.append(found("topic", f"{own} has {partitions} partitions, not {SHARDS}", "partitions", "fail", topic=own))
    else:
        made.append(found("topic", f"{own}, {SHARDS} partitions"))
    return made


async def _queues(service: str, pool: asyncpg.Pool) -> list[Check]:
    lag = await pool.fetchrow(sql("relay_lag"))
    row = await pool.fetchrow(sql("operations_state"))
    quarantined = await pool.fetchval("SELECT count(*) FROM quarantine WHERE discarded_at IS NULL")
    assert lag is not None
    assert row is not None
    waiting = f"{lag['events']} events to publish, the oldest for {max(0, lag['oldest']):.0f} s"
    due = f"{row['tasks_due']} due, the oldest for {row['tasks_oldest_seconds']:.0f} s"
    counted = {
        "quarantined events": quarantined,
        "quarantined requests": row["intake_quarantined"],
        "failed tasks": row["tasks_failed"],
    }
    relay_is_late = lag["events"] and lag["oldest"] > LATE_SECONDS
    tasks_are_late = row["tasks_oldest_seconds"] > LATE_SECONDS
    return [
        found("relay", waiting, "relay" if relay_is_late else None, "fail", service=service),
        *(found(name, str(count), name if count else None, service=service) for name, count in counted.items()),
        found("due tasks", due, "due tasks" if tasks_are_late else None, service=service),
    ]


async def _of_settings(service: str, settings: Settings) -> list[Check]:
    """What would be a mistake outside of a developer's machine is told everywhere, and fails in production."""
    state: State = "fail" if settings.environment == "production" else "warn"
    spoken = settings.kafka_security_protocol
    weak = [
        (settings.bootstrap_key is not None, "VORONKA_BOOTSTRAP_KEY is given", "bootstrap key"),
        (not spoken.endswith("SSL"), f"Kafka is spoken to in {spoken}", "Kafka in the open"),
        (settings.kafka_replication_factor < 3, "topics have fewer than 3 copies", "copies"),
        (settings.public_url is None, "VORONKA_PUBLIC_URL is empty", "public address"),
        (settings.oidc_issuer is None, "people have no tokens, only keys", "tokens"),
    ]
    told = [found("settings", detail, wrong, state, service=service) for is_so, detail, wrong in weak if is_so]
    return told or [found("settings", "nothing weak or missing")]
