"""Rules that people start themselves, for cards, deals or the firm."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from automation.rules.registry import Registry
from automation.rules.rule import Rules
from automation_service import Service, serving
from automation_world import Story, World, world
from events.store import deterministic_id

TASK = {"do": "create_task", "id": "task", "kind": "call", "title": {"ru": "Звонок", "en": "Call"}}
TITLE = {"ru": "Звонок", "en": "Call"}
BY_HAND = {"title": TITLE, "trigger": "rule.started.v1", "actions": [TASK]}
WEEKLY = {
    "title": TITLE,
    "trigger": "schedule.reached.v1",
    "schedule": {"cron": "0 10 * * mon", "each": "customer"},
    "where": "customer.open_leads >= 0",
    "actions": [TASK],
}
ON_EVENT = BY_HAND | {"trigger": "customer.tagged.v1"}
PEOPLE: dict[str, Any] = {"mara": "marketer", "anna": {"roles": ["manager"], "directions": ["retail"]}}


@dataclass
class System:
    service: Service
    automation: World
    story: Story

    async def rule(self, name: str, definition: Any, *, on: bool = True) -> None:
        await self.service.call("PUT", f"/rules/{name}", definition, 201)
        if on:
            await self.service.call("POST", f"/rules/{name}/enable", {})

    async def start(self, rule: str, *customers: Any, status: int = 200, who: str = "mara", **headers: str) -> Any:
        told = [{"customer_id": str(one)} if isinstance(one, UUID) else one for one in customers]
        return await self.service.call("POST", f"/rules/{rule}/starts", {"customers": told}, status, who, **headers)

    async def effects(self, type_: str = "task.created.v1") -> list[UUID]:
        await self.automation.settle()
        rows = await self.automation.pool.fetch(
            "SELECT data->>'customer_id' AS customer FROM events WHERE type = $1 ORDER BY 1", type_
        )
        return sorted(UUID(row["customer"]) for row in rows)


@pytest.fixture
async def system(new_database: Any) -> AsyncIterator[System]:
    dsn = await new_database("automation")
    async with serving(dsn, PEOPLE) as service, world(dsn, Registry(Rules(()))) as automation:
        made = System(service, automation, Story())
        for name in ("ivan", "olga", "petr"):
            await automation.deliver(made.story.registered(name))
        yield made


async def test_a_rule_is_started_for_the_customers_named_once_for_a_key(system: System) -> None:
    """Given a rule for hands, when it is started for two customers, twice with one key, then each has one task."""
    ivan, olga = Story.customer("ivan"), Story.customer("olga")
    await system.rule("ask", BY_HAND)

    first = await system.start("ask", ivan, olga, ivan, uuid4(), idempotency_key="k1")
    again = await system.start("ask", ivan, olga, idempotency_key="k1")

    assert [one["outcome"] for one in first["starts"]] == ["started", "started", "unknown"]
    assert [one["outcome"] for one in again["starts"]] == ["repeated", "repeated"]
    assert [one["event_id"] for one in again["starts"]] == [one["event_id"] for one in first["starts"]][:2]
    assert await system.effects() == sorted([ivan, olga])
    await system.start("ask", ivan, idempotency_key="k2")
    assert await system.effects() == sorted([ivan, ivan, olga])


async def test_a_start_fires_the_rule_named_and_no_other(system: System) -> None:
    await system.rule("ask", BY_HAND)
    await system.rule("other", BY_HAND)
    await system.start("ask", Story.customer("ivan"))
    assert await system.effects() == [Story.customer("ivan")]


async def test_a_rule_with_a_schedule_is_run_before_its_hour_for_whom_it_is_meant(system: System) -> None:
    await system.rule("weekly", WEEKLY)
    ivan = Story.customer("ivan")

    (started,) = (await system.start("weekly", ivan))["starts"]

    assert started["outcome"] == "started"
    assert await system.effects("schedule.reached.v1") == [ivan]
    refused = await system.start("weekly", status=409)
    assert refused["code"] == "not_for_these"


async def test_what_cannot_be_started_says_why(system: System) -> None:
    await system.rule("draft", BY_HAND, on=False)
    await system.rule("tagged", ON_EVENT)
    ivan = Story.customer("ivan")

    assert (await system.start("draft", ivan, status=409))["code"] == "not_switched_on"
    assert (await system.start("tagged", ivan, status=409))["code"] == "not_for_hands"
    await system.start("nothing", ivan, status=404)
    assert await system.effects() == []


async def test_a_manager_starts_rules_for_customers_of_his_lines_of_business_alone(system: System) -> None:
    await system.rule("ask", BY_HAND)
    ivan, olga = Story.customer("ivan"), Story.customer("olga")
    for customer, direction in ((ivan, "retail"), (olga, "wholesale")):
        await system.automation.pool.execute(
            "INSERT INTO webhook_customer_directions (customer_id, direction) VALUES ($1, $2)", customer, direction
        )
    told = await system.start("ask", ivan, olga, who="anna")
    assert [one["outcome"] for one in told["starts"]] == ["started", "unknown"]


async def test_a_deal_or_lead_is_started_for_with_its_own_customer_alone(system: System) -> None:
    await system.rule("ask", BY_HAND)
    await system.automation.deliver(system.story.captured("ivan"))
    await system.automation.pool.execute(
        "INSERT INTO webhook_directions (subject_id, direction, version) VALUES ($1, '', 1)", Story.lead("ivan")
    )
    own = {"customer_id": str(Story.customer("ivan")), "lead_id": str(Story.lead("ivan"))}
    foreign = {"customer_id": str(Story.customer("olga")), "lead_id": str(Story.lead("ivan"))}
    no_deal = {"customer_id": str(Story.customer("ivan")), "deal_id": str(deterministic_id("deal", "none"))}

    told = await system.start("ask", own, foreign, no_deal)

    assert [one["outcome"] for one in told["starts"]] == ["started", "unknown", "unknown"]
