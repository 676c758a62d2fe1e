"""What rules make of events, on a real database: the right effects, each once, whatever the order of deliveries."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from automation.actions.effect import Known
from automation.react import Reactions
from automation.rules import matching
from automation.rules.file import load
from automation.rules.rule import Rules
from automation.tables import ORDER, TABLES
from automation_world import WANTED, Story, World, shipped_rules, world
from events.contracts.automation import Cause, MessageSent, TaskAssigned, TaskCompleted, TaskCreated
from events.contracts.deals import PaymentReceived
from events.envelope import Received
from events.replay import replay
from events.store import Append, append_one, deterministic_id
from events.store import Cause as Origin
from events.testing import AT, Log
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

HAND = Origin("user:anna", UUID(int=9))


async def told(automation: World, story: Story) -> None:
    await automation.deliver(story.records)
    await automation.settle()


async def test_a_new_lead_makes_a_task_to_contact_the_customer_within_fifteen_minutes(automation) -> None:
    story = Story()
    story.captured("ivan")

    await told(automation, story)

    (task,) = await automation.tasks()
    assert task["kind"] == "first_contact"
    assert task["due_at"] == AT + timedelta(minutes=15)
    assert (task["lead_id"], task["customer_id"]) == (story.lead("ivan"), story.customer("ivan"))
    assert task["assignee"] is None


async def test_a_task_says_which_rule_and_event_made_it_and_follows_the_trail(automation) -> None:
    story = Story()
    (captured,) = story.captured("ivan")

    await told(automation, story)

    row = await automation.pool.fetchrow("SELECT * FROM events WHERE type = 'task.created.v1'")
    event_id = captured.recorded().id
    cause = orjson.loads(row["data"])["cause"]
    assert (cause["rule"], cause["rule_version"], cause["action"], cause["depth"]) == ("contact-new-lead", 1, "task", 1)
    assert cause["event_id"] == str(event_id)
    assert row["stream_id"] == deterministic_id(event_id, "contact-new-lead", 1, "task")
    assert (row["causation_id"], row["correlation_id"]) == (event_id, captured.recorded().correlation_id)
    assert row["actor"] == "service:automation"


async def test_a_lead_who_names_a_time_is_called_at_that_time(automation) -> None:
    story = Story()
    story.captured("ivan", wanted_call_at=WANTED)
    story.touched("ivan", 1)
    story.touched("ivan", 2, wanted_call_at=WANTED + timedelta(days=1))

    await told(automation, story)

    found = [(task["kind"], task["due_at"]) for task in await automation.tasks()]
    assert sorted(found, key=str) == [("call_back", WANTED), ("call_back", WANTED + timedelta(days=1))]


async def test_a_new_customer_gets_a_welcome_letter_and_a_returning_one_does_not(automation) -> None:
    story = Story()
    story.captured("ivan")
    story.captured("olga", returning=True)

    await told(automation, story)

    (message,) = await automation.messages()
    assert message["customer_id"] == story.customer("ivan")
    assert message["state"] == "requested"
    work = await automation.pool.fetchrow("SELECT id, kind, payload::text FROM tasks")
    assert (work["id"], work["kind"]) == (message["message_id"], "send_message")


async def test_tests_and_imports_are_not_bothered(automation) -> None:
    story = Story()
    story.captured("test", is_test=True)
    story.captured("old", kind="import", intake="import")

    await told(automation, story)

    assert await automation.tasks() == []
    assert await automation.messages() == []


async def test_a_task_goes_to_the_manager_of_its_lead_and_follows_when_the_lead_changes_hands(automation) -> None:
    story = Story()
    story.captured("ivan")
    story.assigned("ivan", "anna")
    await told(automation, story)
    assert [task["assignee"] for task in await automation.tasks()] == ["anna"]

    await automation.deliver(story.assigned("ivan", "boris"))
    await automation.settle()

    assert [task["assignee"] for task in await automation.tasks()] == ["boris"]
    said = [orjson.loads(row["data"]) for row in await automation.appended("task.assigned.v1")]
    assert [(one.get("previous_assignee"), one["assignee"]) for one in said] == [(None, "anna"), ("anna", "boris")]


async def test_a_task_given_by_hand_stays_where_it_was_given(automation) -> None:
    story = Story()
    story.captured("ivan")
    await told(automation, story)
    (task,) = await automation.tasks()
    await by_hand(automation, TaskAssigned(task_id=task["task_id"], assignee="vera"), 1)

    await automation.deliver(story.assigned("ivan", "anna"))
    await automation.settle()

    assert [task["assignee"] for task in await automation.tasks()] == ["vera"]


async def test_a_completed_task_stays_with_whoever_completed_it(automation) -> None:
    story = Story()
    story.captured("ivan")
    story.assigned("ivan", "anna")
    await told(automation, story)
    (task,) = await automation.tasks()
    await by_hand(automation, TaskCompleted(task_id=task["task_id"], result="done"), 2)

    await automation.deliver(story.assigned("ivan", "boris"))
    await automation.settle()

    assert [(task["assignee"], task["state"]) for task in await automation.tasks()] == [("anna", "completed")]


async def test_a_task_made_by_hand_for_a_lead_gets_the_manager_who_is_already_there(automation) -> None:
    story = Story()
    story.assigned("ivan", "anna")
    await told(automation, story)
    task = TaskCreated(
        task_id=UUID(int=5), kind="call", title="Call", due_at=AT, lead_id=story.lead("ivan"), follows_responsible=True
    )

    await by_hand(automation, task, 0)
    await automation.settle()

    assert [task["assignee"] for task in await automation.tasks()] == ["anna"]


async def by_hand(automation: World, event: Any, version: int) -> None:
    async with automation.pool.acquire() as connection:
        await append_one(connection, Append(event.task_id, version, [event], HAND, AT))


async def test_two_consumers_at_once_never_leave_a_task_behind_its_lead(new_database) -> None:
    """The assignment and the task come to two processes in one moment: one of them must see the other."""
    dsn = await new_database("automation")
    async with world(dsn) as one, world(dsn) as two:
        for n in range(12):
            story = Story()
            name = f"lead {n}"
            task = TaskCreated(
                task_id=deterministic_id(n), kind="call", title="Call", due_at=AT, lead_id=story.lead(name),
                follows_responsible=True,
            )  # fmt: skip
            await by_hand(one, task, 0)
            own = await one.own()
            position = await position_after(one, story.lead(name))
            assigned = story.assigned(name, "anna")
            assigned[0].position = position
            await asyncio.gather(one.deliver(own), two.deliver(assigned))
            await one.settle()
        assert {task["assignee"] for task in await one.tasks()} == {"anna"}
        assert len(await one.tasks()) == 12


async def position_after(automation: World, stream_id: UUID) -> int:
    positions = await automation.watermark.positions()
    return positions["voronka.leads.v1", stream_id.int & 15][0] + 1


async def test_an_erased_customer_is_forgotten_here_at_once(new_database) -> None:
    forgotten: list[UUID] = []
    async with world(await new_database("automation"), forget=forgotten.append) as automation:
        story = Story()
        story.registered("ivan", "ivan@example.com", called="Ivan")
        story.told_more("ivan", "ivan@example.org")
        await told(automation, story)
        row = await automation.pool.fetchrow("SELECT name, emails, erased FROM contacts")
        assert len(row["emails"]) == 2
        assert row["name"].startswith("s1.")

        await automation.deliver(story.erased("ivan"))

        row = await automation.pool.fetchrow("SELECT name, emails, erased FROM contacts")
        assert tuple(row) == (None, [], True)
        assert forgotten == [story.customer("ivan")]


LOOP = """
rules:
  - id: ping
    version: 1
    title: {ru: П, en: P}
    trigger: task.created.v1
    actions: [{do: create_task, id: again, kind: call, title: {ru: З, en: C}}]
  - id: start
    version: 1
    title: {ru: С, en: S}
    trigger: lead.captured.v1
    actions: [{do: create_task, id: first, kind: call, title: {ru: З, en: C}}]
  - id: paid
    version: 1
    title: {ru: О, en: P}
    trigger: payment.received.v1
    actions: [{do: send_email, id: thanks, template: welcome}]
