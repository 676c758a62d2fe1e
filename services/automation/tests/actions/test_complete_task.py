"""Tasks whose reason is gone are completed by a rule: those that were there before, whatever is heard of first."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from automation.actions.effect import Known
from automation.rules.file import load
from automation.rules.rule import Rules
from automation.tasks.completing import complete
from automation.tasks.following import follow
from automation_world import Story, World, world
from events.contracts.automation import TaskCreated
from events.contracts.leads import LeadQualified
from events.store import Append, append_one, deterministic_id
from events.store import Cause as Origin
from events.testing import AT

RULES = """
rules:
  - id: contact
    version: 1
    title: {ru: С, en: C}
    trigger: lead.captured.v1
    actions:
      - {do: create_task, id: call, kind: call, title: {ru: З, en: C}, assignee: responsible}
      - {do: create_task, id: offer, kind: send_offer, title: {ru: П, en: O}}
  - id: done
    version: 1
    title: {ru: Г, en: D}
    trigger: lead.qualified.v1
    actions: [{do: complete_task, id: done, kinds: [call], result: done}]
"""


@pytest.fixture
def rules(tmp_path: Path) -> Rules:
    (tmp_path / "rules.yaml").write_text(RULES)
    return load(tmp_path / "rules.yaml", Known(frozenset()))


def story(*names: str) -> Story:
    made = Story()
    for n, name in enumerate(names):
        made.captured(name)
        made.assigned(name, "anna")
        event = LeadQualified(lead_id=made.lead(name), customer_id=made.customer(name), temperature="hot")
        made.log.append(made.lead(name), event, occurred_at=AT + timedelta(hours=n + 1))
        made.assigned(name, "boris")
    return made


async def states(automation: World) -> dict[tuple[UUID, str], str]:
    return {(task["lead_id"], task["kind"]): task["state"] for task in await automation.tasks()}


async def test_the_tasks_named_are_completed_and_others_stay(new_database, rules) -> None:
    told = story("ivan")
    async with world(await new_database("automation"), rules, others=(follow, complete)) as automation:
        await automation.deliver(told.records)
        await automation.settle()
        lead = told.lead("ivan")
        assert await states(automation) == {(lead, "call"): "completed", (lead, "send_offer"): "open"}
        (done,) = [orjson.loads(row["data"]) for row in await automation.appended("task.completed.v1")]
        assert (done["result"], done["cause"]["rule"], done["cause"]["depth"]) == ("done", "done", 1)


async def test_a_task_that_was_made_after_the_wish_stays_open(new_database, rules) -> None:
    told = story("ivan")
    async with world(await new_database("automation"), rules, others=(follow, complete)) as automation:
        await automation.deliver(told.records)
        await automation.settle()
        later = TaskCreated(
            task_id=UUID(int=5), kind="call", title="Call", due_at=AT, lead_id=told.lead("ivan"), assignee="anna"
        )
        await by_hand(automation, later, AT + timedelta(hours=5))
        earlier = later.model_copy(update={"task_id": UUID(int=6)})
        await by_hand(automation, earlier, AT)
        await automation.settle()
        found = {task["task_id"]: task["state"] for task in await automation.tasks()}
        assert (found[UUID(int=5)], found[UUID(int=6)]) == ("open", "completed")


async def by_hand(automation: World, event: TaskCreated, at: Any) -> None:
    async with automation.pool.acquire() as connection:
        await append_one(connection, Append(event.task_id, 0, [event], Origin("user:anna", UUID(int=9)), at))


async def test_in_whatever_order_events_come_the_same_tasks_are_done_once(new_database, rules) -> None:
    told = story("ivan", "olga")
    found: list[Any] = []
    async with world(await new_database("automation"), rules, others=(follow, complete)) as automation:
        for seed in range(8):
            dice, shards = random.Random(seed), [list(shard) for shard in told.log.by_shard()]
            while any(shards):
                shard = dice.choice([one for one in shards if one])
                cut = dice.randint(1, len(shard))
                await automation.deliver(shard[:cut])
                if dice.random() < 0.5:
                    await automation.deliver(await automation.own())
                del shard[:cut]
            await automation.settle()
            done = await automation.appended("task.completed.v1")
            found.append((sorted(map(str, (await states(automation)).items())), sorted(row["data"] for row in done)))
            assert len(done) == 2
            await empty(automation)
    assert all(one == found[0] for one in found)


async def empty(automation: World) -> None:
    async with automation.pool.acquire() as connection:
        tables = await connection.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            " AND tablename NOT IN ('schema_migrations', 'relay_cursors', 'watermarks')"
        )
        names = ", ".join(row["tablename"] for row in tables)
        await connection.execute(
            f"SET session_replication_role = replica; TRUNCATE {names} CASCADE;"
            " UPDATE watermarks SET position = 0; SET session_replication_role = origin"
        )


async def test_two_consumers_at_once_never_leave_a_task_open_that_was_to_be_done(new_database, rules) -> None:
    """The task and the wish come to two processes in one moment: one of them must see the other."""
    dsn, react = await new_database("automation"), (follow, complete)
    async with world(dsn, rules, others=react) as one, world(dsn, rules, others=react) as two:
        for n in range(10):
            told = story(f"lead {n}")
            lead = told.lead(f"lead {n}")
            task = TaskCreated(task_id=deterministic_id(n), kind="call", title="Call", due_at=AT, lead_id=lead)
            await by_hand(one, task, AT - timedelta(hours=1))
            own = await one.own()
            positions = await one.watermark.positions()
            records = told.records[2:3]
            records[0].position = positions["voronka.leads.v1", lead.int & 15][0] + 1
            await asyncio.gather(one.deliver(own), two.deliver(records))
            await one.settle()
        assert {task["state"] for task in await one.tasks()} == {"completed"}
        assert len(await one.tasks()) == 10
