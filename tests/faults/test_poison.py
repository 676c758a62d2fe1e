"""A bad release writes what cannot be applied, while customers keep coming; a better one puts it right."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

import httpx2
import pytest
from aiokafka import AIOKafkaProducer
from embedded.system import System
from events.envelope import Received, topic_of
from events.replay import replay
from events.store import Connection
from events.watermark import Apply
from prometheus_client.parser import text_string_to_metric_families

from . import handlers
from .conftest import Scenario
from .handlers import Handler
from .invariants import Databases, databases_of
from .poison import KINDS, SUCCESSOR, UNKNOWN_TYPE, BadRelease, Key

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

READERS = ("deals", "automation", "analytics")


def test_every_reader_meets_five_kinds_of_poison() -> None:
    for service in READERS:
        assert len({kind.name for kind in KINDS if service in kind.refused_by}) == 5


@pytest.mark.marks_the_log
async def test_one_percent_of_poison_stops_nobody_and_is_put_right_by_a_replay(scenario: Scenario) -> None:
    system, ledger = scenario.system, scenario.ledger
    async with databases_of(system) as databases:
        release = BadRelease({name: databases[name] for name in ("leads", "deals")}, scenario.chance)
        async with scenario.load(), release.running():
            await release.has_written(scenario.times(1, 20))
            strangers = await _write_what_is_no_event(system, scenario.times(2, 10))
        # Nothing comes after these, and nobody waits for it.
        strangers |= await _write_what_is_no_event(system, scenario.times(2, 10))
        for poison in release.written:
            scenario.note(f"event of the kind “{poison.kind.name}”")
        readers = {
            "deals": handlers.deals(),
            "automation": handlers.automation(),
            "webhooks": handlers.webhooks(),
            "analytics": await handlers.sales(databases["analytics"]),
        }
        refused = {name: release.refused(name, parks_streams=reader.parks_streams) for name, reader in readers.items()}
        poisoned = frozenset(key for keys in refused.values() for key in keys)
        await scenario.accounted_for(poisoned=poisoned | strangers)
        assert await _share(databases, len(release.written)) < 0.015

        for name, reader in readers.items():
            foreign = {key: "Malformed" for key in strangers if key[0] in map(topic_of, reader.sources)}
            expected = refused[name] | foreign
            assert await _quarantine(databases, reader) == expected
            unknown = await _unknown_events(system, reader.service)
            assert unknown >= release.unknown, f"{reader.service} has passed by {unknown} of {release.unknown}"
            assert not await _is_stopped(system, reader)

            # The same release refuses it again, and nothing has become of the attempt.
            assert await _replay(databases, reader, reader.apply) == (0, len(expected))
            assert (await _quarantine(databases, reader)).keys() == expected.keys()

            assert await _replay(databases, reader, _better(reader.apply, release)) == (
                len(refused[name]),
                len(foreign),
            )
            assert (await _quarantine(databases, reader)).keys() == foreign.keys()
            await _discard(databases, reader)
        ledger.qualified |= {p.stream_id for p in release.written if p.kind.type == "lead.qualified.v1"}
        await _the_successor_is_responsible(databases, release)

    await scenario.accounted_for(poisoned=strangers, mended=partial(release.mended, reader="analytics"))


def _better(apply: Apply, release: BadRelease) -> Apply:
    """The handler of a release that knows what was meant."""

    async def mended(connection: Connection, records: Sequence[Received]) -> None:
        await apply(connection, [release.mended(record) for record in records])

    return mended


async def _replay(databases: Databases, reader: Handler, apply: Apply) -> tuple[int, int]:
    async with databases[reader.service].acquire() as connection:
        return await replay(connection, reader.consumer, apply)


async def _quarantine(databases: Databases, reader: Handler) -> dict[Key, str]:
    rows = await databases.rows(
        reader.service, "SELECT consumer, source, shard, position, reason, error FROM quarantine"
    )
    assert [error for *_, error in rows if "Anna" in error or "boris" in error] == []
    return {
        (source, shard, position): reason
        for consumer, source, shard, position, reason, _ in rows
        if consumer == reader.consumer
    }


async def _discard(databases: Databases, reader: Handler) -> None:
    await databases[reader.service].execute(
        "UPDATE quarantine SET discarded_at = now(), discarded_why = 'not ours' WHERE consumer = $1", reader.consumer
    )


async def _share(databases: Databases, poison: int) -> float:
    events = [await databases[name].fetchval("SELECT count(*) FROM events") for name in ("leads", "deals")]
    return poison / sum(events)


async def _the_successor_is_responsible(databases: Databases, release: BadRelease) -> None:
    """An event that was replayed after the one that followed it would have the last word, wrongly."""
    leads = [poison.stream_id for poison in release.written if poison.follower]
    for service, table in (("deals", "leads"), ("automation", "lead_responsible")):
        rows = await databases.rows(
            service,
            f"SELECT manager_id, count(*) FROM {table} WHERE lead_id = ANY($1) GROUP BY 1",
            leads,
        )
        assert dict(rows) == {SUCCESSOR: len(leads)}


async def _write_what_is_no_event(system: System, count: int) -> frozenset[Key]:
    """Records of somebody who has mistaken the topic; they have no position, and are kept under their offset."""
    producer = AIOKafkaProducer(bootstrap_servers=system.broker.bootstrap, acks="all")
    try:
        async with asyncio.timeout(30):
            await producer.start()
            return frozenset(
                [
                    (topic_of(name), shard, -(await _sent(producer, topic_of(name), shard)) - 1)
                    for name in ("leads", "deals", "automation")
                    for shard in range(count)
                ]
            )
    finally:
        with suppress(TimeoutError):  # as the relay does: a goodbye must not last
            await asyncio.wait_for(producer.stop(), 5)


async def _sent(producer: AIOKafkaProducer, topic: str, shard: int) -> int:
    record = await producer.send_and_wait(topic, b'{"half an event', partition=shard)
    return int(record.offset)


async def _unknown_events(system: System, service: str) -> float:
    metrics = await _metrics(system, service)
    return metrics["voronka_unknown_events_total", UNKNOWN_TYPE]


async def _is_stopped(system: System, reader: Handler) -> bool:
    return (await _metrics(system, reader.service))["voronka_consumer_stopped", reader.consumer] > 0


async def _metrics(system: System, service: str) -> Counter[tuple[str, str]]:
    """Values by name and first label."""
    async with httpx2.AsyncClient(timeout=10, trust_env=False) as http:
        page = (await http.get(f"{system.url(service)}/metrics")).text
    found: Counter[tuple[str, str]] = Counter()
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            found[sample.name, next(iter(sample.labels.values()), "")] += sample.value
    return found
