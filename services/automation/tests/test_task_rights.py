"""Whose tasks somebody may see and work on, and a person's calendar."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from automation.main import SERVICE
from automation.settings import AutomationSettings
from automation_world import Leads, Story, world
from events.api_keys import new_key
from events.app import build
from events.contracts.leads import ManagerAbsent, ManagerSetUp
from events.store import deterministic_id
from icalendar import Calendar
from pydantic import SecretStr

PEOPLE: dict[str, dict[str, Any]] = {
    "anna": {"roles": ["manager"]},
    "boris": {"roles": ["manager"]},
    "retail-head": {"roles": ["head"], "directions": ["retail"]},
    "head": {"roles": ["head"]},
}
DUE = "2026-03-02T12:00:00Z"


class Office:
    def __init__(self, client: httpx2.AsyncClient, keys: dict[str, str], automation: Any) -> None:
        self.client, self.keys, self.automation, self.story = client, keys, automation, Story()

    async def ask(self, method: str, path: str, who: str, body: Any = None, **params: Any) -> httpx2.Response:
        key = {"authorization": f"Bearer {self.keys[who]}"} if who else {}
        return await self.client.request(method, path, json=body, params=params, headers=key)

    async def task(self, assignee: str | None, by: str = "head", **more: Any) -> str:
        body = {"kind": "call", "due_at": DUE, "assignee": assignee} | more
        made = await self.ask("POST", "/tasks", by, body)
        assert made.status_code == 201, made.text
        await self.automation.settle()
        return str(made.json()["task_id"])

    async def works_in(self, manager: str, *directions: str) -> None:
        event = ManagerSetUp(manager_id=manager, name=manager, active=True, directions=directions)
        await self.automation.deliver(self.story.log.append(deterministic_id("manager", manager), event))

    async def listed(self, who: str) -> set[str]:
        return {task["task_id"] for task in (await self.ask("GET", "/tasks", who)).json()["tasks"]}


@pytest.fixture
async def office(new_database: Any, httpserver: Any) -> Any:
    dsn = await new_database("automation")
    httpserver.expect_request("/keys/read", method="POST").respond_with_handler(Leads().answer)
    keys = {name: new_key() for name in PEOPLE}
    settings = AutomationSettings(
        database_url=SecretStr(dsn),
        roles=frozenset({"api"}),
        language="en",
        api_keys=tuple({"key": keys[name], "name": name} | given for name, given in PEOPLE.items()),
        leads_url=httpserver.url_for("").rstrip("/"),
        service_key=SecretStr(new_key()),
        public_url="https://crm.test",
        link_keys=base64.b64encode(b"k" * 32).decode(),
    )
    app = build(SERVICE, settings)
    async with (
        app.running(),
        world(dsn) as automation,
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://automation.test") as client,
    ):
        yield Office(client, keys, automation)


async def test_a_manager_works_on_his_own_tasks_and_on_nobodys_and_a_head_on_those_of_his_direction(
    office: Office,
) -> None:
    await office.works_in("anna", "retail")
    await office.works_in("boris", "wholesale")
    annas, boris, nobodys = [await office.task(assignee) for assignee in ("anna", "boris", None)]
    assert await office.listed("anna") == {annas, nobodys}
    assert await office.listed("retail-head") == {annas, nobodys}
    assert await office.listed("head") == {annas, boris, nobodys}
    calls = [("GET", "", None), ("POST", "/complete", {"result": "done"}), ("POST", "/assign", {"assignee": "anna"})]
    for method, path, body in calls:
        for who in ("anna", "retail-head"):
            assert (await office.ask(method, f"/tasks/{boris}{path}", who, body)).status_code == 404
    assert (await office.ask("POST", f"/tasks/{annas}/complete", "retail-head", {"result": "done"})).status_code == 200
    moved = (
        await office.ask("POST", "/tasks/assign", "anna", {"task_ids": [boris, nobodys], "assignee": "anna"})
    ).json()
    assert [task["outcome"] for task in moved["tasks"]] == ["refused", "moved"]
    loads = (await office.ask("GET", "/tasks/load", "anna")).json()["loads"]
    assert {load["assignee"] for load in loads} <= {"anna", None}


async def test_a_deputy_works_on_the_tasks_of_who_is_away_while_he_is(office: Office) -> None:
    boris, now = await office.task("boris"), datetime.now(UTC)
    assert await office.listed("anna") == set()
    for starts, ends, seen in ((now - timedelta(days=9), now - timedelta(days=8), 404), (now, now + timedelta(1), 200)):
        absent = ManagerAbsent(
            manager_id="boris", absence_id=uuid4(), starts=starts, ends=ends, reason="holiday", deputy_id="anna"
        )
        await office.automation.deliver(office.story.log.append(deterministic_id("manager", "boris"), absent))
        assert (await office.ask("GET", f"/tasks/{boris}", "anna")).status_code == seen


async def test_who_gave_a_task_away_still_sees_it(office: Office) -> None:
    boris = await office.task("boris", by="anna")
    assert (await office.ask("GET", f"/tasks/{boris}", "anna")).status_code == 200


async def test_a_calendar_has_the_tasks_by_day_of_the_business(office: Office) -> None:
    late = await office.task("anna", due_at="2026-03-02T21:30:00Z")
    noon = await office.task("anna")
    asked = {"from": "2026-03-02", "to": "2026-03-03"}
    page = (await office.ask("GET", "/tasks/calendar", "anna", **asked)).json()
    assert [(day["day"], [task["task_id"] for task in day["tasks"]]) for day in page["days"]] == [
        ("2026-03-02", [noon]),
        ("2026-03-03", [late]),
    ]
    assert (await office.ask("GET", "/tasks/calendar", "boris", assignee="anna", **asked)).status_code == 404
    wrong = await office.ask("GET", "/tasks/calendar", "anna", **{"from": "2026-03-02", "to": "2027-03-02"})
    assert wrong.status_code == 422


async def test_a_calendar_program_reads_open_tasks_by_a_signed_link_and_by_no_other(office: Office) -> None:
    soon = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    task = await office.task(
        "anna", due_at=soon.isoformat(), remind_at=(soon - timedelta(hours=1)).isoformat(), priority="high"
    )
    done = await office.task("anna", due_at=soon.isoformat())
    await office.ask("POST", f"/tasks/{done}/complete", "anna", {"result": "done"})
    await office.automation.settle()
    link = (await office.ask("POST", "/tasks/calendar/link", "anna")).json()["url"]
    path = link.removeprefix("https://crm.test")

    answer = await office.ask("GET", path, "")
    (event,) = Calendar.from_ical(answer.text).walk("VEVENT")
    (alarm,) = event.walk("VALARM")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert (event["uid"], event["summary"], event["priority"]) == (f"{task}@voronka", "Call", 3)
    assert (event["dtstart"].dt, alarm["trigger"].dt) == (soon, timedelta(hours=-1))
    assert (await office.ask("GET", path.replace(".ics", "x.ics"), "")).status_code == 404
