"""From the store through a real broker into a consumer: relay, watermark, refill, healing."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from events import consumer as consumer_module
from events import lookout, metrics, subscription
from events.consumer import Consumer
from events.contracts.automation import TaskCompleted
from events.envelope import SHARDS, Received, topic_of
from events.kafka import KafkaConfig, ensure_topics
from events.lookout import Orphaned
from events.relay import Relay
from events.store import Append, Cause, Store, append_all
from events.subscription import Stuck
from events.supervisor import Supervisor

AT = datetime(2026, 3, 2, tzinfo=UTC)
# Apache Kafka refuses less than 6 s; the embedded broker makes every new member wait for half of it.
SESSION_MS = 6_000 if os.environ.get("VORONKA_TEST_BROKER") in ("kafka", "containers") else 1_500


@dataclass
class World:
    """One service with its relay and any number of consumers on one database."""

    service: str
    pool: asyncpg.Pool
    kafka: KafkaConfig
    relay: Relay
    store: Store

    async def append(self, count: int) -> None:
        decisions = [
            Append(uuid4(), 0, [TaskCompleted(task_id=uuid4(), result=str(n))], Cause("test", UUID(int=1)), AT)
            for n in range(count)
        ]
        async with self.pool.acquire() as connection:
            await append_all(connection, decisions)
        self.relay.wake()

    async def note(self, connection, records: Sequence[Received]) -> None:
        await connection.executemany(
            "INSERT INTO seen (id, position) VALUES ($1, $2)", [(r.recorded().id, r.position) for r in records]
        )

    def consumer(self, kafka: KafkaConfig | None = None, *others: str) -> Consumer:
        sources = [self.service, *others]
        return Consumer(f"{self.service}.notes", sources, self.pool, kafka or self.kafka, self.note)

    async def seen(self) -> int:
        return await self.pool.fetchval("SELECT count(*) FROM seen")

    async def everything_published(self, seconds: float = 60) -> None:
        async with asyncio.timeout(seconds):
            while await self.pool.fetchval("SELECT sum(position) FROM relay_cursors") < await self.pool.fetchval(
                "SELECT count(*) FROM events"
            ):
                await asyncio.sleep(0.02)

    async def everything_seen(self, seconds: float = 60) -> None:
        async with asyncio.timeout(seconds):
            while await self.seen() < await self.pool.fetchval("SELECT count(*) FROM events"):
                await asyncio.sleep(0.02)
        missing = await self.pool.fetchval(
            "SELECT count(*) FROM events LEFT JOIN seen USING (id) WHERE seen.id IS NULL"
        )
        assert missing == 0


async def make_topic(kafka: KafkaConfig, name: str) -> None:
    """Makes it as anybody may who is not its relay."""
    admin = AIOKafkaAdminClient(**kafka.client())
    await admin.start()
    await admin.create_topics([NewTopic(name, SHARDS, 1)])
    await admin.close()


@asynccontextmanager
async def running(*components) -> AsyncIterator[Callable[[], None]]:
    stopping = asyncio.Event()
    tasks = [asyncio.create_task(component.run(stopping)) for component in components]
    try:
        yield stopping.set
    finally:
        stopping.set()
        await asyncio.wait_for(asyncio.gather(*tasks), 60)


@asynccontextmanager
async def world(dsn: str, bootstrap: str) -> AsyncIterator[World]:
    service = f"t{uuid4().hex[:8]}"
    kafka = KafkaConfig(bootstrap, session_timeout_ms=SESSION_MS)
    async with await asyncpg.create_pool(dsn, min_size=1, max_size=8) as pool:
        await pool.execute("CREATE TABLE seen (id uuid PRIMARY KEY, position bigint)")
        relay = Relay(service, pool, kafka)
        yield World(service, pool, kafka, relay, Store(service, pool, relay.wake))


async def test_every_appended_event_is_applied_once_and_the_topic_has_sixteen_partitions(
    new_database, kafka_bootstrap
) -> None:
    async with world(await new_database(), kafka_bootstrap) as w, running(w.relay, w.consumer()):
        for _ in range(5):
            await w.append(200)
        await w.everything_seen()

        assert await w.seen() == 1000
        assert await w.relay.ready() is None
        cursors = await w.pool.fetch("SELECT position, kafka_offset FROM relay_cursors WHERE position > 0")
        assert len(cursors) == SHARDS


async def test_a_consumer_that_starts_late_or_again_reads_what_it_lacks(new_database, kafka_bootstrap) -> None:
    async with world(await new_database(), kafka_bootstrap) as w, running(w.relay):
        await w.append(300)
        async with running(w.consumer()):
            await w.everything_seen()
        await w.append(300)
        async with running(w.consumer()):
            await w.everything_seen()

        assert await w.seen() == 600


async def test_a_relay_that_publishes_twice_has_no_effect_and_counts_nothing_again(
    new_database, kafka_bootstrap
) -> None:
    async with world(await new_database(), kafka_bootstrap) as w:
        refilling = metrics.RELAY_REFILLING.labels(w.service)._value
        async with running(w.relay, w.consumer()):
            await w.append(300)
            await w.everything_seen()
        await w.pool.execute("UPDATE relay_cursors SET position = 0, kafka_offset = NULL")
        await w.relay._measure()
        assert refilling.get() == SHARDS
        async with running(w.relay, w.consumer()):
            await w.append(10)
            await w.everything_seen()
        await w.relay._measure()

        assert await w.seen() == 310
        assert metrics.LOG_EVENTS.labels(w.service, TaskCompleted.type)._value.get() == 310
        assert metrics.RELAY_PUBLISHED.labels(w.service)._value.get() >= 610
        assert refilling.get() == 0


async def test_two_relays_and_two_consumers_share_the_work(new_database, kafka_bootstrap) -> None:
    async with world(await new_database(), kafka_bootstrap) as w:
        second = Relay(w.service, w.pool, w.kafka)
        one, two = (replace(w.kafka, group_instance_id=name) for name in ("one", "two"))
        async with running(w.relay, second, w.consumer(one), w.consumer(two)):
            for _ in range(10):
                await w.append(100)
                await asyncio.sleep(0.02)
            await w.everything_seen()

            assert await w.seen() == 1000


async def test_a_broker_that_lost_everything_is_filled_again_and_live_consumers_notice(new_database, broker) -> None:
    async with world(await new_database(), broker.bootstrap) as w, running(w.relay, w.consumer()):
        await w.append(400)
        await w.everything_seen()

        broker.kill()
        await w.append(150)
        broker.restart()
        await w.append(150)

        await w.everything_seen(60)
        assert await w.seen() == 700


async def test_a_log_that_grew_again_past_the_old_offset_is_healed_by_the_hole(new_database, broker) -> None:
    """The dangerous case: the consumer's offset exists in the new log too, but means another event."""
    async with world(await new_database(), broker.bootstrap) as w:
        async with running(w.relay, w.consumer()):
            await w.append(32)
            await w.everything_seen()
        broker.kill()
        broker.restart()
        await w.append(2000)
        async with running(w.relay):
            async with asyncio.timeout(60):
                while await w.pool.fetchval("SELECT count(*) FROM relay_cursors WHERE position < 60"):
                    await asyncio.sleep(0.05)
            async with running(w.consumer()):
                await w.everything_seen(60)

        assert await w.seen() == 2032


