"""However deliveries are doubled, cut and interleaved: the same log gives the same tables."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from analytics import builds
from analytics.main import SALES
from events.envelope import Received, topic_of
from events.event import REGISTRY
from events.projection import Build, hashes
from events.quarantine import Quarantine
from events.watermark import Watermark
from every_event import EveryEvent
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def deliveries(shards: Sequence[Sequence[Received]], chance: random.Random) -> Iterator[list[Received]]:
    """Batches as a broker may cut them: each shard in order, shards in any, and at times some of it again."""
    position = [0] * len(shards)
    while waiting := [n for n, shard in enumerate(shards) if position[n] < len(shard)]:
        batch: list[Received] = []
        for n in chance.sample(waiting, chance.randint(1, len(waiting))):
            start = max(0, position[n] - chance.choice((0, 0, 0, 1, 5)))
            position[n] = min(len(shards[n]), position[n] + chance.randint(1, 12))
            batch.extend(shards[n][start : position[n]])
        yield batch


async def filled(sales, batches) -> tuple[Build, Watermark]:
    async with sales.pool.acquire() as connection, connection.transaction():
        build = await builds.start(connection, SALES, "shadow")
    topics = [topic_of(source) for source in SALES.sources]
    quarantine = Quarantine(build.consumer_name)
    watermark = Watermark(build.consumer_name, topics, sales.pool, build.applier(), quarantine)
    await watermark.prepare()
    for batch in batches:
        outcome = await watermark.apply(batch)
        assert not outcome.holes
        assert not outcome.quarantined
    return build, watermark


async def fingerprint(sales, build: Build) -> list:
    found = await hashes(sales.pool, build)
    async with sales.pool.acquire() as connection, connection.transaction():
        await builds.drop(connection, build)
    return found


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), leads=st.integers(1, 12))
async def test_doubled_cut_and_interleaved_deliveries_give_the_same_tables(sales, history, seed, leads) -> None:
    log = history(seed, leads).log
    shards = log.by_shard()
    chance = random.Random(seed)

    in_order, _ = await filled(sales, [log.records])
    expected = await fingerprint(sales, in_order)
    assert sum(table.rows for table in expected) > 0

    at_random, _ = await filled(sales, deliveries(shards, chance))
    assert await fingerprint(sales, at_random) == expected

    topic_by_topic, _ = await filled(sales, sorted(shards, key=lambda shard: shard[0].source))
    assert await fingerprint(sales, topic_by_topic) == expected

    # Without the watermark's order, as after a quarantine is replayed.
    shuffled, _ = await filled(sales, [])
    records = chance.sample(log.records, len(log.records))
    async with sales.pool.acquire() as connection, connection.transaction():
        for start in range(0, len(records), 50):
            await shuffled.applier()(connection, records[start : start + 50])
            await shuffled.applier()(connection, records[start : start + 10])
    assert await fingerprint(sales, shuffled) == expected


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), repeats=st.integers(1, 4))
async def test_every_event_there_is_commutes_with_every_other(sales, seed, repeats) -> None:
    said, chance = EveryEvent(seed), random.Random(seed)
    contracts = [REGISTRY[type_] for type_ in SALES.statements]
    for _ in range(repeats):
        said.say(chance.sample(contracts, chance.randint(5, len(contracts))))
    records = said.log.records

    async def tables(*batches: Sequence[Received]) -> list:
        await sales.empty()
        for batch in batches:
            await sales.apply(batch)
        return await hashes(sales.pool, sales.build)

    expected = await tables(records)
    assert await tables(records, records) == expected
    cut = chance.randrange(len(records))
    assert await tables(records[cut:], records[: cut + 10]) == expected
    shuffled = chance.sample(records, len(records))
    assert await tables(*(shuffled[n : n + 25] for n in range(0, len(shuffled), 20))) == expected


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), leads=st.integers(1, 12))
async def test_a_filling_that_dies_again_and_again_and_a_rebuild_beside_it_give_the_same_tables(
    sales, history, seed, leads
) -> None:
    log, chance = history(seed, leads).log, random.Random(seed)
    in_order, _ = await filled(sales, [log.records])
    expected = await fingerprint(sales, in_order)

    async def dying(build: Build) -> Watermark:
        """A process that is killed somewhere in a batch, after some of its statements and before its commit."""
        apply, dies_after = build.applier(), chance.randint(0, 20)

        async def killed(connection, records) -> None:
            nonlocal dies_after
            dies_after -= 1
            await apply(connection, records[: len(records) if dies_after >= 0 else chance.randint(0, len(records))])
            if dies_after < 0:
                raise OSError("killed")

        topics = [topic_of(source) for source in SALES.sources]
        watermark = Watermark(build.consumer_name, topics, sales.pool, killed, Quarantine(build.consumer_name))
        await watermark.prepare()
        return watermark

    live, _ = await filled(sales, [])
    rebuilt, _ = await filled(sales, [])
    for build in (live, rebuilt):
        watermark = await dying(build)
        for batch in deliveries(log.by_shard(), chance):
            while True:
                try:
                    assert not (await watermark.apply(batch)).holes
                except OSError:
                    watermark = await dying(build)
                else:
                    break
    assert await fingerprint(sales, live) == expected
    assert await fingerprint(sales, rebuilt) == expected


async def test_the_comparison_sees_a_single_changed_value(sales, history) -> None:
    log = history(3, 10).log
    one, _ = await filled(sales, [log.records])
    other, _ = await filled(sales, [log.records])
    assert await hashes(sales.pool, one) == await hashes(sales.pool, other)

    await sales.pool.execute(
        f'UPDATE "{other.schema}".deals SET amount = amount + 0.01'
        f' WHERE ctid = (SELECT ctid FROM "{other.schema}".deals LIMIT 1)'
    )
    different = {
        mine.name
        for mine, theirs in zip(await hashes(sales.pool, one), await hashes(sales.pool, other), strict=True)
        if mine != theirs
    }
    assert different == {"deals"}
