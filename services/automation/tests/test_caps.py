"""How often a rule may act for one customer: the same matches are let through, whatever the order of work."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from automation.rules.caps import Match, told_off
from automation.rules.rule import Cap, Rule, Rules
from automation.timing import pending
from automation.timing.firings import Firings
from automation_world import Story, World, world
from events.contracts.leads import CustomerErased, CustomerTagged
from events.tasks import Worker
from events.testing import AT, Log
from hypothesis import given
from hypothesis import strategies as st

TITLE = {"ru": "Задача", "en": "Task"}
TASK = {"do": "create_task", "id": "task", "kind": "call", "title": TITLE}
CAPPED = Rule.model_validate(
    {
        "id": "capped",
        "version": 1,
        "title": TITLE,
        "trigger": "customer.tagged.v1",
        "when": "'count' in event.tags",
        "where": "!('not-now' in customer.tags)",
        "per_customer": {"times": 2, "hours": 10},
        "actions": [TASK, TASK | {"id": "second"}],
    }
)


def match(n: int, hour: int, holds: bool = True) -> Match:
    return Match(UUID(int=n), AT + timedelta(hours=hour), None, holds)


def test_no_more_than_so_many_are_let_through_within_the_window() -> None:
    told = told_off([match(1, 0), match(2, 1), match(3, 2), match(4, 10), match(5, 11)], Cap(times=2, hours=10))
    assert list(told.values()) == ["through", "through", "withheld", "through", "through"]


def test_what_where_does_not_hold_for_counts_for_nothing() -> None:
    told = told_off([match(1, 0, holds=False), match(2, 1), match(3, 2)], Cap(times=1, days=1))
    assert list(told.values()) == ["no", "through", "withheld"]


@given(
    st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=12),
    st.integers(1, 3),
    st.integers(1, 12),
    st.data(),
)
def test_in_whatever_order_matches_become_known_the_verdicts_are_the_same(
    told: list[tuple[int, bool]], times: int, hours: int, data: Any
) -> None:
    cap = Cap(times=times, hours=hours)
    matches = [match(n, hour, holds) for n, (hour, holds) in enumerate(sorted(told))]
    expected = told_off(matches, cap)
    known: dict[UUID, Any] = {}
    for some in data.draw(st.lists(st.sets(st.sampled_from(matches)) if matches else st.just(set()), max_size=5)):
        seen = [
            Match(one.event_id, one.recorded_at, known.get(one.event_id), one.holds if one in some else None)
            for one in matches
        ]
        known |= told_off(seen, cap)
    assert known.items() <= expected.items()
    let_through = [one.recorded_at for one in matches if expected[one.event_id] == "through"]
    for at in let_through:
        assert len([other for other in let_through if at - cap.window < other <= at]) <= times


class Firm:
    """The service on a database with the rule, and events of one customer, an hour apart, long ago."""

    def __init__(self, automation: World) -> None:
        self.automation, self.log = automation, Log()

    def tagged(self, *hours: int, tag: str = "count") -> None:
        customer = Story.customer("ivan")
        for hour in hours:
            event = CustomerTagged(customer_id=customer, tags=(tag,))
            self.log.append(customer, event, occurred_at=AT + timedelta(hours=hour))

    async def works(self, concurrency: int = 200) -> None:
        firings = Firings(self.automation.pool, "en", "Europe/Moscow")
        batches = {pending.KIND: firings.handle}
        worker = Worker("firings", self.automation.store, {}, batches=batches, concurrency=concurrency)
        while await self.automation.pool.fetchval("SELECT count(*) FROM tasks WHERE kind = 'firing'"):
            await self.automation.pool.execute("UPDATE tasks SET due_at = now() - interval '1 s'")
            await worker.run_due()

    async def done(self) -> list[datetime]:
        """When what had an effect was recorded."""
        return await self._recorded("task.created.v1")

    async def withheld(self) -> list[datetime]:
        return await self._recorded("rule.suppressed.v1")

    async def _recorded(self, type_: str) -> list[datetime]:
        at = {record.recorded().id: record.recorded().recorded_at for record in self.log.records}
        rows = await self.automation.appended(type_)
        return sorted({at[UUID(orjson.loads(row["data"])["cause"]["event_id"])] for row in rows})


@pytest.fixture
async def firm(new_database: Any) -> Any:
    async with world(await new_database("automation"), Rules((CAPPED,))) as automation:
        await automation.pool.execute("INSERT INTO read_until VALUES ('voronka.leads.v1', 0, now() + interval '1 day')")
        yield Firm(automation)


@pytest.mark.parametrize("concurrency", [1, 3, 200])
async def test_a_rule_acts_so_often_for_a_customer_and_what_it_withheld_is_told(firm: Firm, concurrency: int) -> None:
    firm.tagged(0, 1, 2, 3)
    firm.tagged(20, tag="not-now")
    firm.tagged(21)

    await firm.automation.deliver(firm.log.records)
    await firm.works(concurrency)

    assert await firm.done() == [AT, AT + timedelta(hours=1)]
    assert await firm.withheld() == [AT + timedelta(hours=2), AT + timedelta(hours=3)]
    rows = await firm.automation.appended("rule.suppressed.v1")
    assert {orjson.loads(row["data"])["reason"] for row in rows} == {"cap: 2 for one customer"}
    assert len(rows) == 4


async def test_an_event_that_comes_again_is_told_off_once(firm: Firm) -> None:
    firm.tagged(0, 1, 2)
    for _ in range(2):
        await firm.automation.deliver(firm.log.records)
        await firm.automation.pool.execute("UPDATE watermarks SET position = 0, kafka_offset = NULL")
        await firm.works()

    assert len(await firm.done()) == 2
    assert await firm.automation.pool.fetchval("SELECT count(*) FROM rule_matches") == 3


async def test_nothing_is_kept_of_a_customer_who_was_erased(firm: Firm) -> None:
    firm.tagged(0)
    firm.log.append(Story.customer("ivan"), CustomerErased(customer_id=Story.customer("ivan")))
    await firm.automation.deliver(firm.log.records)
    assert await firm.automation.pool.fetchval("SELECT count(*) FROM tasks") == 0