async def test_a_log_that_was_published_again_and_ends_where_the_consumer_waits_is_read_whole(
    new_database, kafka_bootstrap
) -> None:
    """In the old log the consumer's last event stood one further: a duplicate was before it."""
    async with world(await new_database(), kafka_bootstrap) as w, running(w.relay):
        await w.append(200)
        async with running(w.consumer()):
            await w.everything_seen()
        await w.pool.execute(
            "DELETE FROM seen USING events e, watermarks m"
            " WHERE seen.id = e.id AND m.shard = e.shard AND m.position = e.position"
        )
        await w.pool.execute("UPDATE watermarks SET position = position - 1, kafka_offset = position - 1")

        async with running(w.consumer()):
            await w.everything_seen()

        assert await w.seen() == 200


async def test_a_log_made_anew_while_a_consumer_waits_at_its_end_is_proven_by_its_last_record(
    new_database, kafka_bootstrap, monkeypatch
) -> None:
    """As above, but nobody starts again: where the consumer waits, nothing says that an event is missing before."""
    monkeypatch.setattr(lookout, "PROOF_SECONDS", 1.0)
    async with world(await new_database(), kafka_bootstrap) as w, running(w.relay, w.consumer()):
        await w.append(200)
        await w.everything_seen()
        async with w.pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "DELETE FROM seen USING events e, watermarks m"
                " WHERE seen.id = e.id AND m.shard = e.shard AND m.position = e.position"
            )
            await connection.execute("UPDATE watermarks SET position = position - 1, kafka_offset = position - 2")

        await w.everything_seen()

        assert await w.seen() == 200


