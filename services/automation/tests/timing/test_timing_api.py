"""Working calendars, what waits, and the cadence, by HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from automation.cadence.keeping import keep
from automation.rules.rule import Rule, Rules
from automation_service import serving
from automation_world import Story, World, world
from events.contracts.leads import CustomerRegistered
from events.testing import Log

TITLE = {"ru": "Задача", "en": "Task"}
TASK = {"do": "create_task", "id": "task", "kind": "call", "title": TITLE, "timing": {"after": {"days": 2}}}
RULE = {"id": "later", "version": 1, "title": TITLE, "trigger": "customer.registered.v1", "actions": [TASK]}
HOURS = {"weekday": "mon", "opens": "10:00", "closes": "19:00"}
CALENDAR = {
    "time_zone": "Asia/Almaty",
    "working_hours": [HOURS],
    "days_off": [{"date": "2026-03-09", "title": "Women's Day"}],
}


class Office:
    def __init__(self, client: httpx2.AsyncClient, keys: dict[str, str], automation: World) -> None:
        self.client, self.keys, self.automation, self.log = client, keys, automation, Log()

    async def ask(
        self, method: str, path: str, body: Any = None, who: str = "admin", **headers: str
    ) -> httpx2.Response:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        key = {"authorization": f"Bearer {self.keys[who]}"}
        return await self.client.request(method, path, json=body, headers=key | given)

    async def registered(self, name: str) -> str:
        customer = Story.customer(name)
        registered = CustomerRegistered(customer_id=customer)
        at = datetime.now(UTC) - timedelta(hours=1)
        await self.automation.deliver(self.log.append(customer, registered, occurred_at=at))
        return str(customer)


@pytest.fixture
async def office(new_database: Any) -> AsyncIterator[Office]:
    dsn, rules = await new_database("automation"), Rules((Rule.model_validate(RULE),))
    async with (
        serving(dsn, {"admin": "admin", "anna": "manager"}, leads_url="http://127.0.0.1:1") as service,
        world(dsn, rules, others=(keep,)) as automation,
    ):
        yield Office(service.client, service.keys, automation)


async def test_the_firm_has_hours_until_and_after_somebody_sets_them_up(office: Office) -> None:
    before = (await office.ask("GET", "/working-calendars/business")).json()
    assert (before["version"], before["time_zone"], len(before["working_hours"])) == (0, "Europe/Moscow", 5)
    made = await office.ask("PUT", "/working-calendars/business", CALENDAR, if_match='"0"')
    assert made.json() == {"calendar": "business", "version": 1} | CALENDAR
    again = await office.ask("PUT", "/working-calendars/business", CALENDAR)
    assert again.json()["version"] == 1
    assert (await office.ask("PUT", "/working-calendars/business", CALENDAR, if_match='"0"')).status_code == 412
    zones = [CALENDAR | {"time_zone": zone} for zone in ("Europe/Moscow", "Asia/Almaty", "Asia/Omsk", "Asia/Tomsk")]
    at_once = await asyncio.gather(*(office.ask("PUT", "/working-calendars/at-once", one) for one in zones))
    assert [one.status_code for one in at_once] == [200] * 4
    assert (await office.ask("GET", "/working-calendars/at-once")).json()["version"] == 4
    await office.automation.settle()
    assert [one["version"] for one in (await office.ask("GET", "/working-calendars")).json()] == [4, 1]


@pytest.mark.parametrize(
    "wrong",
    [{"time_zone": "Mars/Olympus"}, {"working_hours": [HOURS | {"closes": "09:00"}]}, {"days_off": [{"date": "soon"}]}],
    ids=["zone", "hours", "day"],
)
async def test_a_calendar_that_means_nothing_is_refused(office: Office, wrong: Any) -> None:
    assert (await office.ask("PUT", "/working-calendars/business", CALENDAR | wrong)).status_code == 422


async def test_what_waits_is_listed_for_those_who_may_see_rules(office: Office) -> None:
    customer = await office.registered("ivan")
    (waiting,) = (await office.ask("GET", f"/firings?customer_id={customer}")).json()
    assert (waiting["rule"], waiting["action"], waiting["customer_id"]) == ("later", "task", customer)
    assert (await office.ask("GET", "/firings?rule=another")).json() == []
    assert (await office.ask("GET", "/firings", who="anna")).status_code == 403


async def test_paces_are_proposed_set_up_and_excepted(office: Office) -> None:
    customer = await office.registered("ivan")
    proposed = (await office.ask("GET", "/cadence", who="anna")).json()
    assert (proposed["version"], [rule["days"] for rule in proposed["rules"]]) == (0, [14, 14, 21, 21])
    assert (await office.ask("GET", f"/cadence/customers/{customer}")).json()["next_contact_at"] is None
    rules = {"rules": proposed["rules"]}
    assert (await office.ask("PUT", "/cadence", rules, who="anna")).status_code == 403
    assert (await office.ask("PUT", "/cadence", rules)).json()["version"] == 1
    own = await office.ask("PUT", f"/cadence/customers/{customer}", {"days": 5}, who="anna")
    assert own.status_code == 204
    await office.automation.settle()
    told = (await office.ask("GET", f"/cadence/customers/{customer}", who="anna")).json()
    days = datetime.fromisoformat(told["next_contact_at"]) - datetime.fromisoformat(told["last_contact_at"])
    assert (days, told["days"], told["segment"]) == (timedelta(days=5), 5, "casual")
    assert (await office.ask("DELETE", f"/cadence/customers/{customer}", who="anna")).status_code == 204
    for wrong in ({}, {"days": 5, "paused": True}, {"days": 5, "latest_days": 4}):
        assert (await office.ask("PUT", f"/cadence/customers/{customer}", wrong)).status_code == 422
    unknown = "00000000-0000-0000-0000-000000000001"
    assert (await office.ask("GET", f"/cadence/customers/{unknown}")).status_code == 404
