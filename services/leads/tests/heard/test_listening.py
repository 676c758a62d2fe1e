"""What other services say about customers is kept, whatever its type, in whatever order their topics are read."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from events.contracts.automation import MessageSent, TaskAssigned, TaskCompleted, TaskCreated
from events.contracts.deals import (
    DealLost,
    DealOpened,
    DealReassigned,
    DealReopened,
    DealStageChanged,
    DealValueChanged,
    DealWon,
    Money,
    PaymentMatched,
    PaymentReceived,
)
from events.contracts.leads import CustomerErased
from events.envelope import Received
from events.sealed import Sealed
from events.testing import AT, Log, received
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from leads.heard.listening import apply, forget

ANNA, BORIS = UUID(int=1), UUID(int=2)
DEAL, OTHER_DEAL, PAYMENT, TASK, LETTER = (UUID(int=n) for n in (0x10, 0x21, 0x32, 0x43, 0x54))
SECRET = Sealed[str]("s1." + "a" * 60)
OF_DEAL = {"deal_id": DEAL, "customer_id": ANNA}


def money(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="RUB")


def opened(deal: UUID = DEAL, customer: UUID = ANNA, **more: Any) -> DealOpened:
    told = {"number": "17", "pipeline": "sales", "pipeline_version": 1, "stage": "unsorted", "value": money("0")}
    return DealOpened(deal_id=deal, customer_id=customer, **{**told, **more})


def life() -> Log:
    """Two deals, a payment that waited, a task and a letter, each in its stream."""
    log = Log()
    stage = {**OF_DEAL, "from_stage": "unsorted", "to_stage": "negotiation", "to_kind": "open"}
    log.append(DEAL, opened(direction="retail", manager_id="vera"), DealStageChanged(**stage))
    log.append(DEAL, DealValueChanged(**OF_DEAL, value=money("1500.50")), occurred_at=AT + timedelta(hours=1))
    log.append(DEAL, DealReassigned(**OF_DEAL, manager_id="boris"))
    won = DealWon(**OF_DEAL, from_stage="negotiation", stage="won", value=money("1500.50"))
    log.append(DEAL, won, occurred_at=AT + timedelta(days=2))
    of_other = {"deal_id": OTHER_DEAL, "customer_id": BORIS}
    lost = DealLost(**of_other, from_stage="unsorted", stage="lost", reason="price", comment=SECRET)
    log.append(OTHER_DEAL, opened(OTHER_DEAL, BORIS), lost)
    log.append(OTHER_DEAL, DealReopened(**of_other, from_stage="lost", to_stage="negotiation"))
    received_ = {"payment_id": PAYMENT, "provider": "stripe", "provider_payment_id": "p", "reference": "17"}
    log.append(PAYMENT, PaymentReceived(**received_, received=money("1500.50")))
    log.append(PAYMENT, PaymentMatched(payment_id=PAYMENT, **OF_DEAL, received=money("1500.50")))
    task = TaskCreated(task_id=TASK, kind="call", title="Call", due_at=AT, assignee="vera", customer_id=ANNA)
    log.append(TASK, task, TaskAssigned(task_id=TASK, assignee="boris"), TaskCompleted(task_id=TASK, result="done"))
    log.append(LETTER, MessageSent(message_id=LETTER, customer_id=BORIS, medium="email", template="welcome"))
    return log


async def told(connection: asyncpg.Connection) -> list[Any]:
    heard = await connection.fetch("SELECT * FROM heard ORDER BY event_id")
    deals = await connection.fetch("SELECT * FROM customer_deals ORDER BY deal_id")
    return [tuple(row) for row in (*heard, *deals)]


async def known(connection: asyncpg.Connection, customer: UUID) -> None:
    """A customer with a card and a key."""
    await connection.execute("INSERT INTO keyring VALUES ($1, '\\x00')", customer)
    await connection.execute(
        "INSERT INTO customers (id, version, phones, emails, messengers, registered_at)"
        " VALUES ($1, 1, '{}', '{}', '{}', $2)",
        customer,
        AT,
    )


@st.composite
def deliveries(draw: st.DrawFn) -> list[list[Received]]:
    """The log as consumers may read it: shards interleaved in any way, cut into any batches, batches read twice."""
    shards = [list(shard) for shard in life().by_shard()]
    order: list[Received] = []
    while shards:
        shard = draw(st.sampled_from(shards))
        order.append(shard.pop(0))
        shards = [one for one in shards if one]
    cuts = sorted(draw(st.sets(st.integers(1, len(order) - 1), max_size=5)))
    batches = [order[start:end] for start, end in zip([0, *cuts], [*cuts, len(order)], strict=True)]
    return [batch for batch in batches for _ in range(draw(st.integers(1, 2)))]


def test_what_is_heard_depends_neither_on_the_order_of_topics_nor_on_the_cut_of_batches(new_database: Any) -> None:
    async def heard(connection: asyncpg.Connection, batches: Sequence[Sequence[Received]]) -> list[Any]:
        transaction = connection.transaction()
        await transaction.start()
        try:
            for batch in batches:
                await apply(connection, batch)  # type: ignore[arg-type]
            return await told(connection)
        finally:
            await transaction.rollback()

    with asyncio.Runner() as runner:
        connection = runner.run(asyncpg.connect(runner.run(new_database("leads"))))
        at_once = runner.run(heard(connection, [life().records]))
        assert len(at_once) == len(life().records) - 1 + 2, "all but the payment that nobody had matched, and two deals"

        @given(deliveries())
        @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
        def same(batches: list[list[Received]]) -> None:
            assert runner.run(heard(connection, batches)) == at_once

        try:
            same()
        finally:
            runner.run(connection.close())


async def test_deals_stand_as_their_last_events_say(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        await apply(connection, life().records)
        rows = await connection.fetch("SELECT * FROM customer_deals ORDER BY deal_id")
    won, reopened = (dict(row) for row in rows)
    assert (won["state"], won["stage"], won["amount"], won["currency"]) == ("won", "won", Decimal("1500.50"), "RUB")
    assert (won["manager_id"], won["direction"], won["number"]) == ("boris", "retail", "17")
    assert (won["opened_at"], won["closed_at"]) == (AT, AT + timedelta(days=2))
    assert (reopened["state"], reopened["stage"], reopened["closed_at"]) == ("open", "negotiation", None)
    assert all(row["told"] for row in rows)


async def test_an_event_of_a_type_that_leads_has_never_seen_is_kept_as_well(pool: asyncpg.Pool) -> None:
    facts = {"customer_id": str(ANNA), "deal_id": str(DEAL), "until": "2027-03-01", "terms": SECRET}
    body = orjson.dumps({**facts, "lines": [{"title": "Goods"}] * 200, "marks": ["a", "b"], "nothing": None})
    record = received(TaskAssigned(task_id=TASK, assignee="a"), UUID(int=0x60), 1, body=body)
    record.type = "warranty.granted.v1"
    async with pool.acquire() as connection:
        await apply(connection, [record])
        row = await connection.fetchrow("SELECT * FROM heard")
    assert row is not None
    assert (row["type"], row["customer_id"], row["deal_id"]) == ("warranty.granted.v1", ANNA, DEAL)
    expected = {"deal_id": str(DEAL), "until": "2027-03-01", "terms": SECRET, "marks": ["a", "b"]}
    assert orjson.loads(row["facts"]) == expected


async def test_of_an_erased_customer_nothing_stays_and_nothing_comes_back(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        for customer in (ANNA, BORIS):
            await known(connection, customer)
        records = life().records
        await apply(connection, records[:4])
        await apply(connection, [record for record in records if record.stream_id == OTHER_DEAL])
        await connection.execute("DELETE FROM keyring WHERE customer_id = $1", ANNA)
        await forget(connection, [received(CustomerErased(customer_id=ANNA), ANNA, 1, version=2)])
        await apply(connection, records)
        for table in ("heard", "customer_deals"):
            rows = await connection.fetch(f"SELECT DISTINCT customer_id FROM {table}")
            assert [row["customer_id"] for row in rows] == [BORIS]