async def test_a_topic_that_takes_no_records_is_made_anew_on_the_embedded_broker(
    new_database, broker, broker_kind
) -> None:
    """Somebody's batch came before the topic was there: the embedded broker accepts it, and has nothing of it later."""
    if broker_kind != "embedded":
        pytest.skip("Apache Kafka refuses records for a topic that is not there")
    async with world(await new_database(), broker.bootstrap) as w:
        await w.append(100)
        async with running(w.relay):
            await w.everything_published()
        late = Relay(w.service, w.pool, w.kafka)
        await late._open()
        await w.append(100)
        broker.kill()
        broker.restart()
        await late.publish_round()
        await make_topic(w.kafka, topic_of(w.service))
        await late._close()

        async with running(w.relay, w.consumer()):
            await w.everything_seen()
            await w.everything_published()

        assert await w.seen() == 200


async def test_a_consumer_joins_its_group_anew_when_nobody_reads_some_partitions(
    new_database, kafka_bootstrap, monkeypatch
) -> None:
    """The other member holds its share of the partitions and does nothing with them."""
    monkeypatch.setattr(lookout, "ORPHAN_SECONDS", 10.0)
    async with world(await new_database(), kafka_bootstrap) as w, running(w.relay):
        await w.append(200)
        await w.everything_published()
        consumer = w.consumer()
        idle = AIOKafkaConsumer(
            topic_of(w.service),
            bootstrap_servers=kafka_bootstrap,
            group_id=consumer.name,
            session_timeout_ms=SESSION_MS,
            heartbeat_interval_ms=SESSION_MS // 3,
            enable_auto_commit=False,
        )
        await idle.start()
        try:
            with pytest.raises(Orphaned):
                await asyncio.wait_for(consumer.run(asyncio.Event()), 60)
        finally:
            await idle.stop()


async def test_a_member_whose_batch_takes_long_still_has_its_partitions(
    new_database, kafka_bootstrap, monkeypatch
) -> None:
    # given
    monkeypatch.setattr(lookout, "ORPHAN_SECONDS", 2.0)
    monkeypatch.setattr(lookout, "HELD_SECONDS", 0.5)
    monkeypatch.setattr(lookout, "SETTLE_SECONDS", 1.0)
    async with world(await new_database(), kafka_bootstrap) as w, running(w.relay):
        await w.append(100)
        await w.everything_published()
        is_over = asyncio.Event()

        async def slow(connection, records: Sequence[Received]) -> None:
            await is_over.wait()
            await w.note(connection, records)

        members = [Consumer(f"{w.service}.notes", [w.service], w.pool, w.kafka, slow, max_records=5) for _ in range(2)]
        stopping = asyncio.Event()
        runs = [asyncio.create_task(member.run(stopping)) for member in members]
        for member in members:
            await is_ready(member)

        # when
        ended, _ = await asyncio.wait(runs, timeout=10, return_when=asyncio.FIRST_COMPLETED)

        # then
        assert not ended, [run.exception() for run in ended]
        is_over.set()
        await w.everything_seen()
        stopping.set()
        await asyncio.gather(*runs)


async def test_a_client_that_does_not_end_is_cut_off_and_keeps_no_partition(
    new_database, kafka_bootstrap, monkeypatch
) -> None:
    """As a batch does that waits for a database, and a partition that is given away meanwhile."""
    # given
    monkeypatch.setattr(subscription, "SHUTDOWN_SECONDS", 1.0)
    async with world(await new_database(), kafka_bootstrap) as w:
        async with running(w.relay):
            await w.append(100)
            await w.everything_published()
        has_begun = asyncio.Event()

        async def never(connection, records: Sequence[Received]) -> None:
            has_begun.set()
            await asyncio.Event().wait()

        # The relay has ended: it has clients of its own, which begin tasks at any time.
        before = asyncio.all_tasks()
        async with running(Consumer(f"{w.service}.notes", [w.service], w.pool, w.kafka, never)) as stop:
            await asyncio.wait_for(has_begun.wait(), 60)
            # when
            stop()

        # then
        left = {task.get_coro().__qualname__ for task in asyncio.all_tasks() - before if not task.done()}
        assert not {name for name in left if name.startswith(("GroupCoordinator", "Fetcher", "AIOKafkaClient"))}
        async with running(w.consumer()):
            await w.everything_seen()


