"""Rules that ask leads and deals, and a mailing to a list, while the services that ask and answer are killed and
stopped: every request is made once, answered once, and done once.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter
from typing import Any
from uuid import UUID

import httpx2
import pytest
from embedded.system import System
from events.store import deterministic_id
from events.tasks import LEASE_SECONDS

from .breaking import wait_until_ready
from .conftest import SHORT, Scenario
from .invariants import Databases, databases_of

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900), pytest.mark.marks_the_log]

SERVICES = ("leads", "deals", "automation")
PATIENCE_SECONDS = 240 if SHORT else 800
TITLE = {"ru": "Проверка", "en": "Trial"}
FIRM = {"name": "Romashka", "requisites": {"inn": "7707083893", "kpp": "773601001"}}
RULES: dict[str, dict[str, Any]] = {
    "when-qualified": {
        "trigger": "lead.qualified.v1",
        "actions": [
            {"do": "edit_tags", "id": "tag", "of": "customer", "add": ["asked"]},
            {"do": "add_note", "id": "note", "of": "lead", "text": TITLE},
        ],
    },
    "when-opened": {
        "trigger": "deal.opened.v1",
        "actions": [{"do": "change_products", "id": "lines", "add": [{"product": "SITE", "price": "1000"}]}],
    },
    "when-priced": {
        "trigger": "deal.lines-changed.v1",
        "actions": [{"do": "change_stage", "id": "stage", "to_stage": "offer_sent"}],
    },
    "when-offered": {
        "trigger": "deal.stage-changed.v1",
        "when": "event.to_stage == 'offer_sent'",
        "actions": [
            {"do": "issue_invoice", "id": "bill", "due_in_days": 5},
            {"do": "make_document", "id": "offer", "kind": "offer"},
            {"do": "add_note", "id": "note", "of": "deal", "text": TITLE},
            {"do": "edit_tags", "id": "tag", "of": "deal", "add": ["offered"]},
        ],
    },
    "when-agreed": {
        "trigger": "deal.tagged.v1",
        "when": "'agreed' in event.tags",
        "actions": [{"do": "close_deal", "id": "win", "outcome": "won"}],
    },
}
ANSWERED = {"deals": ("lines", "bill", "offer", "note", "tag", "win"), "leads": ("tag", "note")}
"""Actions that are answered by ``…request-answered.v1``; another stage is its own answer."""
EFFECTS = {
    "leads": ("customer.tagged.v1", "customer.noted.v1"),
    "deals": (
        "deal.lines-changed.v1",
        "deal.stage-changed.v1",
        "invoice.issued.v1",
        "document.requested.v1",
        "deal.noted.v1",
        "deal.tagged.v1",
        "deal.won.v1",
    ),
}
BECAUSE_OF_US = "data->'cause'->>'rule' LIKE 'when-%'"


class Office:
    """Who sells: asks a service again and again until it has taken what is asked."""

    def __init__(self, system: System) -> None:
        self._system = system
        headers = {"Authorization": f"Bearer {system.secrets.admin_key}"}
        self.http = httpx2.AsyncClient(timeout=10, trust_env=False, headers=headers)

    async def asks(
        self, service: str, method: str, path: str, body: Any = None, key: str = "", not_yet: int = 0
    ) -> Any:
        """The answer's JSON; where it is ``not_yet``, that is waited for too."""
        headers = {"Idempotency-Key": key} if key else {}
        while True:
            try:
                answer = await self.http.request(method, self._system.url(service) + path, json=body, headers=headers)
            except httpx2.TransportError:
                await asyncio.sleep(0.1)
                continue
            if answer.is_success:
                return answer.json() if answer.content else None
            assert answer.status_code in {429, 500, 502, 503, 504, not_yet}, f"{path}: {answer.text}"
            await asyncio.sleep(0.2)


async def test_requests_of_rules_and_lists_are_made_answered_and_done_once_whoever_is_killed_or_stopped(
    scenario: Scenario,
) -> None:
    count, office = scenario.times(12, 150), Office(scenario.system)
    async with office.http, databases_of(scenario.system) as databases, asyncio.timeout(PATIENCE_SECONDS):
        product = {"code": "SITE", "title": "Site", "kind": "service", "tax_rate": "20"}
        await office.asks("deals", "POST", "/products/bulk", [product])
        await office.asks("deals", "PUT", "/firm", FIRM)
        for rule, definition in RULES.items():
            await office.asks("automation", "PUT", f"/rules/{rule}", definition | {"title": TITLE})
            await office.asks("automation", "POST", f"/rules/{rule}/enable", {})
        async with asyncio.TaskGroup() as group:
            killers = [group.create_task(broken(scenario, name, scenario.times(2, 10))) for name in SERVICES]
            hurry = group.create_task(leases_pass(databases))
            leads = [await captured(office, number) for number in range(count)]
            mailing = await mailed(office, [one["customer_id"] for one in leads])
            sold = [group.create_task(sold_to(office, databases, UUID(one["lead_id"]))) for one in leads]
            await asyncio.gather(*killers, *sold)
            while (told := await office.asks("automation", "GET", mailing))["state"] != "finished":
                await asyncio.sleep(0.2)
            while await unanswered(office):
                await asyncio.sleep(0.2)
            hurry.cancel()

        assert told["list_reading"]["customers"] == count
        for what, found, expected in await account(databases, UUID(told["mailing_id"]), count):
            assert found == expected, what
    scenario.done = True


async def unanswered(office: Office) -> bool:
    """Whether automation knows of a request without an answer."""
    page = await office.asks("automation", "GET", "/requests")
    return any(one["outcome"] == "none" for one in page["requests"])


