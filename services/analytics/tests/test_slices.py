"""The scrub: sixteen slices are the whole build, whatever was changed is found by one of them, each has its turn."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
from analytics.comparing import Comparing
from analytics.main import SALES
from analytics.scrub import Scrub
from analytics.slices import NAMED, SLICES
from events import metrics
from events.consumer import Consumer
from events.envelope import Received, topic_of
from events.event import REGISTRY
from events.kafka import KafkaConfig
from events.projection import hashes
from events.quarantine import Quarantine
from events.streams import field_stream, manager_stream, pipeline_stream, segment_stream
from events.watermark import Watermark
from every_event import EveryEvent

NOWHERE = KafkaConfig("127.0.0.1:1")
HOUR = 3600


class Told(EveryEvent):
    """Events in the streams that the services write them to."""

    def _stream(self, event, direction) -> UUID:
        match event.type.partition(".")[0]:
            case "manager":
                return manager_stream(event.manager_id)
            case "pipeline":
                return pipeline_stream(event.code)
            case "field":
                return field_stream(event.subject, event.code)
            case "deal_field":
                return field_stream("deal", event.code)
        if event.type == "customer.segment-changed.v1":
            return segment_stream(event.customer_id)
        return super()._stream(event, direction)


class FromMemory(Comparing):
    """Comparisons whose shadow is filled with ``records``, without a broker."""

    def __init__(self, pool, records: Sequence[Received]) -> None:
        super().__init__(pool, NOWHERE, lambda: None)
        self._records = records

    @asynccontextmanager
    async def _filling(self, shadow, cap) -> AsyncIterator[Consumer]:
        consumer = shadow.consumer(self._pool, NOWHERE)
        consumer.watermark.cap = cap
        await consumer.watermark.prepare()
        outcome = await consumer.watermark.apply(self._records)
        assert outcome.applied < len(self._records) / 4
        yield consumer


@pytest.fixture
async def told(sales) -> list[Received]:
    """A live build with rows in every table, and the log of it."""
    contracts = [contract for type_, contract in sorted(REGISTRY.items()) if type_ in SALES.statements]
    every = Told("slices", ("b2b",))
    every.begin(contracts)
    for _ in range(6):
        every.say(contracts)
    topics = [topic_of(source) for source in SALES.sources]
    name = sales.build.consumer_name
    watermark = Watermark(name, topics, sales.pool, sales.build.applier(), Quarantine(name))
    await watermark.prepare()
    await watermark.apply(every.log.records)
    return every.log.records


async def test_whatever_row_is_changed_lost_or_invented_one_cycle_names_it_and_nothing_else(sales, told) -> None:
    planted = await plant(sales, random.Random("planted"))
    comparing = FromMemory(sales.pool, told)

    found, rows = [], Counter()
    for shard in range(SLICES):
        for table in await comparing.compare(SALES, lambda: False, shard):
            found += [(table.table, row.key, row.what.partition(" of ")[0]) for row in table.different]
            rows[table.table] += table.live_rows
            assert table.equal == (not table.different)

    assert sorted(found) == sorted(planted)
    assert rows == {table.name: table.rows for table in await hashes(sales.pool, sales.build)}
    assert rows.keys() == {table for table, _, _ in planted} >= NAMED.keys()
    assert {what for _, _, what in planted} == {"other values", "not in the live build", "not in the log"}


async def plant(sales, chance: random.Random) -> list[tuple[str, str, str]]:
    """Changes a row of each table, behind the back of the consumer."""
    schema, planted = sales.build.schema, []
    async with sales.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        for table in [one.name for one in await hashes(connection, sales.build)]:
            columns = await connection.fetch(
                "SELECT a.attname, a.atttypid::regtype::text FROM pg_index i"
                " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)"
                f" WHERE i.indrelid = '{schema}.{table}'::regclass AND i.indisprimary ORDER BY a.attnum"
            )
            first, kind = columns[0]
            key = f"ROW({', '.join(name for name, _ in columns)})::text"
            ctid = f"(SELECT ctid FROM {schema}.{table} WHERE recorded_at IS NOT NULL ORDER BY random() LIMIT 1)"
            match chance.choice(("changed", "lost", "invented")):
                case "changed":
                    what = "other values"
                    statement = (
                        f"UPDATE {schema}.{table} SET recorded_at = recorded_at + interval '1 s' WHERE ctid = {ctid}"
                    )
                case "lost":
                    what, statement = "not in the live build", f"DELETE FROM {schema}.{table} WHERE ctid = {ctid}"
                case _:
                    what = "not in the log"
                    other = f"'{UUID(int=chance.getrandbits(128))}'" if kind == "uuid" else "'invented'"
                    statement = (
                        f"INSERT INTO {schema}.{table} SELECT (jsonb_populate_record(t, jsonb_build_object("
                        f"'{first}', {other}))).* FROM {schema}.{table} t WHERE ctid = {ctid}"
                    )
            planted.append((table, await connection.fetchval(f"{statement} RETURNING {key}"), what))
    return planted


async def test_each_slice_has_its_turn_and_all_of_them_in_the_hours_of_the_settings(sales) -> None:
    scrub = Scrub(sales.pool, ["sales"], 16)

    async def passed(seconds: float) -> None:
        await sales.pool.execute(
            "UPDATE verifications SET requested_at = requested_at - make_interval(secs => $1),"
            " finished_at = finished_at - make_interval(secs => $1)",
            seconds,
        )
        await sales.pool.execute("UPDATE projections SET live_at = live_at - make_interval(secs => $1)", seconds)

    async def done(equal: bool = True) -> int | None:
        return await sales.pool.fetchval(
            "UPDATE verifications SET state = 'done', finished_at = requested_at, result = $1"
            " WHERE state = 'running' RETURNING shard",
            f'[{{"table": "leads", "equal": {str(equal).lower()}}}]',
        )

    def gauges() -> tuple[float, float, float]:
        of = (metrics.PROJECTION_VERIFIED, metrics.PROJECTION_MISMATCHES, metrics.PROJECTION_OVERDUE)
        verified, different, overdue = (gauge.labels("sales")._value.get() for gauge in of)
        return verified, different, overdue

    await scrub.turn()
    assert await done() is None
    order = []
    for number in range(SLICES):
        await passed(HOUR + 60)
        await scrub.turn()
        await scrub.turn()
        order.append(await done(equal=number != 3))
        assert await done() is None
        await scrub.turn()
        assert (gauges()[0] > 0, gauges()[1]) == (number == SLICES - 1, number >= 3)
    assert order == list(range(SLICES))

    # It begins anew; what was found wrong is told until its slice is right.
    for number in range(4):
        await passed(HOUR + 60)
        await scrub.turn()
        assert await done() == number
    await scrub.turn()
    assert gauges()[1:] == (0, 0)

    # All of it was compared by somebody: each slice was. Nobody is there for long: overdue.
    await passed(HOUR + 60)
    await scrub.turn()
    assert await done() == 4
    await passed(33 * HOUR)
    await Scrub(sales.pool, ["sales"], 0).turn()
    assert (await done(), gauges()[2]) == (None, 0)
    await scrub.turn()
    assert gauges()[2] == SLICES
    assert await done() == 5
    await sales.pool.execute("UPDATE verifications SET shard = NULL WHERE shard = 5")
    await scrub.turn()
    assert gauges()[1:] == (0, 0)

    # Another build was never compared.
    await sales.pool.execute("UPDATE projections SET live_at = now()")
    await scrub.turn()
    assert gauges() == (0, 0, 0)
