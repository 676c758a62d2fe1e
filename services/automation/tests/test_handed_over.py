"""Tasks of a manager go with his customer, once, whatever comes first; those of the new manager stay his."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from automation_world import Story, World, world
from events.contracts.automation import TaskAssigned, TaskCompleted, TaskCreated
from events.contracts.leads import CustomerResponsibleChanged
from events.envelope import Received
from events.event import Event
from events.store import Append, append_one
from events.store import Cause as Origin
from events.testing import AT

HAND = Origin("user:anna", UUID(int=9))
HOUR = timedelta(hours=1)


def handed(story: Story, was: str | None, to: str | None, at: datetime, name: str = "ivan") -> list[Received]:
    """The customer's manager changed."""
    event = CustomerResponsibleChanged(
        customer_id=story.customer(name), manager_id=to, previous_manager_id=was, reason="holiday", handover_id=uuid4()
    )
    return story.log.append(story.customer(name), event, occurred_at=at)


async def make(automation: World, assignee: str | None, at: datetime = AT, **more: Any) -> UUID:
    """A task made by hand, in the log of the service; its consumer has not seen it."""
    task_id = uuid4()
    story = Story()
    about: dict[str, Any] = {"customer_id": story.customer("ivan"), **more}
    task = TaskCreated(task_id=task_id, kind="call", title="Call", due_at=AT, assignee=assignee, **about)
    await write(automation, task, 0, at)
    return task_id


async def write(automation: World, event: Event, version: int, at: datetime) -> None:
    async with automation.pool.acquire() as connection:
        await append_one(connection, Append(event.task_id, version, [event], HAND, at))  # type: ignore[attr-defined]


async def assignees(automation: World) -> list[str | None]:
    await automation.settle()
    return [task["assignee"] for task in await automation.tasks()]


@pytest.fixture
async def automation(new_database: Any) -> Any:
    async with world(await new_database("automation")) as made:
        yield made


async def test_a_task_goes_with_the_customer_and_comes_back_with_him(automation: World) -> None:
    story = Story()
    await make(automation, "anna")
    assert await assignees(automation) == ["anna"]
    away = handed(story, "anna", "boris", AT + HOUR)
    await automation.deliver(away)
    assert await assignees(automation) == ["boris"]
    back = handed(story, "boris", "anna", AT + 2 * HOUR)
    await automation.deliver(back)
    assert await assignees(automation) == ["anna"]
    await automation.deliver([*away, *back])
    assert await assignees(automation) == ["anna"]
    said = [orjson.loads(row["data"]) for row in await automation.appended("task.assigned.v1")]
    assert [(one["previous_assignee"], one["assignee"]) for one in said] == [("anna", "boris"), ("boris", "anna")]


async def test_only_open_tasks_of_the_manager_before_go_along(automation: World) -> None:
    story = Story()
    done = await make(automation, "anna")
    await write(automation, TaskCompleted(task_id=done, result="done"), 1, AT)
    other = await make(automation, "vera")
    nobodys = await make(automation, None)
    elsewhere = await make(automation, "anna", customer_id=story.customer("olga"))
    await automation.settle()
    await automation.deliver(handed(story, "anna", "boris", AT + HOUR))
    await automation.deliver(handed(story, None, "gleb", AT + HOUR, "petr"))
    later = await make(automation, "anna", AT + 2 * HOUR)
    await automation.settle()
    now = {task["task_id"]: task["assignee"] for task in await automation.tasks()}
    assert now == {done: "anna", other: "vera", nobodys: None, elsewhere: "anna", later: "anna"}


async def test_a_task_given_away_before_does_not_follow_and_one_given_to_him_does(
    automation: World,
) -> None:
    story = Story()
    away, his = await make(automation, "anna"), await make(automation, "vera")
    await write(automation, TaskAssigned(task_id=away, assignee="vera"), 1, AT + HOUR)
    await write(automation, TaskAssigned(task_id=his, assignee="anna"), 1, AT + HOUR)
    await automation.deliver(handed(story, "anna", "boris", AT + 2 * HOUR))
    await automation.settle()
    now = {task["task_id"]: task["assignee"] for task in await automation.tasks()}
    assert now == {away: "vera", his: "boris"}


@pytest.mark.parametrize("order", sorted(permutations(("task", "first", "second"))), ids="-".join)
async def test_whatever_comes_first_a_task_ends_with_the_last_manager(
    automation: World, order: tuple[str, ...]
) -> None:
    """The two logs are read independently: of the customer's two changes the second cannot come before the first."""
    story = Story()
    changes = [*handed(story, "anna", "boris", AT + HOUR), *handed(story, "boris", "vera", AT + 2 * HOUR)]
    await make(automation, "anna")
    waiting = list(changes)
    for what in order:
        if what == "task":
            await automation.deliver((await automation.own())[:1])
        else:
            await automation.deliver([waiting.pop(0)])
    assert await assignees(automation) == ["vera"]


async def test_two_processes_at_the_same_moment_miss_nothing(new_database: Any) -> None:
    dsn = await new_database("automation")
    async with world(dsn) as one, world(dsn) as other:
        for n in range(10):
            story, name = Story(), f"customer {n}"
            await make(one, "anna", customer_id=story.customer(name))
            own = await one.own()
            changed = handed(story, "anna", "boris", AT + HOUR, name)
            await asyncio.gather(one.deliver(own), other.watermark.apply(_placed(changed, n)))
            assert "anna" not in await assignees(one)


def _placed(records: list[Received], number: int) -> list[Received]:
    """Records of their own log, one after the other in a shard for each."""
    for record in records:
        record.shard, record.position, record.offset = number, 1, 0
    return records