async def captured(office: Office, number: int) -> Any:
    """A new person's request."""
    asked = {"name": "Ivan", "phones": [f"+7916777{number:04}"], "emails": [f"asked{number}@example.com"]}
    return await office.asks("leads", "POST", "/leads", asked, key=f"asked-{number}")


async def mailed(office: Office, customers: list[str]) -> str:
    """A mailing to a list of these is under way."""
    made = await office.asks("leads", "POST", "/lists", {"name": "Asked"}, key="asked")
    members = [{"customer_id": one} for one in customers]
    await office.asks("leads", "POST", f"/lists/{made['list_id']}/members", members)
    mailing = {"title": "Spring", "template": "welcome", "purpose": "service", "list_id": made["list_id"]}
    there = await office.asks("automation", "POST", "/mailings", mailing, key="asked")
    path = f"/mailings/{there['mailing_id']}"
    await office.asks("automation", "POST", f"{path}/start", {})
    return path


async def sold_to(office: Office, databases: Databases, lead_id: UUID) -> None:
    """Qualified by a manager; rules make the offer; when it is all done the customer agrees, and a rule ends the deal.

    What a rule has just asked automation does not know of yet (``GET /requests``), so each step waits for its answers.
    """
    await office.asks("leads", "POST", f"/leads/{lead_id}/assign", {"manager_id": "anna"}, not_yet=404)
    await office.asks("leads", "POST", f"/leads/{lead_id}/qualify", {"temperature": "warm"}, not_yet=404)
    deal_id = deterministic_id("deal", lead_id)
    await answered(databases, deal_id, len(ANSWERED["deals"]) - 1)
    await office.asks("deals", "POST", f"/deals/{deal_id}/tags", {"add": ["agreed"]})
    await answered(databases, deal_id, len(ANSWERED["deals"]))


async def answered(databases: Databases, deal_id: UUID, number: int) -> None:
    """Waits for so many answers about a deal."""
    while (await databases.rows("deals", _ANSWERED, str(deal_id)))[0][0] < number:
        await asyncio.sleep(0.3)


_ANSWERED = "SELECT count(*) FROM events WHERE type = 'deal.request-answered.v1' AND data->>'deal_id' = $1"


async def broken(scenario: Scenario, name: str, times: int) -> None:
    """Killed and started again, or stopped for a while and continued: again and again, each in its own rhythm."""
    process, chance = scenario.system.services[name], random.Random(scenario.chance.random())
    for number in range(times):
        await asyncio.sleep(chance.uniform(0.5, 4.0))
        if number % 2:
            os.kill(process.pid, signal.SIGSTOP)
            await asyncio.sleep(chance.uniform(1.0, 4.0))
            os.kill(process.pid, signal.SIGCONT)
            scenario.note(f"{name} stopped and continued")
        else:
            await asyncio.to_thread(process.kill)
            process.spawn()
            scenario.note(f"kill -9 of {name}")
            await wait_until_ready(scenario.system, name)


async def leases_pass(databases: Databases) -> None:
    """What the dead had in hand is taken up sooner: nobody takes a quarter of a lease for it."""
    while True:
        for name in SERVICES:
            await databases[name].execute(_LEASES_PASS, 0.75 * LEASE_SECONDS)
        await asyncio.sleep(1)


_LEASES_PASS = """
UPDATE tasks SET leased_until = now()
 WHERE id IN (SELECT id FROM tasks WHERE leased_until BETWEEN now() AND now() + $1 * interval '1 second'
                 FOR UPDATE SKIP LOCKED)
"""


async def account(databases: Databases, mailing_id: UUID, count: int) -> list[tuple[str, Any, Any]]:
    """What is found, and what is to be."""
    found: list[tuple[str, Any, Any]] = []
    asked = {f"{rule} {action['id']}" for rule, told in RULES.items() for action in told["actions"]}
    rows = await databases.rows(
        "automation",
        "SELECT concat_ws(' ', data->'cause'->>'rule', data->'cause'->>'action') FROM events"
        f" WHERE {BECAUSE_OF_US} AND type LIKE '%requested.v1'",
    )
    found.append(("requests", Counter(one for (one,) in rows), Counter(dict.fromkeys(asked, count))))
    for service, actions in ANSWERED.items():
        rows = await databases.rows(
            service,
            "SELECT data->'cause'->>'action', data->>'outcome', count(*), count(DISTINCT data->>'request_id')"
            f" FROM events WHERE {BECAUSE_OF_US} AND type LIKE '%.request-answered.v1' GROUP BY 1, 2",
        )
        found.append((f"answers of {service}", set(rows), {(one, "done", count, count) for one in actions}))
        rows = await databases.rows(
            service,
            "SELECT type, count(*), count(DISTINCT coalesce(data->>'deal_id', data->>'customer_id')) FROM events"
            f" WHERE {BECAUSE_OF_US} AND type = ANY($1) GROUP BY 1",
            list(EFFECTS[service]),
        )
        found.append((f"effects in {service}", set(rows), {(one, count, count) for one in EFFECTS[service]}))
    letters = await databases.rows(
        "automation",
        "SELECT count(*), count(DISTINCT customer_id), count(DISTINCT message_id) FROM mailing_recipients"
        " JOIN messages USING (message_id, customer_id) WHERE mailing_id = $1 AND state IN ('requested', 'sent')",
        mailing_id,
    )
    found.append(("letters of the mailing", letters, [(count, count, count)]))
    told = await databases.rows("leads", "SELECT count(*) FROM events WHERE type = 'list.read.v1'")
    return [*found, ("answers about the list", told, [(1,)])]
