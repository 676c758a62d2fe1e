"""The one check that ends every scenario: accepted = stored = projected + quarantined, one effect per key, a rebuilt
projection equal to the live one.

It reads the databases as their superuser and the folder of letters, never the services' own opinion alone.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
import pytest
from analytics.main import SALES
from embedded.system import SERVICES, System
from events.envelope import Received, topic_of
from events.projection import Build, TableHash, hashes
from events.quarantine import Quarantine
from events.tasks import LEASE_SECONDS
from events.watermark import Watermark

from .history import read_log
from .ledger import Ledger

CONSUMERS = {"deals.reactions": "deals", "automation.rules": "automation", "sales": "analytics"}
"""Beginning of a consumer's name -> the service whose database holds its watermarks."""
RECOVERY_SECONDS = 120.0
REBUILD_BATCH = 2_000
_REBUILD = 9_001  # number of the build that is made for the comparison; the service counts from 1

_SEGMENTS_TOLD = """
SELECT FROM segments_computed c
 WHERE c.positions = (SELECT string_agg(w.position::text, ' ' ORDER BY w.shard)
                        FROM watermarks w
                        JOIN projections p ON w.consumer = format('%s.v%s.b%s', p.name, p.version, p.build)
                       WHERE p.state = 'live' AND w.source = 'voronka.deals.v1')
"""

_LEASES_PASS = """
UPDATE tasks SET leased_until = now()
 WHERE id IN (SELECT id FROM tasks WHERE leased_until BETWEEN now() AND now() + $1 * interval '1 second'
                 FOR UPDATE SKIP LOCKED)
"""

Poisoned = frozenset[tuple[str, int, int]]
"""Records by topic, shard and position."""


@dataclass(frozen=True)
class Account:
    """What was found: numbers for the report."""

    events: int
    requests: int
    letters: int
    repeated_letters: int
    quarantined: int
    recovery_seconds: float
    waited_for: str

    def __str__(self) -> str:
        return (
            f"{self.requests} requests = {self.events} events, {self.letters} letters"
            f" ({self.repeated_letters} handed over twice), {self.quarantined} quarantined,"
            f" in order {self.recovery_seconds:.1f} s after the last fault (at the end: {self.waited_for})"
        )


@dataclass(frozen=True)
class Databases:
    """The four databases."""

    pools: dict[str, asyncpg.Pool]

    def __getitem__(self, service: str) -> asyncpg.Pool:
        return self.pools[service]

    async def rows(self, service: str, query: str, *arguments: Any) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self.pools[service].fetch(query, *arguments)]


@asynccontextmanager
async def databases_of(system: System) -> AsyncIterator[Databases]:
    """As their superuser."""
    pools = {
        name: await asyncpg.create_pool(system.postgres.dsn(f"voronka_{name}"), min_size=0, max_size=2)
        for name in SERVICES
    }
    try:
        yield Databases(pools)
    finally:
        for pool in pools.values():
            pool.terminate()


def as_stored(record: Received) -> Received:
    """A record as it stands in the log."""
    return record


async def everything_accounted_for(
    system: System,
    ledger: Ledger,
    *,
    poisoned: Poisoned = frozenset(),
    mended: Callable[[Received], Received] = as_stored,
    letters_may_repeat: int = 0,
    within: float = RECOVERY_SECONDS,
    hurrying: bool = False,
) -> Account:
    """Waits until the system has recovered by itself, then checks everything.

    ``poisoned`` are the only records that may be in quarantine; none of them was promised. ``mended`` makes of a stored
    record what the handlers have applied in its place. ``letters_may_repeat`` is how often a worker died in this
    scenario: a letter that the mail server took before its commit is handed over again, with the same ``Message-ID``.
    ``hurrying`` is explained with ``recovers``.
    """
    async with databases_of(system) as databases:
        seconds, waited_for = await recovers(system, databases, within, hurrying=hurrying)
        events = await _logs_are_gapless(databases)
        await _accepted_is_stored_once(databases, ledger, poisoned)
        await _one_effect_per_key(databases, ledger)
        await _each_change_of_segment_is_said_once(databases)
        letters, repeated = await _one_letter_per_message(system, databases)
        quarantined = await _only_poison_is_quarantined(databases, poisoned)
        await _counts_add_up(system, databases, ledger)
        await rebuilt_equals_live(databases, mended)
    fresh = repeated - ledger.repeated_letters
    ledger.repeated_letters = repeated
    assert fresh <= letters_may_repeat, f"{fresh} letters were handed over again, {letters_may_repeat} workers died"
    return Account(events, len(ledger.touches), letters, fresh, quarantined, seconds, waited_for)