"""


@pytest.fixture
def loop(tmp_path: Path) -> Rules:
    (tmp_path / "loop.yaml").write_text(LOOP)
    return load(tmp_path / "loop.yaml", Known(frozenset({"welcome"})))


async def test_rules_that_fire_each_other_are_stopped_after_three_and_it_is_said(new_database, loop) -> None:
    async with world(await new_database("automation"), loop) as automation:
        story = Story()
        story.captured("ivan")

        await told(automation, story)

        created = [orjson.loads(row["data"])["cause"]["depth"] for row in await automation.appended("task.created.v1")]
        assert sorted(created) == [1, 2, 3]
        (suppressed,) = [orjson.loads(row["data"]) for row in await automation.appended("rule.suppressed.v1")]
        assert suppressed["reason"].startswith("loop")
        assert suppressed["cause"]["rule"] == "ping"
        assert suppressed["cause"]["depth"] == 4


def test_whatever_automation_does_by_itself_carries_its_depth(loop) -> None:
    cause = Cause(rule="r", rule_version=1, action="a", event_id=UUID(int=1), event_type="x", depth=3)
    common = {"message_id": UUID(int=2), "customer_id": UUID(int=3), "medium": "email", "template": "t"}
    events = [
        TaskAssigned(task_id=UUID(int=2), assignee="a", cause=cause),
        MessageSent(**common, cause=cause),
        TaskCreated(task_id=UUID(int=2), kind="call", title="x", due_at=AT, cause=cause),
    ]
    for event in events:
        ping = loop.rules[0].model_copy(update={"trigger": event.type})
        (record,) = Log().append(UUID(int=2), event)
        (fired,) = matching.fired(Rules((ping,)), record.recorded(), "en")
        effect = fired.effect()
        assert effect.event.type == "rule.suppressed.v1"


async def test_a_letter_to_nobody_known_is_suppressed_and_it_is_said(new_database, loop) -> None:
    async with world(await new_database("automation"), loop) as automation:
        log = Log()
        payment = PaymentReceived(
            payment_id=UUID(int=1), provider="p", provider_payment_id="1", reference="?",
            received={"amount": "1", "currency": "RUB"},
        )  # fmt: skip

        await automation.deliver(log.append(UUID(int=1), payment))
        await automation.settle()

        (suppressed,) = [orjson.loads(row["data"]) for row in await automation.appended("rule.suppressed.v1")]
        assert suppressed["reason"] == "no_customer"
        assert await automation.messages() == []


async def test_a_poison_event_is_set_apart_and_the_others_have_their_effects(automation) -> None:
    story = Story()
    for name in ("ivan", "olga", "petr"):
        story.captured(name)
    story.assigned("olga", "anna")
    records = list(story.records)
    poisoned = next(n for n, record in enumerate(records) if record.stream_id == story.lead("olga"))
    records[poisoned].body = b'{"lead_id": 1}'

    await automation.deliver(records)
    await automation.settle()

    assert {task["lead_id"] for task in await automation.tasks()} == {story.lead("ivan"), story.lead("petr")}
    parked = await automation.pool.fetch("SELECT type, reason FROM quarantine ORDER BY type")
    assert [tuple(row) for row in parked] == [("lead.assigned.v1", "Parked"), ("lead.captured.v1", "ValidationError")]


async def test_events_of_a_later_release_are_skipped(automation) -> None:
    story = Story()
    (captured,) = story.captured("ivan")
    captured.type = "lead.teleported.v1"

    outcome = await automation.deliver([captured])

    assert (outcome.applied, outcome.quarantined) == (1, 0)


def test_every_table_statement_has_its_place_in_the_order() -> None:
    assert sorted(ORDER) == sorted(TABLES.statements)


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """One to three people; each stream's events in an order that leads could have written."""
    story = Story()
    for name in draw(st.lists(st.sampled_from(["ivan", "olga", "petr"]), min_size=1, max_size=3, unique=True)):
        story.registered(name, *draw(st.sampled_from([(), ("a@example.com",), ("a@example.com", "b@example.com")])))
        wanted = draw(st.sampled_from([None, WANTED]))
        story.captured(name, returning=draw(st.booleans()), wanted_call_at=wanted)
        for manager in draw(st.lists(st.sampled_from(["anna", "boris", "vera"]), max_size=3)):
            story.assigned(name, manager)
        for number in range(draw(st.integers(0, 2))):
            story.touched(name, number + 1, wanted_call_at=draw(st.sampled_from([None, WANTED])))
        if draw(st.booleans()):
            story.told_more(name, "c@example.com")
        if draw(st.booleans()):
            story.erased(name)
    return story


