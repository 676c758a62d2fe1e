"""Rules by HTTP: written, checked, switched on and off; and the events that they fire on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from automation.actions.effect import Known
from automation.messages import letters
from automation.rules import desk
from automation.rules.file import SHIPPED, load
from automation.rules.registry import Registry
from automation.rules.suppressed import keep_suppressed
from automation_service import Service, serving
from automation_world import Story, World, world
from events.contracts.automation import Cause, RuleSuppressed
from events.contracts.leads import CustomerErased
from events.store import deterministic_id
from events.testing import Log

TASK = {"do": "create_task", "id": "task", "kind": "call", "title": {"ru": "Звонок", "en": "Call"}}
RULE = {
    "title": {"ru": "Новая", "en": "New"},
    "trigger": "lead.captured.v1",
    "when": "event.touch.channel == 'site'",
    "actions": [TASK],
}
LONG_AGO, LATER = timedelta(days=-1), timedelta(days=1)


@dataclass
class System:
    """A running service and the consumer beside it, which has the same rules."""

    service: Service
    automation: World
    story: Story = field(default_factory=Story)

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx2.Response:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        key = {"authorization": f"Bearer {self.service.keys['mara']}"}
        return await self.service.client.request(method, path, json=body, headers=key | given)

    async def put(self, name: str = "new-lead", rule: Any = RULE, **headers: str) -> httpx2.Response:
        return await self.call("PUT", f"/rules/{name}", rule, **headers)

    async def enable(self, name: str = "new-lead", version: int | None = None) -> httpx2.Response:
        return await self.call("POST", f"/rules/{name}/enable", {"version": version} if version else {})

    async def captured(self, name: str, after: timedelta = LATER) -> None:
        """A lead that was recorded so long after now."""
        at = await self.automation.pool.fetchval("SELECT clock_timestamp()") + after
        records = self.story.captured(name)
        for record in records:
            record.attributes["ce_recordedtime"] = at.isoformat().encode()
        await self.automation.deliver(records)

    async def tasks(self) -> list[tuple[str, int]]:
        rows = await self.automation.pool.fetch(
            "SELECT data::json->'cause'->>'rule' AS rule, (data::json->'cause'->>'rule_version')::int AS version"
            " FROM events WHERE type = 'task.created.v1' ORDER BY position, 1"
        )
        return [tuple(row) for row in rows]


@asynccontextmanager
async def running(dsn: str, rules_file: Path) -> AsyncIterator[System]:
    registry = Registry(load(rules_file, Known(letters.Templates().names)))
    async with serving(dsn, rules_file=rules_file) as service, world(dsn, registry) as automation:
        yield System(service, automation)


@pytest.fixture
async def system(new_database: Any, tmp_path: Path) -> AsyncIterator[System]:
    (tmp_path / "rules.yaml").write_text("rules: []")
    async with running(await new_database("automation"), tmp_path / "rules.yaml") as made:
        yield made


async def test_a_rule_is_saved_as_a_draft_switched_on_and_off_and_fires_in_between(system) -> None:
    saved = await system.put()
    assert (saved.status_code, saved.json()["state"], saved.headers["etag"]) == (201, "draft", '"1"')
    await system.captured("before")
    enabled = (await system.enable()).json()
    await system.captured("between")
    disabled = (await system.call("POST", "/rules/new-lead/disable")).json()
    await system.captured("after")

    assert (enabled["state"], enabled["enabled_version"], disabled["state"]) == ("enabled", 1, "disabled")
    assert await system.tasks() == [("new-lead", 1)]


async def test_an_event_that_was_recorded_before_a_rule_was_switched_on_does_not_fire_it(system) -> None:
    await system.put()
    await system.enable()
    await system.captured("late to come", after=LONG_AGO)
    assert await system.tasks() == []


async def test_a_new_version_fires_once_it_is_switched_on_and_the_old_one_until_then(system) -> None:
    await system.put()
    await system.enable()
    await system.put(rule=RULE | {"when": "event.touch.channel == 'elsewhere'"})
    await system.captured("olga")
    await system.enable()
    await system.captured("petr")
    assert await system.tasks() == [("new-lead", 1)]

    history = (await system.call("GET", "/rules/new-lead/history")).json()
    assert [(one["version"], one["saved_by"]) for one in history["versions"]] == [(1, "key:mara"), (2, "key:mara")]
    assert [(one["version"], one["until"] is None) for one in history["periods"]] == [(1, False), (2, True)]
    assert history["periods"][0]["until"] == history["periods"][1]["since"]


async def test_nobody_overwrites_what_he_has_not_read(system) -> None:
    await system.put()
    assert (await system.put(rule=RULE | {"when": ""}, if_match='"1"')).status_code == 201
    assert (await system.put(rule=RULE, if_match='"1"')).status_code == 412
    assert (await system.call("POST", "/rules/new-lead/disable", if_match='"7"')).status_code == 412


async def test_saving_the_same_again_is_no_new_version(system) -> None:
    await system.put()
    again = await system.put()
    assert (again.status_code, again.json()["version"]) == (200, 1)


async def test_faults_point_at_the_character_and_nothing_is_saved(system) -> None:
    wrong = RULE | {
        "when": "!event.touch.is_test && event.touch.chanel == 'site'",
        "where": "customer.segmnt == 'gold'",
        "actions": [{"do": "send_email", "id": "letter", "template": "welcom"}],
    }
    refused = await system.put(rule=wrong)
    checked = await system.call("POST", "/rules/new-lead/check", wrong)

    assert refused.status_code == 422
    faults = {one["pointer"]: one["detail"] for one in refused.json()["errors"]}
    assert faults["#/when"].startswith("character 25: touch has no field chanel")
    assert faults["#/where"].startswith("character 1: the customer has no field segmnt")
    assert "no template is named welcom" in faults["#/actions/0/template"]
    assert [(one["pointer"], one["detail"]) for one in checked.json()["faults"]] == list(faults.items())
    assert (await system.call("GET", "/rules/new-lead")).status_code == 404
    assert (await system.call("POST", "/rules/new-lead/check", RULE)).json() == {"faults": []}


async def test_a_rule_that_an_earlier_release_took_shows_its_faults(system, monkeypatch) -> None:
    dear = RULE | {"where": "customer.tags.map(t, customer.tags).size() > 0"}
    with monkeypatch.context() as earlier:
        earlier.setattr(desk, "faults", lambda rule, known: ())
        await system.put(rule=dear)
    (fault,) = (await system.call("GET", "/rules/new-lead")).json()["faults"]
    assert (fault["pointer"], fault["detail"].partition(":")[0]) == ("#/where", "character 15")


async def test_what_is_no_rule_at_all_is_refused(system) -> None:
    assert (await system.put(rule=RULE | {"wenn": ""})).status_code == 422
    assert (await system.put(rule=RULE | {"actions": []})).status_code == 422
    assert (await system.put(rule=RULE | {"per_customer": {"times": 1}})).status_code == 422
    assert (await system.call("PUT", "/rules/No Name", RULE)).status_code == 422
    assert (await system.enable("nobody-knows")).status_code == 404
    await system.put()
    assert (await system.enable(version=9)).status_code == 404


async def test_a_rule_of_the_file_gives_way_to_one_that_takes_it_over(new_database: Any) -> None:
    async with running(await new_database("automation"), SHIPPED) as system:
        refused = await system.put("contact-new-lead")
        taken = await system.call("PUT", "/rules/contact-new-lead?take_over=true", RULE)
        await system.captured("ivan")
        await system.enable("contact-new-lead")
        await system.captured("olga")
        await system.call("POST", "/rules/contact-new-lead/disable")
        await system.captured("petr")
        listed = (await system.call("GET", "/rules")).json()["rules"]

        assert (refused.status_code, refused.json()["code"]) == (409, "rule_of_file")
        assert (taken.status_code, taken.json()["version"], taken.json()["takes_over"]) == (201, 2, True)
        assert await system.tasks() == [("contact-new-lead", 1), ("contact-new-lead", 2)]
        mine = [(one["origin"], one["state"]) for one in listed if one["id"] == "contact-new-lead"]
        assert mine == [("kept", "disabled")]
        assert {one["origin"] for one in listed} == {"file", "kept"}


async def test_a_rule_of_the_file_is_switched_off_by_taking_it_over(new_database: Any) -> None:
    async with running(await new_database("automation"), SHIPPED) as system:
        await system.call("PUT", "/rules/contact-new-lead?take_over=true", RULE)
        await system.call("POST", "/rules/contact-new-lead/disable")
        await system.captured("ivan")
        assert await system.tasks() == []


async def test_what_a_rule_withheld_is_listed_with_the_reason(system) -> None:
    customer = deterministic_id("customer")
    cause = Cause(rule="new-lead", rule_version=3, action="task", event_id=customer, event_type="x.v1", depth=4)
    log = Log()
    for n in range(3):
        about = {"suppression_id": deterministic_id(n), "cause": cause, "customer_id": customer}
        log.append(deterministic_id(n), RuleSuppressed(**about, reason="loop"))
    async with system.automation.pool.acquire() as connection:
        for _ in range(2):
            await keep_suppressed(connection, [record.recorded() for record in log.records])

    page = (await system.call("GET", "/rules/new-lead/suppressed?limit=2")).json()
    rest = (await system.call("GET", f"/rules/new-lead/suppressed?limit=2&cursor={page['next']}")).json()

    assert [len(page["suppressed"]), len(rest["suppressed"]), rest["next"]] == [2, 1, None]
    assert (page["suppressed"][0]["reason"], page["suppressed"][0]["customer_id"]) == ("loop", str(customer))

    erased = Log().append(customer, CustomerErased(customer_id=customer))
    async with system.automation.pool.acquire() as connection:
        await keep_suppressed(connection, [record.recorded() for record in erased])
    page = (await system.call("GET", "/rules/new-lead/suppressed")).json()
    assert {one["customer_id"] for one in page["suppressed"]} == {None}


async def test_a_rule_is_in_force_for_the_consumer_as_soon_as_its_switching_on_is_answered(system) -> None:
    """Switching on waits for the batch that runs, and the next batch has it."""
    await system.put()
    registry = Registry(load(SHIPPED, Known(letters.Templates().names)))
    async with system.automation.pool.acquire() as connection:
        async with connection.transaction():
            before = await registry.now(connection)
            switching = asyncio.create_task(system.enable())
            done, _ = await asyncio.wait([switching], timeout=0.3)
            assert not done
        assert (await switching).status_code == 200
        async with connection.transaction():
            after = await registry.now(connection)
    assert "new-lead" not in {rule.id for rule in before.on("lead.captured.v1")}
    assert "new-lead" in {rule.id for rule in after.on("lead.captured.v1")}