async def test_a_consumer_whose_client_waits_for_ever_is_run_again_with_a_new_one(
    new_database, kafka_bootstrap, monkeypatch
) -> None:
    monkeypatch.setattr(consumer_module, "STUCK_SECONDS", 1.0)
    async with world(await new_database(), kafka_bootstrap) as w, running(w.relay):
        await w.append(100)
        consumer = w.consumer()
        run = asyncio.create_task(consumer.run(asyncio.Event()))
        await w.everything_seen()

        client = consumer._subscriber.consumer._client
        client._sync_task.cancel()
        client.force_metadata_update()

        with pytest.raises(Stuck):
            await asyncio.wait_for(run, 60)
        monkeypatch.undo()
        await w.append(100)
        async with running(w.consumer()):
            await w.everything_seen()


async def test_a_group_whose_members_left_while_another_joined_is_got_into_again(
    new_database, kafka_bootstrap, monkeypatch
) -> None:
    """The embedded broker would wait for those who are gone for ever."""
    # given
    monkeypatch.setattr(consumer_module, "STUCK_SECONDS", 1.0)
    async with world(await new_database(), kafka_bootstrap) as w, running(w.relay):
        await w.append(100)
        await w.everything_published()
        consumer = w.consumer()
        member = {"group_id": consumer.name, "session_timeout_ms": SESSION_MS, "enable_auto_commit": False}
        one, two, third = (
            AIOKafkaConsumer(topic_of(w.service), bootstrap_servers=kafka_bootstrap, **member) for _ in range(3)
        )
        await one.start()
        await two.start()
        joining = asyncio.create_task(third.start())
        await asyncio.sleep(0.5)
        await two.stop()
        await one.stop()
        joining.cancel()
        await asyncio.wait([joining])
        await third.stop()

        # when
        async with running(Supervisor(w.service, consumer, stall_seconds=60)):
            # then
            await w.everything_seen()


