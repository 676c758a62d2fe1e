"""A list of leads is named, by a mailing, for a sequence or for a rule: whoever is on it then is written to, is led in,
or has the rule started for him, once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
import pytest
from automation.lists.wiring import ListsWiring
from automation.mailings.wiring import MailingsWiring
from automation.rules.registry import Registry
from automation.rules.rule import Rules
from automation.rules.wiring import RulesWiring
from automation.sequences.wiring import SequencesWiring
from automation_service import Service, serving
from automation_world import Story, World, world
from events.contracts.leads import CustomerTagged
from events.contracts.leads.identity import CustomerMerged
from events.contracts.leads.lists import ListRead, ListReadingRefused
from events.event import Event
from events.store import deterministic_id
from events.tasks import Worker

LIST = UUID(int=7)
MAILING = {"title": "Spring prices", "template": "welcome", "list_id": str(LIST)}
HELLO = {
    "title": {"ru": "Прогрев", "en": "Warm-up"},
    "steps": [{"do": "send", "id": "hello", "template": "welcome"}],
}
ASK = {
    "title": {"ru": "Отзыв", "en": "Review"},
    "trigger": "rule.started.v1",
    "actions": [{"do": "create_task", "id": "ask", "kind": "call", "title": {"ru": "Отзыв", "en": "Review"}}],
}
OLGA, IVAN, ANNA, BORIS = map(Story.customer, ("olga", "ivan", "anna", "boris"))


@dataclass
class Firm:
    """The service and its workers; leads answers by hand."""

    automation: World
    service: Service
    workers: list[Worker]
    story: Story

    async def call(self, method: str, path: str, body: Any = None, status: int = 200, **headers: str) -> Any:
        return await self.service.call(method, path, body, status, **headers)

    async def work(self) -> None:
        for _ in range(4):
            await self.automation.pool.execute("UPDATE tasks SET due_at = now()")
            while sum([await worker.run_due() for worker in self.workers]):
                pass
            await self.automation.settle()

    async def asked(self) -> list[dict[str, Any]]:
        rows = await self.automation.appended("list.reading-requested.v1")
        return [orjson.loads(row["data"]) for row in rows]

    async def leads_says(self, *events: Event) -> None:
        for event in events:
            stream = deterministic_id("answer", event.request_id)  # type: ignore[attr-defined]
            await self.automation.deliver(self.story.log.append(stream, event))
        await self.work()

    async def leads_tells(self, *parts: tuple[UUID, ...]) -> None:
        (asked,) = await self.asked()
        ids = {"request_id": asked["request_id"], "list_id": LIST, "parts": len(parts)}
        await self.leads_says(*(ListRead(part=n, customer_ids=part, **ids) for n, part in enumerate(parts, 1)))

    async def leads_refuses(self) -> None:
        (asked,) = await self.asked()
        refused = ListReadingRefused(request_id=asked["request_id"], list_id=LIST, code="no_list", reason="None such.")
        await self.leads_says(refused)

    async def started(self, **more: Any) -> str:
        mailing = await self.call("POST", "/mailings", MAILING | more, status=201)
        path = f"/mailings/{mailing['mailing_id']}"
        await self.call("POST", f"{path}/start", {})
        await self.work()
        return path

    async def led_in(self) -> dict[str, Any]:
        (told,) = (await self.call("GET", "/sequences/warm-up/lists"))["lists"]
        return dict(told)

    async def written_to(self) -> list[UUID]:
        return sorted(row["customer_id"] for row in await self.automation.messages())


@pytest.fixture
async def firm(new_database: Any) -> AsyncIterator[Firm]:
    dsn = await new_database("automation")
    async with serving(dsn) as service:
        packages = [service.package(kind) for kind in (MailingsWiring, SequencesWiring, RulesWiring, ListsWiring)]
        workers = [one for package in packages for one in package.components() if isinstance(one, Worker)]
        reactions = [react for package in packages for react in package.reactions()]
        async with world(dsn, Registry(Rules(())), others=reactions) as automation:
            yield Firm(automation, service, workers, Story())


async def test_a_mailing_writes_to_whoever_is_on_its_list_at_the_start_once_for_each_person(firm) -> None:
    """Given olga on the list by two cards, boris on it and named by hand, and anna, for whom ``where`` holds."""
    for name in ("olga", "anna", "boris", "olga again"):
        await firm.automation.deliver(firm.story.registered(name, f"{name[0]}@example.com"))
    again = Story.customer("olga again")
    merged = CustomerMerged(customer_id=again, into_customer_id=OLGA, reason="by_hand", explanation="The same.")
    await firm.automation.deliver(firm.story.told("anna", CustomerTagged(customer_id=ANNA, tags=("vip",))))
    await firm.automation.deliver(firm.story.told("olga again", merged))
    mailing = await firm.call("POST", "/mailings", MAILING | {"where": "'vip' in customer.tags"}, status=201)
    path = f"/mailings/{mailing['mailing_id']}"
    await firm.call("POST", f"{path}/recipients", {"customer_ids": [str(BORIS)]})
    await firm.call("POST", f"{path}/start", {})
    await firm.work()
    assert await firm.written_to() == [], "nobody is written to before the list is known"
    assert (await firm.call("GET", path))["list_reading"]["state"] == "asked"

    await firm.leads_tells((OLGA, BORIS), (IVAN, again))

    assert await firm.written_to() == sorted([OLGA, IVAN, ANNA, BORIS])
    there = await firm.call("GET", path)
    assert (there["state"], there["list_reading"]["state"], there["list_reading"]["customers"]) == (
        "finished",
        "read",
        4,
    )
    ((asked,),) = [await firm.asked()]
    assert (asked["list_id"], asked["mailing_id"], asked.get("directions")) == (str(LIST), mailing["mailing_id"], None)


async def test_a_mailing_whose_list_is_refused_is_stopped_and_says_why(firm) -> None:
    path = await firm.started()
    await firm.leads_refuses()
    there = await firm.call("GET", path)
    of_list = there["list_reading"]
    assert (there["state"], of_list["state"], of_list["reason"]) == ("stopped", "refused", "no_list")
    (stopped,) = await firm.automation.appended("mailing.stopped.v1")
    assert orjson.loads(stopped["data"])["reason"] == "no_list"
    assert await firm.written_to() == []


async def test_a_mailing_that_is_stopped_while_its_list_is_asked_for_writes_to_nobody(firm) -> None:
    path = await firm.started()
    await firm.call("POST", f"{path}/stop")
    await firm.leads_tells((OLGA,))
    assert (await firm.written_to(), (await firm.call("GET", path))["state"]) == ([], "stopped")


async def test_those_on_a_list_are_led_into_a_sequence_and_what_came_of_each_is_counted(firm) -> None:
    """Given olga inside, when a list with her is led in, twice by one key, then ivan enters, and she does not again."""
    await firm.call("PUT", "/sequences/warm-up", HELLO)
    await firm.call("POST", "/sequences/warm-up/lists", {"list_id": str(LIST)}, status=409)
    await firm.call("PUT", "/sequences/warm-up/state", {"state": "open"})
    await firm.call("POST", "/sequences/warm-up/customers", {"customer_ids": [str(OLGA)]})
    for _ in range(2):
        named = {"list_id": str(LIST)}
        await firm.call("POST", "/sequences/warm-up/lists", named, status=202, idempotency_key="spring")
    assert (await firm.led_in())["state"] == "asked"

    await firm.leads_tells((OLGA, IVAN), (ANNA,))

    told = await firm.led_in()
    assert (told["state"], told["customers"], told["entered"]) == ("read", 3, 2)
    assert sum(told["refused"].values()) == 1
    entered = await firm.automation.appended("sequence.entered.v1")
    assert sorted(orjson.loads(row["data"])["customer_id"] for row in entered) == sorted(map(str, (OLGA, IVAN, ANNA)))


async def test_a_list_that_cannot_be_led_in_says_why(firm) -> None:
    await firm.call("PUT", "/sequences/warm-up", HELLO)
    await firm.call("PUT", "/sequences/warm-up/state", {"state": "open"})
    await firm.call("POST", "/sequences/warm-up/lists", {"list_id": str(LIST)}, status=202)
    await firm.leads_refuses()
    told = await firm.led_in()
    assert (told["state"], told["reason"], told["customers"]) == ("refused", "no_list", 0)
    await firm.call("GET", "/sequences/unheard-of/lists", status=404)


async def test_a_rule_is_started_for_whoever_is_on_a_list_once_for_a_key(firm) -> None:
    """Given a rule for hands, when it is started for a list, twice by one key, then each on it has one task; and when
    it is switched off before another list is there, those on that are counted as missed.
    """
    other, named = UUID(int=8), {"list_id": str(LIST)}
    await firm.call("PUT", "/rules/ask", ASK, 201)
    await firm.call("POST", "/rules/ask/lists", named, status=409)
    await firm.call("POST", "/rules/ask/enable", {})
    for _ in range(2):
        await firm.call("POST", "/rules/ask/lists", named, status=202, idempotency_key="spring")
    await firm.leads_tells((OLGA, IVAN), (ANNA,))

    await firm.call("POST", "/rules/ask/lists", {"list_id": str(other)}, status=202)
    await firm.call("POST", "/rules/ask/disable", {})
    request = next(one["request_id"] for one in await firm.asked() if one["list_id"] == str(other))
    await firm.leads_says(ListRead(request_id=request, list_id=other, part=1, parts=1, customer_ids=(BORIS,)))

    newest, first = (await firm.call("GET", "/rules/ask/lists"))["lists"]
    assert (first["state"], first["customers"], first["started"], first["missed"]) == ("read", 3, 3, 0)
    assert (newest["state"], newest["customers"], newest["started"], newest["missed"]) == ("read", 1, 0, 1)
    made = await firm.automation.appended("task.created.v1")
    assert sorted(orjson.loads(row["data"])["customer_id"] for row in made) == sorted(map(str, (OLGA, IVAN, ANNA)))
    await firm.call("GET", "/rules/unheard-of/lists", status=404)