async def recovers(
    system: System, databases: Databases, within: float = RECOVERY_SECONDS, *, hurrying: bool = False
) -> tuple[float, str]:
    """Every service is ready, every consumer has reached the heads of its logs, and no letter waits.

    Returns after how many seconds, and what was waited for last. Who is ``hurrying`` does not wait for the whole lease
    of a letter that a dead worker had in hand: nobody takes a quarter of it for a letter.
    """
    began = time.monotonic()
    last = "nothing"
    async with httpx2.AsyncClient(timeout=5, trust_env=False) as http:
        quiet = 0
        while True:
            if hurrying:
                await databases["automation"].execute(_LEASES_PASS, 0.75 * LEASE_SECONDS)
            waiting = [*await _not_ready(system, http), *await _unfinished(databases)]
            quiet = 0 if waiting else quiet + 1
            if quiet == 2:
                return time.monotonic() - began, last
            last = "; ".join(waiting) or last
            if time.monotonic() - began > within:
                pytest.fail(f"not recovered after {within:g} s: {last}")
            await asyncio.sleep(0.3)


async def _not_ready(system: System, http: httpx2.AsyncClient) -> list[str]:
    reasons = []
    for name in SERVICES:
        try:
            answer = await http.get(f"{system.url(name)}/readyz")
        except httpx2.TransportError as error:
            reasons.append(f"{name}: {type(error).__name__}")
        else:
            if answer.status_code != 200:
                reasons.append(f"{name}: {answer.text}")
    return reasons


async def _unfinished(databases: Databases) -> list[str]:
    found = []
    for name in ("leads", "deals"):
        ((pending,),) = await databases.rows(name, "SELECT count(*) FROM intake WHERE state = 'pending'")
        if pending:
            found.append(f"{name}: {pending} requests not understood")
    found += await lag(databases, *CONSUMERS)
    ((tasks,),) = await databases.rows("automation", "SELECT count(*) FROM tasks")
    if tasks:
        found.append(f"{tasks} letters wait")
    if not await databases.rows("analytics", _SEGMENTS_TOLD):
        found.append("segments are not computed from the last payments")
    return found


async def lag(databases: Databases, *prefixes: str) -> list[str]:
    """Which consumers, by the beginning of their names, have not reached the heads of their logs; empty if none."""
    found = []
    heads = {
        (topic_of(name), shard): head
        for name in SERVICES
        for shard, head in await databases.rows(name, "SELECT shard, max(position) FROM events GROUP BY 1")
    }
    for prefix in prefixes:
        marks = await databases.rows(
            CONSUMERS[prefix],
            "SELECT source, shard, position FROM watermarks WHERE starts_with(consumer, $1)",
            prefix,
        )
        behind = [
            f"{source}/{shard} {at} of {heads.get((source, shard), 0)}"
            for source, shard, at in marks
            if at != heads.get((source, shard), 0)
        ]
        if behind or not marks:
            found.append(f"{prefix} is behind in {len(behind)}: {', '.join(behind[:4])}")
    return found


async def _logs_are_gapless(databases: Databases) -> int:
    total = 0
    for name in SERVICES:
        shards = await databases.rows(
            name, "SELECT shard, count(*), min(position), max(position) FROM events GROUP BY 1"
        )
        assert [s for s in shards if s[2] != 1 or s[1] != s[3]] == [], f"{name}: positions have gaps"
        streams = await databases.rows(
            name,
            "SELECT stream_id FROM events GROUP BY 1 HAVING count(*) <> max(version) OR min(version) <> 1"
            " OR count(DISTINCT shard) > 1",
        )
        assert streams == [], f"{name}: versions of streams have gaps"
        ((twice,),) = await databases.rows(name, "SELECT count(*) - count(DISTINCT id) FROM events")
        assert twice == 0, f"{name}: an event stands in the log twice"
        total += sum(count for _, count, _, _ in shards)
    return total


