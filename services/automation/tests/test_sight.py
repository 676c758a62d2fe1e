"""What is about a deal, a lead or a customer of another line of business is as if it were not there: in lists, by its
id, for reading and for writing.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from automation.webhooks import matching
from automation_service import serving
from automation_world import Leads, Story, world
from events.contracts.leads import LeadCaptured, ManagerSetUp, Touch
from events.store import deterministic_id

DUE = "2026-03-02T12:00:00Z"
PEOPLE: dict[str, dict[str, Any]] = {
    "head": {"roles": ["head", "marketer"]},
    "east": {"roles": ["head", "marketer"], "directions": ["east"]},
    "anna": {"roles": ["manager"], "directions": ["east"]},
}
NOTHING = UUID(int=0)
_FILL = """
INSERT INTO messages (message_id, customer_id, medium, template, requested_at) VALUES ($1, $1, 'email', 'offer', now());
INSERT INTO suppressions (suppression_id, rule, rule_version, action, event_id, event_type, reason, customer_id,
                          recorded_at) VALUES ($1, 'call', 1, 'task', $1, 'lead.captured.v1', 'cap', $1, now());
INSERT INTO enrolments (enrolment_id, sequence, customer_id, version, round, revision, state, entered_at)
VALUES ($1, 'warm', $1, 1, 1, 1, 'inside', now());
INSERT INTO mailing_recipients (mailing_id, customer_id, message_id) VALUES ($2, $1, $1);
INSERT INTO questionnaire_answers VALUES ($1, 'nps', 1, $1, '{}', '{}', '{}', now());
INSERT INTO tasks (id, kind, payload, due_at, actor, correlation_id) VALUES ($1, 'x', '{}', now(), 'x', $1);
INSERT INTO pending_firings (firing_id, rule, rule_version, action, event_id, customer_id)
VALUES ($1, 'call', 1, 'task', $1, $1);
INSERT INTO contact_cadence (customer_id) VALUES ($1)
"""
LISTS = {
    "/messages": "messages",
    "/firings": None,
    "/rules/call/suppressed": "suppressed",
    "/sequences/warm/customers": "enrolments",
    f"/mailings/{NOTHING}/recipients": "recipients",
    "/questionnaires/nps/answers": "answers",
}


class Office:
    def __init__(self, client: httpx2.AsyncClient, keys: dict[str, str], automation: Any) -> None:
        self.client, self.keys, self.automation, self.story = client, keys, automation, Story()

    async def ask(self, method: str, path: str, who: str, body: Any = None) -> httpx2.Response:
        key = {"authorization": f"Bearer {self.keys[who]}"}
        return await self.client.request(method, path, json=body, headers=key)

    async def captured(self, direction: str | None) -> tuple[UUID, UUID]:
        """A lead and its customer, as both consumers have heard of them, with something of every kind about them."""
        lead, customer = uuid4(), uuid4()
        touch = Touch(touch_id=uuid4(), channel="site", intake="form", source="main", kind="form")
        event = LeadCaptured(lead_id=lead, customer_id=customer, touch=touch, is_returning=False, direction=direction)
        records = self.story.log.append(lead, event)
        await self.automation.deliver(records)
        async with self.automation.pool.acquire() as connection, connection.transaction():
            await matching.apply(connection, records)
            for statement in _FILL.split(";"):
                given = (customer, NOTHING) if "$2" in statement else (customer,)
                await connection.execute(statement, *given)
        return lead, customer

    async def task(self, **about: Any) -> str:
        made = await self.ask("POST", "/tasks", "head", {"kind": "call", "due_at": DUE} | about)
        assert made.status_code == 201, made.text
        await self.automation.settle()
        return str(made.json()["task_id"])


@pytest.fixture
async def office(new_database: Any, httpserver: Any) -> Any:
    dsn = await new_database("automation")
    httpserver.expect_request("/keys/read", method="POST").respond_with_handler(Leads().answer)
    url = httpserver.url_for("").rstrip("/")
    async with serving(dsn, PEOPLE, language="en", leads_url=url) as service, world(dsn) as automation:
        yield Office(service.client, service.keys, automation)


async def test_lists_have_what_is_about_ones_own_line_of_business_and_about_none(office: Office) -> None:
    customers = {name: (await office.captured(name))[1] for name in ("east", "west", None)}
    for path, name in LISTS.items():
        for who, seen in (("head", {"east", "west", None}), ("east", {"east", None})):
            answer = await office.ask("GET", path, who)
            assert answer.status_code == 200, (path, answer.text)
            rows = answer.json()[name] if name else answer.json()
            assert {row["customer_id"] for row in rows} == {str(customers[one]) for one in seen}, (path, who)


async def test_a_task_about_another_line_of_business_is_not_there_unless_it_is_his_own(office: Office) -> None:
    (east, _), (west, customer) = await office.captured("east"), await office.captured("west")
    near, far = await office.task(lead_id=str(east)), await office.task(lead_id=str(west))
    by_customer, about_nothing = await office.task(customer_id=str(customer)), await office.task()
    own = await office.task(lead_id=str(west), assignee="anna")
    unheard = await office.task(lead_id=str(uuid4()))
    for who, seen in (("anna", {near, about_nothing, own}), ("east", {near, about_nothing})):
        listed = (await office.ask("GET", "/tasks", who)).json()["tasks"]
        # The shipped rules have made tasks about the leads, too.
        assert {task["task_id"] for task in listed if task["cause"] is None} == seen
        assert str(west) not in {task["lead_id"] for task in listed if task["task_id"] != own}
        loads = (await office.ask("GET", "/tasks/load", who)).json()["loads"]
        assert sum(load["open"] for load in loads) == len(listed)
    for task in (far, by_customer, unheard):
        for method, path, body in (
            ("GET", "", None),
            ("POST", "/complete", {"result": "done"}),
            ("POST", "/assign", {"assignee": "anna"}),
            ("POST", "/reschedule", {"due_at": DUE}),
            ("POST", "/prioritise", {"priority": "high"}),
            ("POST", "/comments", {"text": "x"}),
        ):
            assert (await office.ask(method, f"/tasks/{task}{path}", "anna", body)).status_code == 404
    moved = (await office.ask("POST", "/tasks/assign", "anna", {"task_ids": [far, near], "assignee": "anna"})).json()
    assert [task["outcome"] for task in moved["tasks"]] == ["refused", "moved"]
    made = await office.ask("POST", "/tasks", "anna", {"kind": "call", "due_at": DUE, "lead_id": str(west)})
    assert made.status_code == 404


async def test_a_calendar_of_a_colleague_shows_only_what_is_about_ones_own_line_of_business(office: Office) -> None:
    (east, _), (west, _) = await office.captured("east"), await office.captured("west")
    await office.automation.deliver(
        office.story.log.append(deterministic_id("manager", "boris"), _manager("boris", "east", "west"))
    )
    near = await office.task(lead_id=str(east), assignee="boris")
    await office.task(lead_id=str(west), assignee="boris")
    page = await office.ask("GET", "/tasks/calendar?assignee=boris&from=2026-03-01&to=2026-03-03", "east")
    assert [task["task_id"] for day in page.json()["days"] for task in day["tasks"]] == [near]


async def test_a_customer_of_another_line_of_business_is_not_written_to_and_not_led_anywhere(office: Office) -> None:
    customer = (await office.captured("west"))[1]
    for method, path, body in (
        ("GET", f"/cadence/customers/{customer}", None),
        ("PUT", f"/cadence/customers/{customer}", {"days": 9}),
        ("DELETE", f"/cadence/customers/{customer}", None),
        ("POST", "/sequences/warm/customers", {"customer_ids": [str(customer)]}),
        ("DELETE", f"/sequences/warm/customers/{customer}", None),
        ("POST", f"/mailings/{NOTHING}/recipients", {"customer_ids": [str(customer)]}),
    ):
        answer = await office.ask(method, path, "east", body)
        assert (answer.status_code, answer.json()["detail"]) == (404, "There is no such customer."), path
    assert (await office.ask("GET", f"/cadence/customers/{customer}", "head")).status_code == 200


def _manager(login: str, *directions: str) -> Any:
    return ManagerSetUp(manager_id=login, name=login, active=True, directions=directions)
