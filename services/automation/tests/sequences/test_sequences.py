"""Sequences on a database: customers are led in, on and out; nothing is said twice, whoever dies or comes late."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
import pytest
from automation.rules.rule import Rule, Rules
from automation.sequences import sequence
from automation.sequences.wiring import SequencesWiring
from automation_service import Service, serving
from automation_world import Story, World, key_of, world
from events.contracts.automation import MessageReplied, MessageUnsubscribed, QuestionnaireAnswered
from events.contracts.deals import DealWon, Money
from events.contracts.leads import (
    CustomerBlacklisted,
    CustomerConsentWithdrawn,
    CustomerErased,
    CustomerNoted,
    CustomerResponsibleChanged,
    LeadCaptured,
    LeadTouched,
    ManagerSetUp,
    Touch,
    WorkingWindow,
)
from events.contracts.leads.interactions import Call, CallProgressed, Flow, InteractionRegistered
from events.event import Event
from events.hours import WEEKDAYS
from events.store import Append, Cause, deterministic_id
from events.tasks import Worker

STEPS = [
    {"do": "send", "id": "hello", "template": "welcome"},
    {"do": "wait", "id": "two-days", "timing": {"after": {"days": 2}}},
    {"do": "branch", "id": "new", "where": "customer.is_blacklisted", "then": "end", "otherwise": "more"},
    {"do": "send", "id": "more", "template": "welcome"},
]
WARM_UP = {"title": {"ru": "Прогрев", "en": "Warm-up"}, "steps": STEPS}
START = Rule.model_validate(
    {
        "id": "warm",
        "version": 1,
        "title": WARM_UP["title"],
        "trigger": "lead.captured.v1",
        "actions": [{"do": "start_sequence", "id": "start", "sequence": "warm-up"}],
    }
)
OLGA = Story.customer("olga")
NOW, EARLIER = datetime.now(UTC), timedelta(days=3)
LATER = NOW + timedelta(days=1)
CONTACT = {"interaction_id": OLGA, "kind": "call", "source": "main"}
LETTER = {"message_id": OLGA, "medium": "email"}


def touched(by: UUID, **more: Any) -> LeadTouched:
    said = {"touch_id": by, "channel": "site", "intake": "form", "source": "main", "kind": "form"} | more
    return LeadTouched(lead_id=by, customer_id=by, touch=Touch(**said))


def captured(by: UUID) -> LeadCaptured:
    return LeadCaptured(lead_id=by, customer_id=by, touch=touched(by).touch, is_returning=True)


def withdrawn(by: UUID, purpose: str = "marketing", channel: str | None = None, at: datetime = LATER) -> Event:
    return CustomerConsentWithdrawn(customer_id=by, purpose=purpose, channel=channel, source="call", at=at)


def unsubscribed(by: UUID, purpose: str = "marketing", medium: str = "email") -> Event:
    return MessageUnsubscribed(message_id=by, customer_id=by, medium=medium, purpose=purpose, how="link")


def contact(by: UUID, flow: Flow, intake: str) -> Event:
    return InteractionRegistered(**CONTACT, customer_id=by, flow=flow, intake=intake)


def won(by: UUID) -> Event:
    price = Money(amount="1", currency="RUB")
    return DealWon(deal_id=by, customer_id=by, from_stage="offer", stage="won", value=price)


def noted(by: UUID) -> Event:
    return CustomerNoted(note_id=by, customer_id=by, text=key_of(by).seal("called him"), intake="api", source="anna")


HEARD: dict[str, Any] = {
    "who answers a message": ("replied", lambda by: MessageReplied(**LETTER, customer_id=by)),
    "who answers a questionnaire": (
        "replied",
        lambda by: QuestionnaireAnswered(message_id=by, questionnaire="nps", version=1, customer_id=by),
    ),
    "who calls": ("replied", lambda by: contact(by, "in", "mango")),
    "who turns out to have called": (
        "replied",
        lambda by: CallProgressed(interaction_id=OLGA, customer_id=by, call=Call(flow="in")),
    ),
    "who has a request again": ("replied", touched),
    "who has one when none is open": ("replied", captured),
    "who buys": ("bought", won),
    "who takes back the consent": ("unsubscribed", withdrawn),
    "who takes it back for letters": ("unsubscribed", lambda by: withdrawn(by, channel="email")),
    "who unsubscribes": ("unsubscribed", unsubscribed),
    "who is black-listed": (
        "black_listed",
        lambda by: CustomerBlacklisted(customer_id=by, reason=key_of(by).seal("rude")),
    ),
    "who is erased": ("erased", lambda by: CustomerErased(customer_id=by)),
    "who takes back another consent": ("finished", lambda by: withdrawn(by, "news")),
    "who takes it back for calls": ("finished", lambda by: withdrawn(by, channel="phone")),
    "who once had not agreed": ("finished", lambda by: withdrawn(by, at=NOW - EARLIER)),
    "who unsubscribes from other letters": ("finished", lambda by: unsubscribed(by, "news")),
    "who unsubscribes from what is not sent": ("finished", lambda by: unsubscribed(by, medium="sms")),
    "who is on a list": ("finished", lambda by: touched(by, kind="import", intake="import")),
    "who is moved from another CRM": ("finished", lambda by: contact(by, "in", "amocrm")),
    "who is called": ("finished", lambda by: contact(by, "out", "mango")),
    "whom a manager notes": ("finished", noted),
    "whose older request is told late": ("finished", touched, EARLIER),
    "whose older answer is told late": ("finished", lambda by: MessageReplied(**LETTER, customer_id=by), EARLIER),
    "whose older purchase is imported": ("finished", won, EARLIER),
}
"""Who does what, and why he leaves; the last: how long before he entered it was."""


@dataclass
class Firm:
    """The service, its consumer with one rule, and the worker; time passes by changing when tasks are due."""

    automation: World
    service: Service
    worker: Worker
    story: Story = field(default_factory=Story)

    async def call(self, method: str, path: str, body: Any = None, status: int = 200, **headers: str) -> Any:
        return await self.service.call(method, f"/sequences{path}", body, status, **headers)

    async def open(self, definition: dict[str, Any] = WARM_UP) -> None:
        await self.call("PUT", "/warm-up", definition)
        await self.call("PUT", "/warm-up/state", {"state": "open"})

    async def work(self) -> None:
        while await self.worker.run_due():
            pass
        await self.automation.settle()

    async def hears(self, who: str, event: Event, before: timedelta = timedelta()) -> None:
        """Something that is recorded after what was done so far; it was done then, or so long before."""
        at = await self.automation.pool.fetchval("SELECT clock_timestamp()") + timedelta(seconds=1)
        if event.owner() == "automation":
            told = Append(deterministic_id("told", who), 0, [event], Cause("test", OLGA), at - before)
            await self.automation.store.commit(told)
            return
        for record in (records := self.story.told(who, event)):
            record.attributes["ce_recordedtime"] = at.isoformat().encode()
            record.attributes["ce_time"] = (at - before).isoformat().encode()
        await self.automation.deliver(records)

    async def days_pass(self) -> None:
        await self.automation.pool.execute("UPDATE tasks SET due_at = now()")
        await self.work()

    async def happened(self) -> list[tuple[str, ...]]:
        rows = await self.automation.appended(
            "sequence.entered.v1", "sequence.step-taken.v1", "sequence.left.v1", "message.requested.v1"
        )
        return [tuple(filter(None, (row["type"].split(".")[1], *_told(row["data"])))) for row in rows]

    async def left(self) -> dict[str, str | None]:
        """Why each customer left."""
        page = await self.call("GET", "/warm-up/customers?limit=200")
        reasons = {UUID(one["customer_id"]): one["reason"] for one in page["enrolments"]}
        return {who: reasons[Story.customer(who)] for who in HEARD if Story.customer(who) in reasons}

    async def progress(self) -> dict[str, Any]:
        answer: dict[str, Any] = await self.call("GET", "/warm-up/progress")
        return answer


def _told(data: str) -> tuple[str, ...]:
    event = orjson.loads(data)
    return tuple(event[name] for name in ("step", "outcome", "reason") if name in event)


@pytest.fixture
async def firm(new_database: Any) -> AsyncIterator[Firm]:
    dsn = await new_database("automation")
    async with serving(dsn) as service:
        sequences = service.package(SequencesWiring)
        worker, _ = sequences.components()
        assert isinstance(worker, Worker)
        async with world(dsn, Rules((START,)), others=sequences.reactions()) as automation:
            yield Firm(automation, service, worker)


async def test_a_rule_leads_a_customer_in_and_he_is_led_to_the_end(firm) -> None:
    await firm.open()
    await firm.automation.deliver(firm.story.captured("olga"))
    await firm.work()
    there = await firm.progress()
    assert (there["inside"], there["steps"], there["messages"]) == (1, [{"step": "new", "inside": 1, "paused": 0}], 1)
    await firm.days_pass()

    assert sorted(await firm.happened()) == [
        ("entered",),
        ("left", "finished"),
        ("requested",),
        ("requested",),
        ("step-taken", "hello", "sent"),
        ("step-taken", "more", "sent"),
        ("step-taken", "new", "otherwise"),
        ("step-taken", "two-days", "waits"),
    ]
    there = await firm.progress()
    assert (there["inside"], there["left"], there["messages"]) == (0, {"finished": 1}, 2)


async def test_a_wait_keeps_the_hours_of_who_answers_for_the_customer(firm) -> None:
    """Given a firm that works all week, and anna who works on one day, in three days' time, by her own clock."""
    own = ZoneInfo("Asia/Vladivostok")
    day = (datetime.now(own) + timedelta(days=3)).date()
    opens = datetime.combine(day, time(10), own)
    hours = WorkingWindow(weekday=WEEKDAYS[day.weekday()], opens="10:00", closes="19:00")
    anna = ManagerSetUp(manager_id="anna", name="Anna", active=True, time_zone=own.key, working_hours=(hours,))
    hers = CustomerResponsibleChanged(customer_id=OLGA, manager_id="anna", reason="holiday")
    wait = {"do": "wait", "id": "her-hours", "timing": {"after": {"minutes": 1}, "within": "responsible"}}
    await firm.open(WARM_UP | {"steps": [wait, STEPS[-1]]})
    await firm.automation.deliver(firm.story.log.append(deterministic_id("manager", "anna"), anna))
    await firm.automation.deliver(firm.story.told("olga", hers))
    await firm.automation.deliver(firm.story.captured("olga"))
    await firm.work()
    assert await firm.automation.pool.fetchval("SELECT due_at FROM tasks WHERE kind = 'sequence_step'") == opens


