"""Tasks whose hour comes: told once, by however many look, and told again of another hour."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from automation.tasks import domain
from automation.tasks.falling_due import PORTION, FallingDue
from automation_world import World, world
from events.decider import execute
from events.store import Append, Cause, append

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANNA = Cause("user:anna", UUID(int=9))


@pytest.fixture
async def automation(new_database: Any) -> AsyncIterator[World]:
    async with world(await new_database("automation")) as made:
        yield made


async def make(automation: World, **fields: Any) -> UUID:
    task_id = uuid4()
    await do(
        automation, task_id, domain.Create(task_id, "call", "Call", **{"due_at": NOON, "assignee": "anna"} | fields)
    )
    return task_id


async def do(automation: World, task_id: UUID, command: domain.Command) -> None:
    await execute(automation.store, domain.TASK, task_id, command, ANNA, NOON - HOUR)
    await automation.settle()


async def look(automation: World, at: datetime) -> int:
    told = await FallingDue(automation.store).look(at)
    await automation.settle()
    return told


async def told(automation: World) -> list[tuple[str, dict[str, Any]]]:
    rows = await automation.appended("task.overdue.v1", "task.reminded.v1")
    return [(row["type"], orjson.loads(row["data"])) for row in rows]


async def test_an_open_task_is_overdue_once_when_its_hour_has_passed(automation: World) -> None:
    task_id = await make(automation)
    assert await look(automation, NOON - timedelta(seconds=1)) == 0
    assert await look(automation, NOON) == 1
    assert await look(automation, NOON + HOUR) == 0
    ((type_, event),) = await told(automation)
    assert (type_, event["task_id"], event["assignee"]) == ("task.overdue.v1", str(task_id), "anna")


async def test_what_is_done_in_time_is_never_overdue(automation: World) -> None:
    task_id = await make(automation)
    await do(automation, task_id, domain.Complete("done"))
    assert await look(automation, NOON + HOUR) == 0


async def test_a_task_put_off_falls_due_at_its_new_hour_again(automation: World) -> None:
    task_id = await make(automation)
    assert await look(automation, NOON) == 1
    await do(automation, task_id, domain.Reschedule(NOON + 2 * HOUR))
    assert await look(automation, NOON + HOUR) == 0
    assert await look(automation, NOON + 2 * HOUR) == 1
    assert [event["due_at"][11:13] for _, event in await told(automation)] == ["12", "14"]


async def test_the_assignee_is_reminded_before_and_then_told_that_it_is_late(automation: World) -> None:
    await make(automation, remind_at=NOON - HOUR)
    assert await look(automation, NOON - HOUR) == 1
    assert await look(automation, NOON) == 1
    assert [type_ for type_, _ in await told(automation)] == ["task.overdue.v1", "task.reminded.v1"]


async def test_one_look_after_a_long_night_tells_of_both_at_once(automation: World) -> None:
    await make(automation, remind_at=NOON - HOUR)
    assert await look(automation, NOON + HOUR) == 1
    assert len(await told(automation)) == 2


async def test_a_look_before_the_table_has_followed_tells_nothing_twice(automation: World) -> None:
    await make(automation)
    looking = FallingDue(automation.store)
    assert await looking.look(NOON) == 1
    assert await looking.look(NOON) == 0
    await automation.settle()
    assert await looking.look(NOON) == 0
    assert len(await told(automation)) == 1


async def test_two_that_look_at_once_tell_of_every_task_once(automation: World) -> None:
    # given more tasks than one look takes
    count = PORTION + 100
    tasks = [(uuid4(), domain.Create(uuid4(), "call", "Call", NOON, "anna")) for _ in range(count)]
    made = [
        Append(create.task_id, 0, domain.TASK.decide(create, domain.NotCreated()), ANNA, NOON - HOUR)
        for _, create in tasks
    ]
    async with automation.pool.acquire() as connection:
        await append(connection, made)
    await automation.settle()
    # when two look until nothing is left
    first, second = (FallingDue(automation.store) for _ in range(2))
    for _ in range(4):
        await asyncio.gather(first.look(NOON), second.look(NOON))
        await automation.settle()
    # then
    overdue = [event["task_id"] for _, event in await told(automation)]
    assert sorted(overdue) == sorted(str(create.task_id) for _, create in tasks)
