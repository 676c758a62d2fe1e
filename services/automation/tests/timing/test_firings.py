"""Pending firings: conditions over what was so, actions whose time comes, moves, or goes with its reason."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import orjson
import pytest
from automation.rules.rule import Rule, Rules
from automation.timing import pending
from automation.timing.firings import Firings
from automation_world import Story, World, key_of, world
from events.contracts.deals import DealCloseExpected, DealLost, DealOpened, Money
from events.contracts.leads import CustomerErased, CustomerTagged
from events.event import Event
from events.store import deterministic_id
from events.tasks import Worker
from events.testing import Log, received

DEAL, CUSTOMER = deterministic_id("deal", "ivan"), Story.customer("ivan")
TITLE = {"ru": "Задача", "en": "Task"}


def today() -> date:
    return datetime.now(UTC).date()


def rule(trigger: str = "deal.opened.v1", where: str = "", **action: Any) -> Rule:
    task = {"do": "create_task", "id": "task", "kind": "follow_up", "title": TITLE, "assignee": "anna"} | action
    return Rule.model_validate(
        {"id": "r", "version": 1, "title": TITLE, "trigger": trigger, "where": where, "actions": [task]}
    )


def opened() -> DealOpened:
    value = Money(amount="100", currency="RUB")
    return DealOpened(
        deal_id=DEAL, customer_id=CUSTOMER, number="1", pipeline="p", pipeline_version=1, stage="new", value=value
    )


def expected(on: date | None) -> DealCloseExpected:
    return DealCloseExpected(deal_id=DEAL, customer_id=CUSTOMER, expected_on=on)


class Firm:
    """The service on a database, with one rule; time passes by changing when tasks are due."""

    def __init__(self, automation: World) -> None:
        self.automation, self.pool, self.log = automation, automation.pool, Log()
        self.worker = self.another()

    def another(self) -> Worker:
        firings = Firings(self.pool, "en", "Europe/Moscow")
        return Worker("firings", self.automation.store, {}, batches={pending.KIND: firings.handle}, concurrency=200)

    async def happens(self, stream: UUID, event: Event, ago: timedelta = timedelta(0)) -> None:
        at = datetime.now(UTC) - ago
        (record,) = self.log.append(stream, event)
        told = record.recorded()
        again = received(
            event, stream, told.position, version=told.version, shard=told.shard, event_id=told.id, occurred_at=at,
            recorded_at=at,
        )  # fmt: skip
        await self.automation.deliver([again])

    async def everything_was_read(self) -> None:
        await self.pool.execute(
            "INSERT INTO read_until VALUES ('voronka.deals.v1', 0, now() + interval '1 day') ON CONFLICT DO NOTHING"
        )

    async def works(self) -> None:
        while await self.worker.run_due():
            pass

    async def waits(self) -> list[tuple[str | None, datetime]]:
        rows = await self.pool.fetch("SELECT last_error, due_at FROM tasks WHERE kind = 'firing'")
        return [(row["last_error"], row["due_at"]) for row in rows]

    async def effects(self) -> Sequence[dict[str, Any]]:
        rows = await self.automation.appended("task.created.v1", "rule.suppressed.v1")
        return [{"type": row["type"]} | orjson.loads(row["data"]) for row in rows]


@pytest.fixture
async def firm(new_database: Any, request: Any) -> Any:
    made = request.param if isinstance(request.param, Rule) else rule(**request.param)
    async with world(await new_database("automation"), Rules((made,))) as automation:
        yield Firm(automation)


def with_rule(**parts: Any) -> Any:
    return pytest.mark.parametrize("firm", [parts], indirect=True, ids=["rule"])


@with_rule(where="deal.stage == 'new' && 'vip' in customer.tags")
async def test_a_condition_over_the_card_waits_until_everything_before_the_event_was_read(firm: Firm) -> None:
    # given a tag that was put on before the deal was opened, and is told after it
    await firm.happens(DEAL, opened(), timedelta(seconds=10))
    await firm.works()
    assert await firm.effects() == []
    await firm.happens(CUSTOMER, CustomerTagged(customer_id=CUSTOMER, tags=("vip",)), timedelta(seconds=20))
    # when the consumer has read everything
    await firm.everything_was_read()
    await asyncio.sleep(0.55)
    await firm.works()
    # then
    assert [effect["type"] for effect in await firm.effects()] == ["task.created.v1"]
    assert await firm.waits() == []


@with_rule(where="'vip' in customer.tags")
async def test_what_became_so_after_the_event_does_not_count(firm: Firm) -> None:
    await firm.everything_was_read()
    await firm.happens(DEAL, opened(), timedelta(seconds=10))
    await firm.happens(CUSTOMER, CustomerTagged(customer_id=CUSTOMER, tags=("vip",)), timedelta(seconds=5))
    await firm.works()
    assert (await firm.effects(), await firm.waits()) == ([], [])


@with_rule(where="'vip' in customer.tags && !('late' in customer.tags) && deal.expected_on != null")
async def test_whatever_the_order_between_topics_the_same_effects_come_out(firm: Firm) -> None:
    # given for each order a customer and a deal of their own
    for number, order in enumerate(permutations(range(4))):
        customer, deal = deterministic_id("customer", number), deterministic_id("deal", number)
        about = {"customer_id": customer, "deal_id": deal}
        told: list[tuple[UUID, Event, int]] = [
            (customer, CustomerTagged(customer_id=customer, tags=("vip",)), 40),
            (deterministic_id("expected", number), expected(today()).model_copy(update=about), 30),
            (deal, opened().model_copy(update=about), 20),
            (deterministic_id("late", number), CustomerTagged(customer_id=customer, tags=("late",)), 10),
        ]
        for n in order:
            stream, event, ago = told[n]
            await firm.happens(stream, event, timedelta(seconds=ago))
    # when everything was read
    await firm.everything_was_read()
    await firm.works()
    # then what was so when the deal was opened has decided, in each of them
    assert sorted(effect["deal_id"] for effect in await firm.effects()) == sorted(
        str(deterministic_id("deal", number)) for number in range(24)
    )


@with_rule(timing={"after": {"days": 2}}, due={"hours": 3})
async def test_a_delayed_action_is_done_at_its_time_and_counts_from_it(firm: Firm) -> None:
    await firm.happens(DEAL, opened(), timedelta(days=2, hours=1))
    await firm.works()
    (effect,) = await firm.effects()
    due = datetime.fromisoformat(effect["due_at"]) - datetime.now(UTC)
    assert timedelta(hours=1, minutes=55) < due < timedelta(hours=2, minutes=5)


@with_rule(timing={"after": {"hours": 2}}, still="deal.state == 'open'")
async def test_an_action_whose_reason_is_gone_is_withheld_and_it_is_said(firm: Firm) -> None:
    await firm.happens(DEAL, opened(), timedelta(hours=3))
    lost = DealLost(
        deal_id=DEAL, customer_id=CUSTOMER, from_stage="new", stage="lost", reason="price", comment=sealed("dear")
    )
    await firm.happens(DEAL, lost, timedelta(hours=1))
    await firm.works()
    assert [(effect["type"], effect["reason"]) for effect in await firm.effects()] == [
        ("rule.suppressed.v1", "not_wanted_any_more")
    ]


@with_rule(still="customer.tags.exists(t, t == 'vip')")
async def test_an_action_whose_reason_could_cost_too_much_to_ask_is_withheld_and_it_is_said(firm: Firm) -> None:
    tags = tuple(f"t{n}" for n in range(201))
    await firm.happens(CUSTOMER, CustomerTagged(customer_id=CUSTOMER, tags=tags), timedelta(hours=1))
    await firm.happens(DEAL, opened())
    await firm.works()
    ((type_, reason),) = [(effect["type"], effect["reason"]) for effect in await firm.effects()]
    assert (type_, reason.partition(":")[0]) == ("rule.suppressed.v1", "over_limit")


@with_rule(trigger="deal.opened.v1", timing={"before": {"field": "deal.expected_on", "days": 3}, "at": "10:00"})
async def test_what_waits_for_a_date_moves_with_it(firm: Firm) -> None:
    # given a deal that is to be closed in a month
    await firm.happens(DEAL, expected(today() + timedelta(days=30)), timedelta(hours=2))
    await firm.happens(DEAL, opened(), timedelta(hours=1))
    await firm.works()
    ((why, looks_at),) = await firm.waits()
    assert why is not None
    assert why.startswith(f"waits until {today() + timedelta(days=27)}T07:00")
    assert looks_at < datetime.now(UTC) + timedelta(hours=1, minutes=5)
    # when it is to be closed tomorrow
    await firm.happens(DEAL, expected(today() + timedelta(days=1)))
    await firm.works()
    # then
    assert [effect["type"] for effect in await firm.effects()] == ["task.created.v1"]


@with_rule(timing={"before": {"field": "deal.expected_on", "days": 3}})
async def test_an_action_before_a_date_that_was_cleared_is_withheld(firm: Firm) -> None:
    await firm.happens(DEAL, expected(today() + timedelta(days=30)), timedelta(hours=2))
    await firm.happens(DEAL, opened(), timedelta(hours=1))
    await firm.works()
    await firm.happens(DEAL, expected(None))
    await firm.works()
    assert [effect["reason"] for effect in await firm.effects()] == ["no_date: deal.expected_on"]


@with_rule(timing={"before": {"field": "deal.expected_on", "days": 3}})
async def test_a_worker_that_decided_on_the_old_date_writes_nothing_once_it_has_moved(firm: Firm) -> None:
    # given a worker that holds the firing, whose date has come
    await firm.happens(DEAL, expected(today()), timedelta(hours=2))
    await firm.happens(DEAL, opened(), timedelta(hours=1))
    decided, moved = asyncio.Event(), asyncio.Event()
    handle = Firings(firm.pool, "en", "Europe/Moscow").handle

    async def slowly(tasks: Any) -> Any:
        outcomes = await handle(tasks)
        decided.set()
        await moved.wait()
        return outcomes

    slow = Worker("slow", firm.automation.store, {}, batches={pending.KIND: slowly})
    running = asyncio.create_task(slow.run_due())
    await decided.wait()
    # when the date moves before it writes
    await firm.happens(DEAL, expected(today() + timedelta(days=30)))
    moved.set()
    await running
    await firm.works()
    # then
    assert await firm.effects() == []
    assert len(await firm.waits()) == 1


@with_rule(timing={"after": {"days": 2}})
async def test_nothing_waits_for_a_customer_who_was_erased(firm: Firm) -> None:
    await firm.happens(DEAL, opened())
    assert len(await firm.waits()) == 1
    await firm.happens(CUSTOMER, CustomerErased(customer_id=CUSTOMER))
    assert await firm.waits() == []
    assert await firm.pool.fetchval("SELECT count(*) FROM pending_firings") == 0


@with_rule(timing={"after": {"hours": 1}})
async def test_an_event_that_comes_again_after_its_action_begins_nothing(firm: Firm) -> None:
    await firm.happens(DEAL, opened(), timedelta(hours=2))
    seen = []
    handle = Firings(firm.pool, "en", "Europe/Moscow").handle

    async def watched(tasks: Any) -> Any:
        seen.extend(pending.read(task, "en") for task in tasks)
        return await handle(tasks)

    await Worker("watched", firm.automation.store, {}, batches={pending.KIND: watched}).run_due()
    async with firm.pool.acquire() as connection, connection.transaction():
        await pending.begin(connection, seen)
    assert (len(await firm.effects()), await firm.waits()) == (1, [])


@with_rule(timing={"after": {"hours": 1}})
async def test_many_timers_due_at_once_fire_once_each_with_three_workers(firm: Firm) -> None:
    log, at = Log(), datetime.now(UTC) - timedelta(hours=2)
    for n in range(500):
        deal = deterministic_id("deal", n)
        log.append(deal, opened().model_copy(update={"deal_id": deal}))
    records = [
        received(
            r.recorded().event, r.stream_id, r.position, version=1, shard=r.shard, event_id=r.recorded().id,
            occurred_at=at, recorded_at=at,
        )
        for r in log.records
    ]  # fmt: skip
    await firm.automation.deliver(records)

    async def all_of(worker: Worker) -> None:
        while await worker.run_due():
            pass

    await asyncio.gather(*(all_of(firm.another()) for _ in range(3)))
    assert len({effect["deal_id"] for effect in await firm.effects()}) == len(await firm.effects()) == 500
    assert await firm.waits() == []


def sealed(text: str) -> Any:
    return key_of(CUSTOMER).seal(text)
