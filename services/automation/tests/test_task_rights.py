"""Whose tasks somebody may see and work on, and a person's calendar."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from automation.tasks import calendar
from automation.tasks.calendar import PlannedContact, written
from automation_service import serving
from automation_world import Leads, Story, world
from events.contracts.leads import InteractionReassigned, ManagerAbsent, ManagerSetUp
from events.contracts.leads.interactions import (
    InteractionCancelled,
    InteractionConcluded,
    InteractionPlanned,
    InteractionRescheduled,
)
from events.store import deterministic_id
from icalendar import Calendar

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
    links = {"public_url": "https://crm.test", "link_keys": base64.b64encode(b"k" * 32).decode()}
    url = httpserver.url_for("").rstrip("/")
    async with serving(dsn, PEOPLE, language="en", leads_url=url, **links) as service, world(dsn) as automation:
        yield Office(service.client, service.keys, automation)


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


async def test_a_calendar_has_what_leads_has_planned_at_its_newest_time_and_with_its_newest_manager(
    office: Office,
) -> None:
    """Given a meeting of anna that was moved, a visit of hers that was called off, and one that went to boris."""
    first, moved = datetime(2026, 3, 2, 10, tzinfo=UTC), datetime(2026, 3, 3, 8, tzinfo=UTC)
    ids = {name: deterministic_id("interaction", name) for name in ("meeting", "off", "gone", "held")}
    said: list[Any] = []
    for name, id_ in ids.items():
        kind = "meeting" if name == "meeting" else "visit"
        planned = InteractionPlanned(interaction_id=id_, kind=kind, planned_at=first, manager_id="anna")
        said += office.story.log.append(id_, planned)
    again = InteractionRescheduled(interaction_id=ids["meeting"], planned_at=moved, previously_planned_at=first)
    said += office.story.log.append(ids["meeting"], again)
    said += office.story.log.append(ids["off"], InteractionCancelled(interaction_id=ids["off"], reason="ill"))
    said += office.story.log.append(ids["gone"], InteractionReassigned(interaction_id=ids["gone"], manager_id="boris"))
    held = InteractionConcluded(interaction_id=ids["held"], kind="visit", held=True, result="agreed")
    said += office.story.log.append(ids["held"], held)
    await office.automation.deliver(said)

    asked = {"from": "2026-03-02", "to": "2026-03-03"}
    page = (await office.ask("GET", "/tasks/calendar", "anna", **asked)).json()
    told = [(day["day"], one["interaction_id"], one["title"], one["is_over"]) for day in page["days"]
            for one in day["contacts"]]  # fmt: skip
    assert told == [
        ("2026-03-02", str(ids["held"]), "Visit", True),
        ("2026-03-03", str(ids["meeting"]), "Meeting", False),
    ]
    boris = (await office.ask("GET", "/tasks/calendar", "boris", **asked)).json()
    assert [one["interaction_id"] for day in boris["days"] for one in day["contacts"]] == [str(ids["gone"])]


def test_a_planned_contact_is_an_event_of_its_own_in_the_feed() -> None:
    at = datetime(2026, 3, 3, 8, tzinfo=UTC)
    about = {"customer_id": None, "lead_id": None, "deal_id": None, "planned_at": at, "title": "Meeting"}
    contacts = [
        PlannedContact(interaction_id=uuid4(), kind="meeting", is_over=is_over, version=3, **about)
        for is_over in (False, True)
    ]
    (event,) = Calendar.from_ical(written("anna", [], contacts, at)).walk("VEVENT")
    assert (event["uid"], event["sequence"]) == (f"{contacts[0].interaction_id}@voronka", 3)
    assert (event["dtstart"].dt, event["summary"], event["transp"]) == (at, "Meeting", "OPAQUE")


async def test_a_calendar_program_reads_open_tasks_by_a_signed_link_and_by_no_other(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calendar, "MOST_TASKS", 1)
    soon = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    task = await office.task(
        "anna", due_at=soon.isoformat(), remind_at=(soon - timedelta(hours=1)).isoformat(), priority="high"
    )
    done = await office.task("anna", due_at=(soon - timedelta(hours=1)).isoformat())
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
    days = {"from": str(soon.date() - timedelta(days=1)), "to": str(soon.date() + timedelta(days=1))}
    page = (await office.ask("GET", "/tasks/calendar", "anna", **days)).json()
    assert (sum(len(day["tasks"]) for day in page["days"]), page["is_cut"]) == (1, True)
