"""Mailings: everybody gets one message, portion by portion; a mailing that is stopped says nothing more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest
from automation.mailings import desk
from automation.mailings.domain import MAILING, Known, Prepare, Request, Start, Stop
from automation.mailings.wiring import MailingsWiring
from automation_service import Service, serving
from automation_world import Story, World, world
from events.contracts.automation import MailingFinished, MailingPrepared, MailingStarted, MailingStopped
from events.contracts.leads import CustomerTagged
from events.decider import Rejected
from events.tasks import Worker
from hypothesis import given
from hypothesis import strategies as st

SPRING = {"title": "Spring prices", "template": "welcome", "per_minute": 2}


@dataclass
class Firm:
    """The service, its consumer, and the worker; minutes pass by changing when tasks are due."""

    automation: World
    service: Service
    worker: Worker
    story: Story = field(default_factory=Story)

    async def call(self, method: str, path: str, body: Any = None, status: int = 200, **headers: str) -> Any:
        return await self.service.call(method, f"/mailings{path}", body, status, **headers)

    async def prepared(self, *customers: str, **more: Any) -> str:
        mailing = await self.call("POST", "", SPRING | more, status=201)
        if customers:
            ids = [str(Story.customer(name)) for name in customers]
            await self.call("POST", f"/{mailing['mailing_id']}/recipients", {"customer_ids": ids})
        return str(mailing["mailing_id"])

    async def minutes_pass(self) -> None:
        await self.automation.pool.execute("UPDATE tasks SET due_at = now() WHERE kind LIKE 'mailing%'")
        await self.worker.run_due()
        await self.automation.settle()

    async def written_to(self) -> list[UUID]:
        return [row["customer_id"] for row in await self.automation.messages()]


@pytest.fixture
async def firm(new_database: Any) -> AsyncIterator[Firm]:
    dsn = await new_database("automation")
    async with serving(dsn) as service, world(dsn) as automation:
        (worker,) = service.package(MailingsWiring).components()
        assert isinstance(worker, Worker)
        yield Firm(automation, service, worker)


async def test_everybody_gets_one_message_a_portion_a_minute(firm) -> None:
    mailing = await firm.prepared("olga", "ivan", "anna", "boris", "olga")
    await firm.call("POST", f"/{mailing}/start", {})
    portions = []
    for _ in range(4):
        await firm.minutes_pass()
        portions.append(len(await firm.written_to()))

    assert portions == [2, 4, 4, 4]
    assert set(await firm.written_to()) == {Story.customer(name) for name in ("olga", "ivan", "anna", "boris")}
    there = await firm.call("GET", f"/{mailing}")
    assert (there["state"], there["progress"]["recipients"], there["progress"]["requested"]) == ("finished", 4, 4)


async def test_whoever_a_condition_holds_for_is_written_to_besides_those_who_were_named(firm) -> None:
    for name in ("olga", "ivan", "anna"):
        await firm.automation.deliver(firm.story.registered(name, f"{name}@example.com"))
    olga = Story.customer("olga")
    await firm.automation.deliver(firm.story.log.append(olga, CustomerTagged(customer_id=olga, tags=("vip",))))
    mailing = await firm.prepared("ivan", where="'vip' in customer.tags")
    await firm.call("POST", f"/{mailing}/start", {})
    for _ in range(3):
        await firm.minutes_pass()
    assert set(await firm.written_to()) == {olga, Story.customer("ivan")}


async def test_a_mailing_that_is_stopped_says_nothing_more_and_calls_back_what_was_not_begun(firm) -> None:
    mailing = await firm.prepared("olga", "ivan", "anna", "boris")
    await firm.call("POST", f"/{mailing}/start", {})
    await firm.minutes_pass()
    stopped = await firm.call("POST", f"/{mailing}/stop")
    await firm.automation.settle()
    await firm.minutes_pass()

    assert stopped["state"] == "stopped"
    assert {row["reason"] for row in await firm.automation.messages()} == {"mailing_stopped"}
    assert await firm.automation.pool.fetchval("SELECT count(*) FROM tasks WHERE kind = 'send_message'") == 0
    page = await firm.call("GET", f"/{mailing}/recipients?limit=3")
    rest = await firm.call("GET", f"/{mailing}/recipients?after={page['next']}")
    states = sorted(one["state"] for one in page["recipients"] + rest["recipients"])
    assert states == ["failed", "failed", "waiting", "waiting"]


async def test_workers_at_once_and_one_that_died_write_to_everybody_once(firm) -> None:
    mailing = await firm.prepared(*(f"customer {n}" for n in range(30)), per_minute=10)
    await firm.call("POST", f"/{mailing}/start", {})
    await firm.automation.pool.execute(
        "UPDATE tasks SET lease = gen_random_uuid(), leased_until = now() - interval '1 s' WHERE kind LIKE 'mailing%'"
    )
    for _ in range(4):
        await firm.automation.pool.execute("UPDATE tasks SET due_at = now() WHERE kind LIKE 'mailing%'")
        await asyncio.gather(*(firm.worker.run_due() for _ in range(3)))
    await firm.automation.settle()
    assert len(await firm.written_to()) == len(set(await firm.written_to())) == 30


async def test_what_is_wrong_is_said_with_its_place_and_a_repeat_prepares_one_mailing(firm) -> None:
    wrong = SPRING | {"template": "gone", "where": "customer.height > 2"}
    faults = await firm.call("POST", "", wrong, status=422)
    assert {one["pointer"] for one in faults["errors"]} == {"#/template", "#/where"}
    first = await firm.call("POST", "", SPRING, status=201, idempotency_key="spring")
    again = await firm.call("POST", "", SPRING, status=201, idempotency_key="spring")
    assert first["mailing_id"] == again["mailing_id"]
    await firm.call("POST", "", SPRING | {"title": "Other"}, status=409, idempotency_key="spring")
    assert len((await firm.call("GET", ""))["mailings"]) == 1
    await firm.call("POST", f"/{first['mailing_id']}/start", {})
    late = {"customer_ids": [str(Story.customer("late"))]}
    await firm.call("POST", f"/{first['mailing_id']}/recipients", late, status=409)


async def test_a_condition_that_could_cost_too_much_is_refused_with_its_place_and_a_stored_one_stops_the_mailing(
    firm, monkeypatch
) -> None:
    """Given a mailing that an earlier release took, a draft tells its fault and does not start; one that runs stops."""
    dear = {"where": "customer.tags.map(t, customer.tags).size() > 0"}
    refused = await firm.call("POST", "", SPRING | dear, status=422)
    assert [(one["pointer"], one["detail"].partition(":")[0]) for one in refused["errors"]] == [
        ("#/where", "character 15")
    ]
    await firm.automation.deliver(firm.story.registered("olga", "olga@example.com"))
    with monkeypatch.context() as earlier:
        earlier.setattr(desk, "check_where", lambda condition, event: ())
        draft, runs = await firm.prepared(**dear), await firm.prepared(**dear)
        await firm.call("POST", f"/{runs}/start", {})
    (fault,) = (await firm.call("GET", f"/{draft}"))["faults"]
    assert fault.startswith(".where: character 15")
    await firm.call("POST", f"/{draft}/start", {}, status=422)

    await firm.minutes_pass()

    assert (await firm.call("GET", f"/{runs}"))["state"] == "stopped"
    (stopped,) = await firm.automation.appended("mailing.stopped.v1")
    assert orjson.loads(stopped["data"])["reason"] == "over_limit"


async def test_customers_of_whom_a_condition_could_not_be_asked_are_counted(firm) -> None:
    for name, tags in (("olga", [f"t{n}" for n in range(201)]), ("ivan", ["t7"])):
        await firm.automation.deliver(firm.story.registered(name, f"{name}@example.com"))
        tagged = CustomerTagged(customer_id=Story.customer(name), tags=tuple(tags))
        await firm.automation.deliver(firm.story.told(name, tagged))
    mailing = await firm.prepared(where="customer.tags.exists(t, t == 't7')")
    await firm.call("POST", f"/{mailing}/start", {})
    for _ in range(3):
        await firm.minutes_pass()
    assert await firm.written_to() == [Story.customer("ivan")]
    assert (await firm.call("GET", f"/{mailing}"))["over_limit"] == 1


MAILING_ID = Story.customer("mailing")
PREPARED = MailingPrepared(mailing_id=MAILING_ID, title="t", template="welcome", media=("email",), per_minute=1)
COMMANDS = st.sampled_from(
    [
        Prepare(PREPARED),
        Start(MAILING_ID, datetime(2026, 3, 2, tzinfo=UTC)),
        Stop(),
        Request(MAILING_ID, MAILING_ID, 1),
        Request(MAILING_ID, None, 0, 5),
    ]
)


@given(st.lists(COMMANDS, max_size=20))
def test_whatever_is_commanded_it_is_started_once_and_over_once(commands) -> None:
    events: list[Any] = []
    for command in commands:
        try:
            events += MAILING.decide(command, MAILING.fold(events))
        except Rejected:
            continue
    kinds = [type(event) for event in events]
    assert kinds.count(MailingPrepared) == bool(events)
    assert kinds.count(MailingStarted) <= 1
    assert kinds.count(MailingStopped) + kinds.count(MailingFinished) <= 1
    if {MailingStopped, MailingFinished} & set(kinds):
        assert kinds[-1] in (MailingStopped, MailingFinished)
    assert isinstance(MAILING.fold(events), Known) == bool(events)