async def _accepted_is_stored_once(databases: Databases, ledger: Ledger, poisoned: Poisoned) -> None:
    touches = Counter(
        touch
        for (touch,) in await databases.rows(
            "leads",
            "SELECT (data->'touch'->>'touch_id')::uuid FROM events"
            " WHERE type IN ('lead.captured.v1', 'lead.touched.v1')",
        )
    )
    _same(touches, ledger.touches, "requests")
    payments = await databases.rows(
        "deals",
        "SELECT stream_id, (data->'received'->>'amount')::numeric FROM events WHERE type = 'payment.received.v1'",
    )
    _same(Counter(payment for payment, _ in payments), ledger.payments, "payments")
    assert dict(payments) == ledger.payments
    for name, type_, promised in (
        ("leads", "lead.qualified.v1", ledger.qualified),
        ("deals", "deal.won.v1", ledger.won),
    ):
        rows = await databases.rows(name, "SELECT stream_id, shard, position FROM events WHERE type = $1", type_)
        stored = Counter(stream_id for stream_id, *place in rows if (topic_of(name), *place) not in poisoned)
        _same(stored, promised, type_)


def _same(stored: Counter[UUID], accepted: Any, what: str) -> None:
    lost, unknown = set(accepted) - set(stored), set(stored) - set(accepted)
    twice = [key for key, times in stored.items() if times > 1]
    assert not lost, f"{len(lost)} of {len(accepted)} accepted {what} are lost: {sorted(lost)[:3]}"
    assert not twice, f"{len(twice)} {what} are stored twice: {twice[:3]}"
    assert not unknown, f"{len(unknown)} {what} are stored that nobody sent: {sorted(unknown)[:3]}"


async def _one_effect_per_key(databases: Databases, ledger: Ledger) -> None:
    """Every capture has made one task and one letter, every qualified lead one deal."""
    captured = {
        event for (event,) in await databases.rows("leads", "SELECT id FROM events WHERE type = 'lead.captured.v1'")
    }
    effects = Counter(
        (rule, version, action, UUID(event))
        for rule, version, action, event in await databases.rows(
            "automation",
            "SELECT c->>'rule', c->>'rule_version', c->>'action', c->>'event_id'"
            "  FROM (SELECT data->'cause' AS c FROM events"
            "         WHERE type IN ('task.created.v1', 'message.requested.v1', 'rule.suppressed.v1')) e",
        )
    )
    expected = {
        (*key, event)
        for key in (("contact-new-lead", "1", "task"), ("welcome-letter", "2", "letter"))
        for event in captured
    }
    assert set(effects) == expected, (
        f"effects missing {len(expected - set(effects))}, extra {len(set(effects) - expected)}"
    )
    assert set(effects.values()) <= {1}, "an effect happened twice"
    opened = Counter(
        UUID(lead)
        for (lead,) in await databases.rows(
            "deals", "SELECT data->>'lead_id' FROM events WHERE type = 'deal.opened.v1'"
        )
    )
    _same(opened, ledger.qualified, "deals")
    unsettled = await databases.rows(
        "automation",
        "SELECT stream_id FROM events WHERE type LIKE 'message.%' GROUP BY 1"
        " HAVING count(*) FILTER (WHERE type <> 'message.requested.v1') <> 1",
    )
    assert unsettled == [], f"{len(unsettled)} letters were not settled exactly once"


async def _each_change_of_segment_is_said_once(databases: Databases) -> None:
    """What was said of a customer goes on where it ended, and what is kept as said last is what the log says."""
    repeated = await databases.rows(
        "analytics",
        "SELECT stream_id, version FROM (SELECT *, data->>'segment' AS segment, data->>'previous_segment' AS previous,"
        " lag(data->>'segment', 1, 'casual') OVER (PARTITION BY stream_id ORDER BY version) AS before FROM events"
        " WHERE type = 'customer.segment-changed.v1') e WHERE segment = previous OR previous <> before",
    )
    assert repeated == [], f"{len(repeated)} changes of segments change nothing, or not what was said before"
    kept = await databases.rows("analytics", "SELECT customer_id, segment, version FROM segments_told ORDER BY 1")
    said = await databases.rows(
        "analytics",
        "SELECT DISTINCT ON (1) (data->>'customer_id')::uuid, data->>'segment', version FROM events"
        " WHERE type = 'customer.segment-changed.v1' ORDER BY 1, version DESC",
    )
    assert kept == said