async def test_a_rule_that_asks_again_and_a_list_that_names_him_again_lead_him_in_once(firm) -> None:
    await firm.open()
    await firm.automation.deliver(firm.story.captured("olga"))
    await firm.automation.deliver(firm.story.captured("olga", returning=True))
    await firm.work()
    again = await firm.call("POST", "/warm-up/customers", {"customer_ids": [str(OLGA)]})
    assert again["customers"][0] == {"customer_id": str(OLGA), "outcome": "refused", "reason": "inside_already"}
    assert [one for one in await firm.happened() if one[0] in ("entered", "requested")] == [
        ("requested",),
        ("entered",),
    ]


async def test_a_branch_that_could_cost_too_much_is_refused_and_one_of_an_earlier_release_says_so(
    firm, monkeypatch
) -> None:
    dear = {"do": "branch", "id": "b", "where": "customer.tags.map(t, customer.tags) == []"}
    branch = dear | {"then": "end", "otherwise": "end"}
    refused = await firm.call("PUT", "/warm-up", WARM_UP | {"steps": [branch]}, status=422)
    assert [(one["pointer"], one["detail"].partition(":")[0]) for one in refused["errors"]] == [
        ("#/steps/0/where", "character 15")
    ]
    with monkeypatch.context() as earlier:
        earlier.setattr(sequence, "check_where", lambda condition, event: ())
        await firm.open(WARM_UP | {"steps": [branch]})
    (fault,) = (await firm.call("GET", "/warm-up"))["faults"]
    assert fault.startswith(".steps[0].where: character 15")

    await firm.call("POST", "/warm-up/customers", {"customer_ids": [str(OLGA)]})
    await firm.work()

    (taken,) = await firm.automation.appended("sequence.step-taken.v1")
    told = orjson.loads(taken["data"])
    assert (told["outcome"], told["because"]) == ("otherwise", "over_limit")