async def is_ready(consumer: Consumer, seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while await consumer.ready() is not None:
            await asyncio.sleep(0.05)


async def test_a_consumer_is_ready_and_works_while_another_service_was_never_started(
    new_database, kafka_bootstrap
) -> None:
    """And hears the other from its first event on, when it comes."""
    async with (
        world(await new_database(), kafka_bootstrap) as w,
        asyncpg.create_pool(await new_database(), min_size=1, max_size=2) as pool,
    ):
        late = Relay(f"{w.service}late", pool, w.kafka)
        consumer = w.consumer(None, late.service)
        async with running(w.relay, consumer):
            await w.append(50)
            await w.everything_seen()
            await is_ready(consumer)
            assert metrics.CONSUMER_AWAITED.labels(consumer.name)._value.get() == 1

            async with pool.acquire() as connection:
                task = TaskCompleted(task_id=uuid4(), result="late")
                await append_all(connection, [Append(uuid4(), 0, [task], Cause("test", UUID(int=1)), AT)])
            async with running(late), asyncio.timeout(60):
                while await w.seen() < 51:
                    await asyncio.sleep(0.05)
                await w.append(50)
                while await w.seen() < 101:
                    await asyncio.sleep(0.05)

            assert metrics.CONSUMER_AWAITED.labels(consumer.name)._value.get() == 0


async def test_a_consumer_of_services_that_were_never_started_is_ready_and_does_nothing(
    new_database, kafka_bootstrap
) -> None:
    async with world(await new_database(), kafka_bootstrap) as w:
        consumer = w.consumer()
        assert await consumer.ready() is not None
        async with running(consumer):
            await is_ready(consumer)
            assert await w.seen() == 0


async def test_a_consumer_is_not_ready_while_a_topic_is_lost_that_it_has_read(
    new_database, broker, broker_kind
) -> None:
    if broker_kind != "embedded":
        pytest.skip("Apache Kafka keeps its topics when it is killed")
    async with world(await new_database(), broker.bootstrap) as w:
        async with running(w.relay, w.consumer()):
            await w.append(100)
            await w.everything_seen()
        broker.kill()
        broker.restart()
        consumer = w.consumer()
        async with running(consumer):
            async with asyncio.timeout(60):
                while "lost by the broker" not in (await consumer.ready() or ""):
                    await asyncio.sleep(0.05)
            async with running(w.relay):
                await w.append(10)
                await w.everything_seen()
                await is_ready(consumer)


class DyingRelay(Relay):
    """Dies after the broker's acknowledgement, before its own commit."""

    async def _send(self, shard, events, published):
        await super()._send(shard, events, published)
        raise ConnectionError("killed")


async def test_a_lost_log_is_noticed_even_if_a_relay_died_while_it_wrote_to_the_new_one(new_database, broker) -> None:
    """A consumer that comes later, such as a rebuild, must find the log whole."""
    async with world(await new_database(), broker.bootstrap) as w:
        await w.append(100)
        async with running(w.relay):
            await w.everything_published()
        broker.kill()
        broker.restart()
        await w.append(100)
        await ensure_topics(w.kafka, topic_of(w.service))
        dying = DyingRelay(w.service, w.pool, w.kafka)
        await dying._open()
        with pytest.raises(ConnectionError):
            await dying.publish_round()
        await dying._close()

        async with running(Relay(w.service, w.pool, w.kafka), w.consumer()):
            await w.everything_seen()

        assert await w.seen() == 200


async def test_a_foreign_record_in_the_topic_is_kept_and_stops_nobody(new_database, kafka_bootstrap) -> None:
    async with world(await new_database(), kafka_bootstrap) as w:
        await ensure_topics(w.kafka, topic_of(w.service))
        await _write_what_is_no_event(w, [4])
        async with running(w.relay, w.consumer()):
            await w.append(100)
            await w.everything_seen()

        assert await w.pool.fetchval("SELECT count(*) FROM quarantine WHERE reason = 'Malformed'") == 1


async def test_foreign_records_at_the_end_of_the_log_do_not_make_it_seem_unread(new_database, kafka_bootstrap) -> None:
    """Who waits until everything has been read would wait until the next event of that shard."""
    async with world(await new_database(), kafka_bootstrap) as w, running(w.relay):
        consumer = w.consumer()
        async with running(consumer):
            await w.append(300)
            await w.everything_seen()
            await _write_what_is_no_event(w, range(SHARDS))
            await _write_what_is_no_event(w, [4, 9])
            await _read_to_the_end(w, consumer, foreign=SHARDS + 2)

            await w.append(300)
            await w.everything_seen()
            await _read_to_the_end(w, consumer, foreign=SHARDS + 2)
            await _write_what_is_no_event(w, [4])

        another = w.consumer()
        async with running(another):
            await _read_to_the_end(w, another, foreign=SHARDS + 3)


async def _write_what_is_no_event(w: World, partitions: Iterable[int]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=w.kafka.bootstrap)
    await producer.start()
    for partition in partitions:
        await producer.send_and_wait(topic_of(w.service), b"not ours", partition=partition)
    await producer.stop()


async def _read_to_the_end(w: World, consumer: Consumer, *, foreign: int) -> None:
    """Until the watermark has come to the end of every partition, and so many records were put aside."""
    async with asyncio.timeout(60):
        while True:
            kept = await w.pool.fetchval("SELECT count(*) FROM quarantine WHERE reason = 'Malformed'")
            marks = await consumer.watermark.positions()
            read_to = {shard: offset + 1 for shard, (_, offset) in marks.items() if offset is not None}
            if kept == foreign and consumer.ends() == read_to:
                return
            await asyncio.sleep(0.1)


async def test_shutdown_ends_within_its_time_and_loses_nothing(new_database, kafka_bootstrap) -> None:
    async with world(await new_database(), kafka_bootstrap) as w:
        for _ in range(3):
            async with running(w.relay, w.consumer()) as stop:
                await w.append(500)
                await asyncio.sleep(0.3)
                stop()
        async with running(w.relay, w.consumer()):
            await w.everything_seen()

        assert await w.seen() == 1500


@pytest.mark.parametrize("times", [2])
async def test_topics_may_be_made_by_several_at_once(kafka_bootstrap, times: int) -> None:
    config = KafkaConfig(kafka_bootstrap)
    topic = f"voronka.t{uuid4().hex[:8]}.v1"
    await asyncio.gather(*(ensure_topics(config, topic) for _ in range(times)))
    await ensure_topics(config, topic)


async def test_while_nothing_is_lost_nothing_is_published_or_read_twice(new_database, kafka_bootstrap) -> None:
    async with world(await new_database(), kafka_bootstrap) as w:
        consumer = w.consumer()
        async with running(w.relay, consumer):
            for _ in range(6):
                await w.append(50)
                await asyncio.sleep(1)
            await w.everything_seen()

        refills = sum(metrics.RELAY_REFILLS.labels(w.service, shard)._value.get() for shard in range(SHARDS))
        duplicates = metrics.CONSUMER_DUPLICATES.labels(consumer.name)._value.get()
        assert (refills, duplicates) == (0, 0)