async def outcome_of(automation: World) -> dict[str, Any]:
    """All that is made of a story, but how often a task changed hands on its way: that depends on the order."""
    works = await automation.pool.fetch("SELECT id, kind, payload::text, due_at FROM tasks ORDER BY id")
    contacts = await automation.pool.fetch("SELECT * FROM contacts ORDER BY customer_id")
    # When the service said something itself is when it got round to it.
    facts = await automation.pool.fetch(
        "SELECT subject_id, subject, name, event_id, version, value,"
        " CASE WHEN subject <> 'message' THEN recorded_at END FROM facts ORDER BY subject_id, name, event_id"
    )
    happenings = await automation.pool.fetch("SELECT event_id, customer_id, type FROM happenings ORDER BY event_id")
    return {
        "facts": [tuple(row) for row in facts],
        "happenings": [tuple(row) for row in happenings],
        "tasks": await automation.tasks(),
        "messages": await automation.messages(),
        "works": [tuple(row) for row in works],
        "contacts": [tuple(row) for row in contacts],
        "events": await automation.appended("task.created.v1", "message.requested.v1", "rule.suppressed.v1"),
    }


async def empty(automation: World) -> None:
    """A database as new: only the superuser of a test can empty a log."""
    async with automation.pool.acquire() as connection:
        await connection.execute(
            "SET session_replication_role = replica;"
            "TRUNCATE events, watermarks, quarantine, tasks, contacts, lead_responsible, manager_tasks, messages,"
            " customers_in_hand, customer_handovers, facts, happenings CASCADE;"
            "SET session_replication_role = DEFAULT"
        )
    await automation.watermark.prepare()