async def test_what_the_customer_does_himself_ends_the_way_and_nothing_else_does(firm) -> None:
    """Given many who are inside and have got a letter, each of whom one thing is heard of now, then only those get no
    other to whom one of the reasons applies.
    """
    await firm.open()
    await firm.call("POST", "/warm-up/customers", {"customer_ids": [str(Story.customer(who)) for who in HEARD]})
    await firm.work()
    for who, (_, happens, *before) in HEARD.items():
        await firm.hears(who, happens(Story.customer(who)), *before)
    await firm.automation.settle()
    await firm.days_pass()
    assert await firm.left() == {who: reason for who, (reason, *_) in HEARD.items()}
    requested = [orjson.loads(row["data"]) for row in await firm.automation.appended("message.requested.v1")]
    letters = Counter(UUID(one["customer_id"]) for one in requested)
    assert {who: letters[Story.customer(who)] for who in HEARD} == {
        who: 2 if reason == "finished" else 1 for who, (reason, *_) in HEARD.items()
    }


async def test_what_was_heard_before_the_entering_was_is_found_at_the_next_step(firm) -> None:
    await firm.open()
    theirs = {who: told for who, told in HEARD.items() if told[1](OLGA).owner() != "automation"}
    await firm.call("POST", "/warm-up/customers", {"customer_ids": [str(Story.customer(who)) for who in theirs]})
    for who, (_, happens, *before) in theirs.items():
        await firm.hears(who, happens(Story.customer(who)), *before)
    await firm.work()
    await firm.days_pass()
    assert await firm.left() == {who: reason for who, (reason, *_) in theirs.items()}
    ended = sum(reason != "finished" for reason, *_ in theirs.values())
    assert (await firm.happened()).count(("requested",)) == 2 * (len(theirs) - ended)


