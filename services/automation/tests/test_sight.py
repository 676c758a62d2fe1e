"""What is about a deal, a lead or a customer of another line of business is as if it were not there: in lists, by its
id, for reading and for writing.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from automation_office import DUE, NOTHING, Office, office
from events.contracts.leads import ManagerSetUp
from events.store import deterministic_id

__all__ = ["office"]

LISTS = {
    "/messages": "messages",
    "/firings": None,
    "/rules/call/suppressed": "suppressed",
    "/sequences/warm/customers": "enrolments",
    f"/mailings/{NOTHING}/recipients": "recipients",
    "/questionnaires/nps/answers": "answers",
}


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
