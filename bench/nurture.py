"""Sequences and mailings: finding whoever a condition holds for, requesting the messages, leading customers on."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid4

import asyncpg
from automation.actions.effect import Known, Shape
from automation.mailings import sending
from automation.mailings.desk import MailingDesk
from automation.mailings.models import NewMailing
from automation.sequences import requests, stepping
from automation.sequences.desk import SequenceDesk
from automation.sequences.entering import Entering
from automation.sequences.kept import Switch
from automation.sequences.sequence import Definition
from automation.sequences.shelf import Sequences
from events.auth import EVERYTHING, Principal
from events.store import Cause, Store
from events.tasks import NewTask, Worker, add

from bench.bed import Bed
from bench.report import Row

RARE: Final = "'vip' in customer.tags && customer.segment == 'gold'"
ONE_BY_ONE: Final = f"({RARE}) || false"
"""The same, in words that no table is asked by."""
WARM_UP: Final = {
    "title": {"ru": "Прогрев", "en": "Warm-up"},
    "purpose": "service",
    "steps": [
        {"do": "send", "id": "hello", "template": "welcome"},
        {"do": "wait", "id": "a-day", "timing": {"after": {"days": 1}}},
        {"do": "send", "id": "more", "template": "welcome"},
    ],
}
STEPS: Final = 3
MARKETER: Final = Principal("key", "bench", "bench", frozenset(("admin",)), frozenset((EVERYTHING,)))
FILL: Final = """
INSERT INTO contacts (customer_id) SELECT md5('card' || n)::uuid FROM generate_series(1, $1::int) n
"""
FACTS: Final = """
INSERT INTO facts (subject, subject_id, name, event_id, version, recorded_at, value)
SELECT 'customer', md5('card' || n)::uuid, f.name, md5(f.name || n)::uuid, 1, now() - interval '1 day', f.value::jsonb
  FROM generate_series(1, $1::int) n
 CROSS JOIN LATERAL (VALUES ('since', to_jsonb(now())::text), ('direction', '"retail"'), ('channel', '"site"'),
                            ('responsible', '"anna"'),
                            ('segment', CASE WHEN n % 5 = 0 THEN '"gold"' ELSE '"bronze"' END),
                            (CASE WHEN n % 100 = 0 THEN 'tags.vip' ELSE 'tags.new' END, 'true')) f(name, value)