@given(story=stories(), data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_duplication_regrouping_and_interleaving_makes_the_same_tasks_and_letters(
    automation_dsn: str, story: Story, data: st.DataObject
) -> None:
    deliveries, own_after = interleaved(story, data)

    async def scenario() -> tuple[dict[str, Any], dict[str, Any]]:
        async with world(automation_dsn) as automation:
            await empty(automation)
            for record in story.records:
                await automation.deliver([record])
                await automation.settle()
            plain = await outcome_of(automation)
            await empty(automation)
            for batch, own in zip(deliveries, own_after, strict=True):
                await automation.deliver(batch)
                await automation.deliver((await automation.own())[:own])
            await automation.settle()
            await automation.deliver(story.records)
            await automation.settle()
            return plain, await outcome_of(automation)

    plain, shuffled = asyncio.run(scenario())
    assert shuffled == plain


def interleaved(story: Story, data: st.DataObject) -> tuple[list[list[Received]], list[int]]:
    """Batches over all shards in any order between them, some delivered twice; and how many own events come between."""
    queues = [list(shard) for shard in story.log.by_shard()]
    line: list[Received] = []
    while any(queues):
        queue = data.draw(st.sampled_from([q for q in queues if q]))
        line.append(queue.pop(0))
        if data.draw(st.booleans()):
            line.append(data.draw(st.sampled_from([r for r in line if r.shard == line[-1].shard])))
    cuts = sorted({0, len(line), *data.draw(st.lists(st.integers(0, len(line)), max_size=6))})
    batches = [line[start:end] for start, end in pairwise(cuts)]
    return batches, data.draw(st.lists(st.integers(0, 4), min_size=len(batches), max_size=len(batches)))


@pytest.fixture
async def automation_dsn(new_database) -> str:
    return await new_database("automation")


async def test_a_replay_from_quarantine_has_the_effect_that_was_missing_and_no_other(automation) -> None:
    story = Story()
    (captured,) = story.captured("ivan")
    body, captured.body = captured.body, b"{}"
    await automation.deliver([captured])
    assert await automation.tasks() == []
    await automation.pool.execute("UPDATE quarantine SET body = $1", body)

    async with automation.pool.acquire() as connection:
        for _ in range(2):
            await replay(connection, "automation.rules", Reactions(shipped_rules(), "en", lambda _: None).apply)
    await automation.settle()

    assert len(await automation.tasks()) == 1
    assert len(await automation.messages()) == 1


async def test_the_rules_change_version_and_old_effects_stay_as_they_are(new_database, loop) -> None:
    dsn = await new_database("automation")
    story = Story()
    start = loop.rules[1]
    async with world(dsn, Rules((start,))) as automation:
        await automation.deliver(story.captured("ivan"))
        await automation.settle()
    async with world(dsn, Rules((start.model_copy(update={"version": 2}),))) as automation:
        await automation.deliver([*story.records, *story.captured("olga")])
        await automation.settle()
        causes = [orjson.loads(row["data"])["cause"] for row in await automation.appended("task.created.v1")]
        assert sorted(cause["rule_version"] for cause in causes) == [1, 2]
