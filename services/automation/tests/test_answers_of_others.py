"""What others answered to a rule is seen the same way for all: in the explanation, in the list, and as an event."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import events
import orjson
import pytest
from automation.asked.keeping import ANSWERS, REQUESTS, answer_of
from automation.asked.wiring import AskedWiring
from automation.main import parts
from automation_service import Service, serving
from automation_world import World, world
from events.contracts import automation as contracts
from events.contracts.automation import TaskCompleted
from events.contracts.deals import DealRequestAnswered
from events.event import REGISTRY, decode
from events.store import Append, Cause, append_one, deterministic_id
from events.testing import Log

GOLDEN = Path(events.__file__).parent / "golden"
DEAL, CUSTOMER = deterministic_id("deal"), deterministic_id("customer")
BILL = {
    "title": {"ru": "Счёт", "en": "Bill"},
    "trigger": "task.completed.v1",
    "actions": [{"do": "issue_invoice", "id": "bill", "due_in_days": 5}],
}


@dataclass
class Firm:
    """The service with one rule that asks deals for an invoice, and its consumer; deals answers by hand."""

    service: Service
    automation: World
    log: Log = field(default_factory=Log)

    async def task_done(self, n: int) -> dict[str, Any]:
        """The rule fires; returns its request, with the event that fired it."""
        task = UUID(int=n)
        done = TaskCompleted(task_id=task, result="done", customer_id=CUSTOMER, deal_id=DEAL)
        now = await self.automation.pool.fetchval("SELECT clock_timestamp()")
        async with self.automation.pool.acquire() as connection, connection.transaction():
            await append_one(connection, Append(task, 0, [done], Cause("t", task), now))
        await self.automation.settle()
        event = await self.automation.pool.fetchval("SELECT id FROM events WHERE stream_id = $1", task)
        asked = await self.said("invoice.issue-requested.v1")
        return next(one for one in asked if one["cause"]["event_id"] == str(event))

    async def said(self, type_: str) -> list[dict[str, Any]]:
        return [orjson.loads(row["data"]) for row in await self.automation.appended(type_)]

    async def deals_answers(self, request: dict[str, Any], outcome: Any, code: str | None = None) -> None:
        about = {"request_id": request["request_id"], "request": "invoice.issue-requested.v1", "deal_id": DEAL}
        answer = DealRequestAnswered(outcome=outcome, code=code, reason=code and "Words.", **about)
        await self.automation.deliver(self.log.append(deterministic_id("answer", request["request_id"]), answer))

    async def explained(self, request: dict[str, Any]) -> Any:
        event = request["cause"]["event_id"]
        why = await self.service.call("GET", f"/rules/bill/explanation?event_id={event}")
        return why["actions"][0]["answer"]

    async def unsettled(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.service.call("GET", f"/requests?deal_id={DEAL}"))["requests"]
        return found


@pytest.fixture
async def firm(new_database: Any) -> AsyncIterator[Firm]:
    dsn = await new_database("automation")
    async with serving(dsn) as service:
        await service.call("PUT", "/rules/bill", BILL, 201)
        await service.call("POST", "/rules/bill/enable", {})
        reactions = service.package(AskedWiring).reactions()
        async with world(dsn, parts(service.runtime).rules.rules, others=reactions) as automation:
            yield Firm(service, automation)


async def test_a_request_that_was_given_up_is_seen_in_the_explanation_and_in_the_list(firm) -> None:
    """Given two requests, when deals gives one up and does the other, then each action says what came of it."""
    first, second = await firm.task_done(1), await firm.task_done(2)
    assert (await firm.explained(first))["outcome"] == "none"
    assert [one["outcome"] for one in await firm.unsettled()] == ["none", "none"]

    await firm.deals_answers(first, "refused", "gave_up")
    await firm.deals_answers(second, "done")

    assert await firm.explained(first) == {"outcome": "refused", "code": "gave_up", "reason": "Words."}
    assert (await firm.explained(second))["outcome"] == "done"
    (left,) = await firm.unsettled()
    assert (left["request_id"], left["code"], left["cause"]["rule"]) == (first["request_id"], "gave_up", "bill")


async def test_a_request_that_nobody_answers_is_told_once_and_an_answer_that_is_late_counts(firm) -> None:
    watching = firm.service.package(AskedWiring).watching
    answered, silent = await firm.task_done(1), await firm.task_done(2)
    await firm.deals_answers(answered, "unchanged")
    await firm.automation.pool.execute("INSERT INTO read_until VALUES ('voronka.deals.v1', 0, now())")
    assert await watching.look() == 0, "six hours have not passed"

    await firm.automation.pool.execute("UPDATE read_until SET until = now() + interval '1 day'")
    assert [await watching.look(), await watching.look()] == [1, 0]

    (told,) = await firm.said("request.unanswered.v1")
    assert (told["request_id"], told["request"]) == (silent["request_id"], "invoice.issue-requested.v1")
    assert (told["deal_id"], told["cause"]["rule"]) == (str(DEAL), "bill")
    (left,) = await firm.unsettled()
    assert (left["outcome"], left["unanswered_at"] is not None) == ("none", True)
    await firm.deals_answers(silent, "done")
    assert await firm.unsettled() == []


def test_whatever_automation_asks_of_others_is_kept_with_its_answer() -> None:
    """Requests to itself are answered by their own events."""
    own = {"manager.choice-requested.v1", "message.requested.v1", "sequence.entry-requested.v1"}
    own |= {"sequence.exit-requested.v1", "staff_notification.requested.v1", "task.completion-requested.v1"}
    own |= {"webhook_call.requested.v1", "mailing.portion-requested.v1"}
    of_automation = (one for one in REGISTRY.values() if one.__module__.startswith(contracts.__name__))
    asked = {one.type for one in of_automation if one.type.endswith("requested.v1")}
    assert {one.type for one in REQUESTS} == asked - own
    told = {one.type: decode(one.type, (GOLDEN / f"{one.type}.json").read_bytes()) for one in ANSWERS}
    moved = told["deal.stage-changed.v1"]
    assert answer_of(moved) is None, "somebody moved it"
    told[moved.type] = moved.model_copy(update={"request_id": DEAL})
    assert all(answer_of(event) for event in told.values())
