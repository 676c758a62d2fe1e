"""Managers whom automation chooses for tasks and customers, on a database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import events
import orjson
import pytest
from automation.managers.choosing import choose
from automation.rules.rule import Rule, Rules
from automation.tasks.following import follow
from automation_world import Story, World, world
from events.contracts.analytics import CustomerSegmentChanged
from events.contracts.automation import TaskCommented
from events.contracts.deals import DealLost, DealOpened, DealWon, Money
from events.contracts.leads import ManagerAbsent, ManagerSetUp
from events.privacy import CustomerKey
from events.store import Append, Cause, deterministic_id
from events.testing import AT

GOLDEN = orjson.loads((Path(events.__file__).parent / "golden" / "customer.segment-changed.v1.json").read_bytes())
TITLE = {"ru": "Звонок", "en": "Call"}
TASK = {"do": "create_task", "id": "task", "kind": "call", "title": TITLE}
SPREAD = Rule.model_validate(
    {
        "id": "spread",
        "version": 1,
        "title": TITLE,
        "trigger": "customer.registered.v1",
        "actions": [TASK | {"choose": {"by": "least_busy"}}],
    }
)
KEY = Rule.model_validate(
    {
        "id": "key-customer",
        "version": 1,
        "title": TITLE,
        "trigger": "customer.segment-changed.v1",
        "when": "event.segment == 'gold'",
        "actions": [
            {
                "do": "change_responsible",
                "id": "best",
                "of": "customer",
                "choose": {"by": "best", "at_least": 2, "top": 1},
            }
        ],
    }
)

TOUCHED = Rule.model_validate(
    {
        "id": "touched",
        "version": 1,
        "title": TITLE,
        "trigger": "lead.touched.v1",
        "actions": [{"do": "change_responsible", "id": "next", "of": "lead", "choose": {"by": "round_robin"}}],
    }
)


class Firm:
    """Managers with their deals, and customers."""

    def __init__(self, automation: World) -> None:
        self.automation, self.story = automation, Story()

    async def manager(self, name: str, **more: Any) -> None:
        event = ManagerSetUp(manager_id=name, name=name, active=True, **more)
        await self.automation.deliver(self.story.log.append(deterministic_id("manager", name), event))

    async def away(self, name: str) -> None:
        absence_id = deterministic_id("absence", name)
        about = {"manager_id": name, "absence_id": absence_id, "reason": "holiday"}
        event = ManagerAbsent(**about, starts=AT - timedelta(days=9999), ends=AT + timedelta(days=9999))
        await self.automation.deliver(self.story.log.append(absence_id, event))

    async def closed(self, manager: str, *, won: int, lost: int = 0) -> None:
        now = await self.automation.pool.fetchval("SELECT now() - interval '1 day'")
        for n in range(won + lost):
            deal_id, customer_id = deterministic_id("deal", manager, n), deterministic_id("buyer", manager, n)
            about = {"deal_id": deal_id, "customer_id": customer_id}
            money = Money(amount=Decimal(100), currency="RUB")
            opened = DealOpened(
                **about, number=f"{manager}-{n}", pipeline="sales", pipeline_version=1, stage="new", value=money,
                manager_id=manager,
            )  # fmt: skip
            comment = CustomerKey(customer_id, customer_id.bytes * 2).seal("no")
            end = (
                DealWon(**about, from_stage="new", stage="won", value=money)
                if n < won
                else DealLost(**about, from_stage="new", stage="lost", reason="price", comment=comment)
            )
            records = [
                *self.story.log.append(deal_id, opened, occurred_at=now),
                *self.story.log.append(deal_id, end, occurred_at=now),
            ]
            for record in records:
                record.attributes["ce_recordedtime"] = now.isoformat().encode()
            await self.automation.deliver(records)

    async def registered(self, *names: str) -> None:
        await self.automation.deliver([record for name in names for record in self.story.registered(name)])
        await self.automation.settle()

    async def gold(self, name: str) -> None:
        customer = Story.customer(name)
        event = CustomerSegmentChanged.model_validate(GOLDEN | {"customer_id": customer, "segment": "gold"})
        await self.automation.deliver(self.story.log.append(deterministic_id("segment", name), event))
        await self.automation.settle()

    async def assignees(self) -> list[str | None]:
        return sorted(task["assignee"] for task in await self.automation.tasks())

    async def said(self, type_: str) -> list[dict[str, Any]]:
        return [orjson.loads(row["data"]) for row in await self.automation.appended(type_)]


@pytest.fixture
async def firm(new_database: Any) -> AsyncIterator[Firm]:
    async with world(
        await new_database("automation"), Rules((SPREAD, KEY, TOUCHED)), others=(follow, choose)
    ) as automation:
        yield Firm(automation)


async def test_tasks_made_at_once_are_spread_by_load_and_it_is_told_among_whom(firm: Firm) -> None:
    """Given three managers of whom one is away, when four tasks are made in one batch, then two get two each."""
    for name in ("anna", "boris", "vera"):
        await firm.manager(name)
    await firm.away("vera")

    await firm.registered("ivan", "olga", "petr", "inna")

    assert await firm.assignees() == ["anna", "anna", "boris", "boris"]
    chosen = await firm.said("manager.chosen.v1")
    assert {one["reason"] for one in chosen} == {"least_busy"}
    assert {candidate["out"] for candidate in chosen[0]["candidates"] if "out" in candidate} == {"away"}


async def test_a_task_for_which_there_is_nobody_stays_nobodys_and_it_is_told(firm: Firm) -> None:
    await firm.registered("ivan")
    assert await firm.assignees() == [None]
    assert [one["reason"] for one in await firm.said("manager.chosen.v1")] == ["nobody"]


async def test_a_task_that_somebody_touched_meanwhile_goes_to_who_was_chosen(firm: Firm) -> None:
    """Given a task that is talked about before its assignee is appended, when that is heard, then he gets it, once."""
    await firm.manager("anna")
    await firm.automation.deliver(firm.story.registered("ivan"))
    (created,) = await firm.automation.appended("task.created.v1")
    task_id, customer = created["stream_id"], Story.customer("ivan")
    comment = TaskCommented(task_id=task_id, comment=_sealed(customer), customer_id=customer)
    cause = Cause("user:boris", task_id)
    await firm.automation.store.commit(Append(task_id, 1, [comment], cause, AT))

    (first, second) = await firm.automation.own()
    await firm.automation.deliver([first])
    await firm.automation.settle()

    assert await firm.assignees() == ["anna"]
    assert len(await firm.said("manager.chosen.v1")) == len(await firm.said("task.assigned.v1")) == 1
    assert second.type == "task.commented.v1"


async def test_a_key_customer_goes_to_the_manager_with_the_most_deals_won(firm: Firm) -> None:
    for name in ("anna", "boris", "vera"):
        await firm.manager(name)
    await firm.closed("anna", won=2, lost=1)
    await firm.closed("boris", won=3)
    await firm.closed("vera", won=1)
    await firm.registered("ivan")

    await firm.gold("ivan")
    await firm.gold("ivan")

    (request, *again) = await firm.said("customer.responsible-requested.v1")
    assert (request["manager_id"], request["customer_id"]) == ("boris", str(Story.customer("ivan")))
    assert all(one["manager_id"] == "boris" for one in again)
    (chosen, *_) = [one for one in await firm.said("manager.chosen.v1") if one["reason"] == "best"]
    assert {one["manager_id"]: (one["won"], one["lost"], one.get("out")) for one in chosen["candidates"]} == {
        "boris": (3, 0, None),
        "anna": (2, 1, "not_among_the_best"),
        "vera": (1, 0, "too_few_deals"),
    }


async def test_a_lead_goes_to_who_is_chosen_and_leads_is_asked_once(firm: Firm) -> None:
    """Given a lead of anna's that is touched again, when a rule wants it in turn, then leads is asked once at most."""
    for name in ("anna", "boris"):
        await firm.manager(name)
    records = [*firm.story.captured("ivan"), *firm.story.assigned("ivan", "anna"), *firm.story.touched("ivan", 1)]
    for _ in range(2):
        await firm.automation.deliver(records)
        await firm.automation.settle()
        await firm.automation.pool.execute("UPDATE watermarks SET position = 0 WHERE source LIKE '%leads%'")

    (chosen,) = await firm.said("manager.chosen.v1")
    requests = await firm.said("lead.assignment-requested.v1")
    assert (chosen["lead_id"], chosen["cause"]["rule"]) == (str(Story.lead("ivan")), "touched")
    assert [(one["lead_id"], one["manager_id"]) for one in requests] == [
        (str(Story.lead("ivan")), chosen["manager_id"]) for _ in requests
    ]
    assert len(requests) == (chosen["reason"] != "has_it_already")


def _sealed(customer: UUID) -> Any:
    return CustomerKey(customer, customer.bytes * 2).seal("urgent")
