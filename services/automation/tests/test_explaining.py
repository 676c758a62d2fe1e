"""Why an action was done, or not: ``still``, which is asked when the waiting ends, is taken apart as it was then."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from automation.main import parts
from automation.timing import pending
from automation.timing.firings import Firings
from automation_service import Service, serving
from automation_world import Story, World, key_of, world
from events.contracts.automation import TaskCompleted
from events.contracts.leads import CustomerBlacklisted, CustomerBlacklistLifted, CustomerTagged
from events.event import Event
from events.store import Append, Cause, deterministic_id
from events.tasks import Worker

OLGA, IVAN = Story.customer("olga"), Story.customer("ivan")
TITLE = {"ru": "Позвонить", "en": "Call"}
WANTED = "customer.open_deals == 0 && ('vip' in customer.tags || !customer.is_blacklisted)"
TASK = {"do": "create_task", "kind": "call", "title": TITLE, "assignee": "anna"}
CALL = {
    "title": TITLE,
    "trigger": "task.completed.v1",
    "actions": [TASK | {"id": "call", "still": WANTED}, TASK | {"id": "any"}],
}


@dataclass
class Firm:
    """The service with one rule, its consumer, and the worker of what waits."""

    service: Service
    automation: World
    worker: Worker
    story: Story = field(default_factory=Story)

    async def task_of(self, customer_id: UUID) -> UUID:
        """A task of the customer's is done, which fires the rule; returns the event."""
        task = deterministic_id("task", customer_id)
        done = TaskCompleted(task_id=task, result="done", customer_id=customer_id)
        now = await self.automation.pool.fetchval("SELECT clock_timestamp()")
        await self.automation.store.commit(Append(task, 0, [done], Cause("t", task), now))
        await self.automation.settle()
        event: UUID = await self.automation.pool.fetchval("SELECT id FROM events WHERE stream_id = $1", task)
        return event

    async def told(self, name: str, event: Event) -> None:
        records = self.story.told(name, event)
        at = await self.automation.pool.fetchval("SELECT clock_timestamp()")
        records[0].attributes["ce_recordedtime"] = at.isoformat().encode()
        await self.automation.deliver(records)

    async def explained(self, event: UUID) -> Any:
        why = await self.service.call("GET", f"/rules/call/explanation?event_id={event}")
        call, other = why["actions"]
        assert (other["still"], other["asked_at"]) == (None, None)
        return call


@pytest.fixture
async def firm(new_database: Any) -> AsyncIterator[Firm]:
    dsn = await new_database("automation")
    async with serving(dsn) as service:
        await service.call("PUT", "/rules/call", CALL, 201)
        await service.call("POST", "/rules/call/enable", {})
        async with world(dsn, parts(service.runtime).rules.rules) as automation:
            firings = Firings(automation.pool, "en", "Europe/Moscow")
            worker = Worker("firings", automation.store, {}, batches={pending.KIND: firings.handle}, concurrency=9)
            yield Firm(service, automation, worker)


def blacklisted(customer_id: UUID) -> Event:
    return CustomerBlacklisted(customer_id=customer_id, reason=key_of(customer_id).seal("rude"))


async def test_still_is_told_part_by_part_as_of_now_and_then_as_of_when_it_was_decided(firm) -> None:
    olgas, ivans = await firm.task_of(OLGA), await firm.task_of(IVAN)
    await firm.told("olga", CustomerTagged(customer_id=OLGA, tags=("late",)))
    waits = await firm.explained(olgas)
    assert (waits["outcome"], waits["still"]["value"]) == ("waiting", True)

    await firm.told("olga", blacklisted(OLGA))
    while await firm.worker.run_due():
        pass
    await firm.told("olga", CustomerBlacklistLifted(customer_id=OLGA))
    await firm.told("ivan", blacklisted(IVAN))

    withheld, done = await firm.explained(olgas), await firm.explained(ivans)
    assert (withheld["outcome"], withheld["reason"]) == ("withheld", "not_wanted_any_more")
    still = withheld["still"]
    assert (still["text"], still["value"], still["joined_by"]) == (WANTED, False, "&&")
    no_deals, either = still["parts"]
    assert (no_deals["value"], no_deals["asked"]) == (True, {"customer.open_deals": 0})
    assert (either["value"], either["joined_by"]) == (False, "||")
    assert [part["asked"] for part in either["parts"]] == [
        {"customer.tags": ["late"]},
        {"customer.is_blacklisted": True},
    ]
    assert (done["outcome"], done["still"]["value"]) == ("done", True)
    assert waits["asked_at"] < withheld["asked_at"] == (await firm.explained(olgas))["asked_at"]