"""


async def measure(bed: Bed) -> list[Row]:
    """Cards a second that a mailing's condition is asked of, which holds for every hundredth, picked out in tables and
    one by one; messages requested a second by portions of 500; steps a second that customers of a sequence are led.
    """
    cards = bed.scale.customers // 4
    async with await bed.pool(await bed.database("nurture", "automation")) as pool:
        for statement in (FILL, FACTS):
            await pool.execute(statement, cards)
        await pool.execute("ANALYZE")
        store = Store("automation", pool)
        picked = [await _gathered(store, RARE, cards) for _ in range(bed.scale.rounds)]
        plain = await _gathered(store, ONE_BY_ONE, min(cards, 20_000))
        messages = await _requested(store, cards // 5)
        steps = await _led(store, cards // 5)
    stored = f"of {cards:,} cards"
    return [
        Row(f"mailing, condition {stored}, picked out in tables", sorted(picked)[len(picked) // 2], "cards/s"),
        Row(f"mailing, condition {stored}, one by one", plain, "cards/s"),
        Row("mailing, messages requested, 500 a portion", messages, "messages/s"),
        Row("sequences, steps taken", steps, "steps/s"),
    ]


async def _known() -> Known:
    return Known(frozenset({"welcome"}), {"welcome": Shape(letter=True, short=True)})


async def _started(store: Store, where: str | None, customers: int = 0) -> UUID:
    desk, mailing_id = MailingDesk(store, _known, lambda: datetime.now(UTC)), uuid4()
    await desk.prepare(
        mailing_id, NewMailing(title="Bench", template="welcome", purpose="service", where=where), MARKETER
    )
    if customers:
        await store.pool.execute(
            "INSERT INTO mailing_recipients (mailing_id, customer_id, message_id)"
            " SELECT $1, customer_id, gen_random_uuid() FROM contacts ORDER BY customer_id LIMIT $2",
            *(mailing_id, customers),
        )
    await desk.start(mailing_id, None, MARKETER)
    return mailing_id


async def _gathered(store: Store, where: str, cards: int) -> float:
    """Cards a second; ends when so many have been asked, of portions that pass the end a little more."""
    mailing_id = await _started(store, where)
    worker = Worker("gather", store, {sending.GATHER: sending.MailingSending(store.pool, "en").gather}, concurrency=1)
    started, looked = time.perf_counter(), 0
    while await _due(store.pool, sending.GATHER):
        await worker.run_due()
        looked += sending.AT_ONCE
        if where is ONE_BY_ONE and looked >= cards:
            break
    seconds = time.perf_counter() - started
    await store.pool.execute("DELETE FROM tasks")
    if where is not ONE_BY_ONE:
        found = await store.pool.fetchval("SELECT count(*) FROM mailing_recipients WHERE mailing_id = $1", mailing_id)
        assert found == cards // 100, f"{found} of {cards // 100} were found"
        looked = cards
    return looked / seconds


async def _requested(store: Store, customers: int) -> float:
    """Messages a second, their events and tasks; minutes between portions are left out."""
    await _started(store, None, customers)
    worker = Worker("portions", store, {sending.PORTION: sending.MailingSending(store.pool, "en").portion})
    started = time.perf_counter()
    while await _due(store.pool, sending.PORTION):
        await worker.run_due()
    seconds = time.perf_counter() - started
    requested = await store.pool.fetchval("SELECT count(*) FROM events WHERE type = 'message.requested.v1'")
    assert requested == customers, f"{requested} of {customers} messages were requested"
    await store.pool.execute("DELETE FROM tasks")
    return customers / seconds


async def _led(store: Store, customers: int) -> float:
    """Steps a second from the entering to the end; the day between is left out."""
    sequences = Sequences()

    async def by_rules(_: str) -> dict[str, list[str]]:
        return {}

    desk = SequenceDesk(store, sequences, _known, by_rules, lambda: datetime.now(UTC))
    await desk.save("warm-up", Definition.model_validate(WARM_UP), MARKETER, None)
    await desk.switch("warm-up", Switch("open"), MARKETER, None)
    entering, steps = Entering(store.pool, sequences), stepping.Stepping(store.pool, sequences, "en", "UTC")
    batches = {requests.ENTRY: entering.enter, stepping.KIND: steps.handle}
    worker = Worker("sequences", store, {}, batches=batches, concurrency=100)
    ids = await store.pool.fetch("SELECT customer_id FROM contacts ORDER BY customer_id LIMIT $1", customers)
    async with store.pool.acquire() as connection:
        await add(connection, [_entry(row["customer_id"]) for row in ids])
    started = time.perf_counter()
    while await _due(store.pool, requests.ENTRY, stepping.KIND):
        await worker.run_due()
    seconds = time.perf_counter() - started
    taken = await store.pool.fetchval("SELECT count(*) FROM events WHERE type = 'sequence.step-taken.v1'")
    assert taken == STEPS * customers, f"{taken} of {STEPS * customers} steps were taken"
    return float(taken / seconds)


def _entry(customer_id: UUID) -> NewTask:
    told = {
        "sequence": "warm-up", "customer_id": str(customer_id), "lead_id": None, "deal_id": None, "cause": None,
    }  # fmt: skip
    return NewTask(uuid4(), requests.ENTRY, told, datetime.now(UTC), Cause("bench", customer_id))


async def _due(pool: asyncpg.Pool, *kinds: str) -> bool:
    """Is there more? What waits comes up when nothing else is due."""
    is_due = "SELECT EXISTS (SELECT FROM tasks WHERE kind = ANY($1) AND due_at <= now())"
    if await pool.fetchval(is_due, kinds):
        return True
    await pool.execute("UPDATE tasks SET due_at = now() WHERE kind = ANY($1)", kinds)
    return bool(await pool.fetchval(is_due, kinds))
