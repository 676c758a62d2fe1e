"""Capturing on a real database: batches, duplicates, concurrency, order."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from events.envelope import Recorded
from events.store import Cause, Conflict, Store, append_all, load
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from leads.capture import Capturer, CaptureResult
from leads.channels import Inquiry
from leads.recording import Recording
from leads.touch import Capture

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
CAUSE = Cause("test", UUID(int=7))
PHONE, EMAIL = "+79123456789", "anna@example.com"


def capture(
    id: str, *, phone: str | None = PHONE, email: str | None = None, minutes: int = 0, intake: str = "tilda"
) -> Capture:
    inquiry = Inquiry(
        provider_id=id,
        occurred_at=AT + timedelta(minutes=minutes),
        kind="form",
        name="Anna",
        phones=(phone,) if phone else (),
        emails=(email,) if email else (),
        text="hello",
    )
    return Capture(inquiry, intake, "shop", intake, CAUSE, AT + timedelta(hours=1))


async def commit(pool: asyncpg.Pool, capturer: Capturer, captures: Sequence[Capture]) -> CaptureResult:
    async with pool.acquire() as connection, connection.transaction():
        result = await capturer.capture(connection, captures)
        await append_all(connection, result.appends)
    return result


def whats(result: CaptureResult) -> list[str]:
    return [outcome.what for outcome in result.outcomes]


async def counts(pool: asyncpg.Pool) -> dict[str, int]:
    tables = ("customers", "leads", "touches", "identities", "keyring", "events")
    return {table: await pool.fetchval(f"SELECT count(*) FROM {table}") for table in tables}


async def versions_agree(pool: asyncpg.Pool) -> bool:
    """The versions in the tables are those of the streams."""
    wrong = await pool.fetchval(
        "SELECT count(*) FROM (SELECT id, version FROM leads UNION ALL SELECT id, version FROM customers) t "
        "FULL JOIN (SELECT stream_id, max(version) AS version FROM events GROUP BY 1) e ON e.stream_id = t.id "
        "WHERE t.version IS DISTINCT FROM e.version"
    )
    return bool(wrong == 0)


async def test_a_batch_makes_one_card_per_person_and_one_append_per_stream(
    pool: asyncpg.Pool, capturer: Capturer
) -> None:
    result = await commit(
        pool, capturer, [capture("1"), capture("2", email=EMAIL, minutes=1), capture("3", phone=None, email=EMAIL)]
    )
    assert sorted(whats(result)) == ["captured", "touched", "touched"]
    assert len({outcome.customer_id for outcome in result.outcomes}) == 1
    assert len(result.appends) == len({append.stream_id for append in result.appends}) == 2
    assert await counts(pool) == {
        "customers": 1, "leads": 1, "touches": 3, "identities": 2, "keyring": 1, "events": 5
    }  # fmt: skip
    assert await versions_agree(pool)


async def test_each_request_keeps_its_own_cause_and_time_in_a_merged_append(
    pool: asyncpg.Pool, capturer: Capturer
) -> None:
    later = replace(capture("2", minutes=30), cause=Cause("other", UUID(int=8)))
    result = await commit(pool, capturer, [later, capture("1")])
    async with pool.acquire() as connection:
        lead: list[Recorded] = await load(connection, "leads", result.outcomes[0].lead_id or UUID(int=0))
    assert [(e.type, e.actor, e.correlation_id, e.occurred_at) for e in lead] == [
        ("lead.captured.v1", "test", UUID(int=7), AT),
        ("lead.touched.v1", "other", UUID(int=8), AT + timedelta(minutes=30)),
    ]


async def test_a_repeat_request_becomes_a_touch_not_a_second_card(pool: asyncpg.Pool, capturer: Capturer) -> None:
    first = await commit(pool, capturer, [capture("1")])
    again = await commit(pool, capturer, [capture("2", email=EMAIL)])
    assert whats(again) == ["touched"]
    assert again.outcomes[0].lead_id == first.outcomes[0].lead_id
    types = [r[0] for r in await pool.fetch("SELECT type FROM events ORDER BY recorded_at, type")]
    assert types[2:] == ["customer.contact-added.v1", "lead.touched.v1"]
    assert await versions_agree(pool)


async def test_a_second_delivery_adds_nothing_and_finds_the_first(pool: asyncpg.Pool, capturer: Capturer) -> None:
    first = await commit(pool, capturer, [capture("1"), capture("1")])
    before = await counts(pool)
    second = await commit(pool, capturer, [capture("1")])
    assert whats(first) == ["captured", "duplicate"]
    assert whats(second) == ["duplicate"]
    assert second.outcomes[0].lead_id == first.outcomes[0].lead_id
    assert await counts(pool) == before
    assert await pool.fetchval("SELECT deliveries FROM touches") == 3


async def test_an_email_of_another_card_is_not_attached_and_not_lost(pool: asyncpg.Pool, capturer: Capturer) -> None:
    anna = await commit(pool, capturer, [capture("1")])
    boris = await commit(pool, capturer, [capture("2", phone=None, email=EMAIL)])
    both = await commit(pool, capturer, [capture("3", email=EMAIL)])
    assert both.outcomes[0].customer_id == anna.outcomes[0].customer_id != boris.outcomes[0].customer_id
    owner = await pool.fetchval("SELECT customer_id FROM identities WHERE kind = 'email'")
    assert owner == boris.outcomes[0].customer_id
    async with pool.acquire() as connection:
        keys = await capturer.keyring.read(connection, [owner, anna.outcomes[0].customer_id or owner])
        touched = await connection.fetchval(
            "SELECT data->'touch'->>'details' FROM events WHERE type = 'lead.touched.v1'"
        )
    assert EMAIL in str(keys[anna.outcomes[0].customer_id or owner].open(touched))


async def test_a_customer_whose_lead_is_closed_returns_with_a_new_lead(pool: asyncpg.Pool, capturer: Capturer) -> None:
    first = await commit(pool, capturer, [capture("1")])
    await pool.execute("UPDATE leads SET status = 'disqualified'")
    again = await commit(pool, capturer, [capture("2"), capture("3", minutes=1)])
    assert whats(again) == ["captured", "touched"]
    assert again.outcomes[0].lead_id != first.outcomes[0].lead_id
    assert again.outcomes[0].customer_id == first.outcomes[0].customer_id
    assert await pool.fetchval("SELECT is_returning FROM leads WHERE id = $1", again.outcomes[0].lead_id)


@pytest.mark.parametrize(
    ("moved", "reason"),
    [(timedelta(days=2), "more than a day in the future"), (timedelta(days=-365 * 40), "before 1990")],
)
async def test_an_impossible_time_is_rejected_with_its_reason(
    pool: asyncpg.Pool, capturer: Capturer, moved: timedelta, reason: str
) -> None:
    given_ = capture("1")
    result = await commit(
        pool, capturer, [replace(given_, inquiry=replace(given_.inquiry, occurred_at=AT + moved)), capture("2")]
    )
    assert whats(result) == ["rejected", "captured"]
    assert reason in (result.outcomes[0].reason or "")


async def test_two_processes_that_register_one_person_at_once_make_one_card(
    pool: asyncpg.Pool, capturer: Capturer
) -> None:
    async with pool.acquire() as one, pool.acquire() as two:
        first = one.transaction()
        await first.start()
        slow = await capturer.capture(one, [capture("1", intake="tilda")])
        second = two.transaction()
        await second.start()
        waiting = asyncio.create_task(capturer.capture(two, [capture("2", intake="telegram")]))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        await append_all(one, slow.appends)
        await first.commit()
        with pytest.raises(Conflict):
            await waiting
        await second.rollback()
    again = await commit(pool, capturer, [capture("2", intake="telegram")])
    assert whats(again) == ["touched"]
    assert (await counts(pool))["customers"] == 1


async def test_many_writers_of_the_same_few_people_make_one_card_each(pool: asyncpg.Pool, capturer: Capturer) -> None:
    people, writers, each = 5, 6, 20
    recordings = [Recording(Store("leads", pool), capturer) for _ in range(writers)]

    async def write(number: int) -> None:
        for n in range(0, each, 4):
            batch = [capture(f"{number}-{k}", phone=f"+7912345678{k % people}", minutes=k) for k in range(n, n + 4)]
            await recordings[number].many(batch if number % 2 else batch[::-1])

    await asyncio.gather(*(write(number) for number in range(writers)))
    found = await counts(pool)
    assert found == {
        "customers": people,
        "leads": people,
        "touches": writers * each,
        "identities": people,
        "keyring": people,
        "events": people + writers * each,
    }
    assert await versions_agree(pool)


PEOPLE = st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(0, 5)), min_size=1, max_size=12)
RUNS = iter(range(1_000_000))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PEOPLE, st.randoms(use_true_random=False), st.integers(1, 4))
async def test_neither_order_nor_grouping_nor_redelivery_changes_the_cards(
    pool: asyncpg.Pool, capturer: Capturer, people: list[tuple[int, bool, int]], random: Any, size: int
) -> None:
    async def cards(shuffled: bool) -> list[list[int]]:
        """Which requests stand on one card, by their numbers; for people whom nobody has met before."""
        run = next(RUNS)
        requests = [
            capture(
                f"{run}-{n}",
                phone=f"+7912{run:06}{person}",
                email=f"{run}-{person}@example.com" if mail else None,
                minutes=minutes,
            )
            for n, (person, mail, minutes) in enumerate(people)
        ]
        deliveries = [*requests, *requests]
        if shuffled:
            random.shuffle(deliveries)
        step = size if shuffled else len(deliveries)
        for start in range(0, len(deliveries), step):
            await commit(pool, capturer, deliveries[start : start + step])
        ids = [request.touch_id for request in requests]
        rows = await pool.fetch("SELECT touch_id, customer_id FROM touches WHERE touch_id = ANY($1::uuid[])", ids)
        assert len(rows) == len(ids)
        grouped: dict[UUID, list[int]] = {}
        for row in rows:
            grouped.setdefault(row["customer_id"], []).append(ids.index(row["touch_id"]))
        leads = await pool.fetchval("SELECT count(*) FROM leads WHERE customer_id = ANY($1::uuid[])", list(grouped))
        assert leads == len(grouped)
        return sorted(map(sorted, grouped.values()))

    assert await cards(shuffled=False) == await cards(shuffled=True)
    assert await versions_agree(pool)