async def test_one_who_is_paused_stays_and_goes_on_where_he_was(firm) -> None:
    await firm.open()
    await firm.call("POST", "/warm-up/customers", {"customer_ids": [str(OLGA)]})
    await firm.work()
    assert (await firm.call("POST", f"/warm-up/customers/{OLGA}/pause"))["state"] == "paused"
    await firm.days_pass()
    assert (await firm.progress())["paused"] == 1
    assert (await firm.call("POST", f"/warm-up/customers/{OLGA}/resume"))["state"] == "inside"
    await firm.days_pass()
    assert (await firm.progress())["left"] == {"finished": 1}
    assert [one for one in await firm.happened() if one[0] == "requested"] == [("requested",)] * 2


async def test_a_halted_sequence_moves_nobody_and_a_closed_one_takes_nobody(firm) -> None:
    await firm.open()
    await firm.call("POST", "/warm-up/customers", {"customer_ids": [str(OLGA)]})
    await firm.call("PUT", "/warm-up/state", {"state": "halted"})
    await firm.work()
    assert await firm.happened() == [("entered",)]
    await firm.call("PUT", "/warm-up/state", {"state": "closed"})
    await firm.days_pass()
    assert (await firm.progress())["messages"] == 1
    await firm.call("POST", "/warm-up/customers", {"customer_ids": [str(Story.customer("ivan"))]}, status=409)


async def test_who_is_inside_goes_on_by_the_version_he_entered(firm) -> None:
    await firm.open()
    await firm.call("POST", "/warm-up/customers", {"customer_ids": [str(OLGA)]})
    await firm.work()
    await firm.open(WARM_UP | {"steps": STEPS[:1]})
    await firm.days_pass()
    assert [one for one in await firm.happened() if one[0] == "requested"] == [("requested",)] * 2


async def test_a_worker_that_dies_and_two_that_work_at_once_say_everything_once(firm) -> None:
    await firm.open()
    customers = [str(Story.customer(f"customer {n}")) for n in range(40)]
    await firm.call("POST", "/warm-up/customers", {"customer_ids": customers})
    await firm.automation.pool.execute(
        "UPDATE tasks SET lease = gen_random_uuid(), leased_until = now() - interval '1 s' WHERE kind = 'sequence_step'"
    )
    await asyncio.gather(firm.work(), firm.worker.run_due(), firm.worker.run_due())
    await firm.days_pass()
    assert (await firm.progress())["left"] == {"finished": 40}
    happened = await firm.happened()
    assert happened.count(("requested",)) == 80
    assert happened.count(("step-taken", "hello", "sent")) == 40


async def test_faults_are_said_with_their_place_and_nothing_is_saved(firm) -> None:
    wrong = WARM_UP | {"steps": [STEPS[0] | {"template": "gone"}]}
    answer = await firm.call("PUT", "/warm-up", wrong, status=422)
    assert answer["errors"][0]["pointer"] == "#/steps/0/template"
    assert (await firm.call("POST", "/warm-up/check", wrong))["faults"][0]["pointer"] == "#/steps/0/template"
    await firm.call("GET", "/warm-up", status=404)
    await firm.call("PUT", "/warm-up", WARM_UP)
    await firm.call("PUT", "/warm-up", WARM_UP | {"purpose": "news"}, status=412, if_match='"7"')
    assert [one["id"] for one in (await firm.call("GET", ""))["sequences"]] == ["warm-up"]


async def test_ways_come_in_pages(firm) -> None:
    await firm.open()
    customers = [str(Story.customer(f"customer {n}")) for n in range(3)]
    await firm.call("POST", "/warm-up/customers", {"customer_ids": customers})
    await firm.work()
    first = await firm.call("GET", "/warm-up/customers?limit=2")
    second = await firm.call("GET", f"/warm-up/customers?limit=2&cursor={first['next']}")
    assert {one["customer_id"] for one in first["enrolments"] + second["enrolments"]} == set(customers)


async def test_a_rule_that_asks_of_a_closed_sequence_is_told_so_in_the_requests_stream(firm) -> None:
    await firm.open()
    await firm.call("PUT", "/warm-up/state", {"state": "closed"})
    await firm.automation.deliver(firm.story.captured("olga"))
    await firm.work()
    await firm.work()
    (refused,) = await firm.automation.appended("sequence.entry-refused.v1")
    (asked,) = await firm.automation.appended("sequence.entry-requested.v1")
    said = orjson.loads(refused["data"])
    assert (said["reason"], said["cause"]["rule"], refused["stream_id"]) == ("not_open", "warm", asked["stream_id"])
    assert await firm.happened() == []