async def _one_letter_per_message(system: System, databases: Databases) -> tuple[int, int]:
    """Returns how many letters there are, and how many of them were handed over again."""
    sent = {
        str(message)
        for (message,) in await databases.rows(
            "automation", "SELECT stream_id FROM events WHERE type = 'message.sent.v1'"
        )
    }
    letters = await asyncio.to_thread(system.mail.letters)
    by_id = Counter(letter["X-Voronka-Message"] for letter in letters)
    assert set(by_id) == sent, f"letters missing {len(sent - set(by_id))}, never reported {len(set(by_id) - sent)}"
    contents = {(letter["X-Voronka-Message"], letter["Message-ID"], letter.get_content()) for letter in letters}
    assert len(contents) == len(by_id), "a letter that was handed over again differs from the first"
    return len(by_id), len(letters) - len(by_id)


async def _only_poison_is_quarantined(databases: Databases, poisoned: Poisoned) -> int:
    """Returns how many entries there are, those of every consumer counted."""
    entries = 0
    for name in set(CONSUMERS.values()):
        rows = await databases.rows(name, "SELECT source, shard, position, consumer, error FROM quarantine")
        others = [row for row in rows if row[:3] not in poisoned]
        assert others == [], f"{name} has put aside what was good: {others[:3]}"
        entries += len(rows)
    return entries


async def _counts_add_up(system: System, databases: Databases, ledger: Ledger) -> None:
    headers = {"Authorization": f"Bearer {system.secrets.admin_key}"}
    async with httpx2.AsyncClient(timeout=30, headers=headers, trust_env=False) as http:
        stored, projected = [(await http.get(f"{system.url(name)}/counts")).json() for name in ("leads", "analytics")]
    ((aside,),) = await databases.rows("analytics", "SELECT count(*) FROM quarantine WHERE discarded_at IS NULL")
    accounted = (
        projected["leads"] + projected["repeats"] + stored["duplicates"] + stored["quarantined"] + stored["ignored"]
    )
    assert stored["pending"] == 0
    assert stored["accepted"] == accounted, f"stored {stored}, projected {projected}"
    assert projected["leads"] + projected["repeats"] == len(ledger.touches)
    assert projected["payments"] == len(ledger.payments)
    assert projected["won"] == len(ledger.won)
    assert projected["messages"] == projected["sent_messages"] + projected["failed_messages"]
    assert sum(projected["quarantined"].values()) == aside


async def rebuilt_equals_live(databases: Databases, mended: Callable[[Received], Received]) -> None:
    """A build of its own, filled from the stores and not from Kafka, has the same rows with the same values."""
    pool = databases["analytics"]
    live = SALES.build(await pool.fetchval("SELECT build FROM projections WHERE name = 'sales' AND state = 'live'"))
    records = [mended(r) for source in SALES.sources for r in await read_log(databases[source], source)]
    rebuilt, aside = await rebuild(
        pool, [records[n : n + REBUILD_BATCH] for n in range(0, len(records), REBUILD_BATCH)]
    )
    found = {
        (source, shard, position)
        for source, shard, position in await databases.rows(
            "analytics",
            "SELECT source, shard, position FROM quarantine WHERE consumer = $1 AND position > 0",
            live.consumer_name,
        )
    }
    assert found == aside
    assert await hashes(pool, live) == rebuilt


async def rebuild(
    pool: asyncpg.Pool, deliveries: Sequence[Sequence[Received]]
) -> tuple[list[TableHash], set[tuple[str, int, int]]]:
    """Hashes of the tables of a new build after these deliveries, and what it has put aside; then it is dropped."""
    build: Build = SALES.build(_REBUILD)
    watermark = Watermark(
        build.consumer_name,
        [topic_of(s) for s in SALES.sources],
        pool,
        build.applier(),
        Quarantine(build.consumer_name),
    )
    async with pool.acquire() as connection, connection.transaction():
        await build.drop(connection)
        await build.create(connection)
    try:
        await watermark.prepare()
        for delivery in deliveries:
            outcome = await watermark.apply(delivery)
            assert outcome.holes == {}
        rows = await pool.fetch(
            "SELECT source, shard, position FROM quarantine WHERE consumer = $1", build.consumer_name
        )
        return await hashes(pool, build), {tuple(row) for row in rows}
    finally:
        async with pool.acquire() as connection, connection.transaction():
            await build.drop(connection)
