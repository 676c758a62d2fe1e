"""Whatever shows a person is in the audit: every call that a service describes is made, and its answer looked into.

The caller sees all lines of business. A call that is new is among them, with nothing to be done for it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import orjson
from automation_office import Office
from deals_system import System
from leads_system import running_leads

from tests.security.described import Call, calls
from tests.security.matrix import API
from tests.security.test_foreign import PERSONAL, filling, of_retail, of_the_west

Asking = Callable[[Call, str, Mapping[str, Any]], Awaitable[httpx2.Response]]
UNHEARD = ("/reports/live", "/intake/live")
"""Streams that do not end."""
LAST = ("merge", "split", "eras", "discard", "personal-data")
"""What takes away what others show."""


async def unnoted(
    service: str, pool: asyncpg.Pool, ask: Asking, ids: Mapping[str, str], sent: Mapping[str, Any] | None = None
) -> tuple[set[str], set[str]]:
    """The calls that show the person, and those of them of which the audit does not tell. Reads come first."""
    described = orjson.loads((API / f"{service}.openapi.json").read_bytes())
    every = [call for call in calls(described, *described["paths"]) if not call.path.endswith("/live")]
    showing = set()
    for call in sorted(every, key=lambda one: (one.method != "GET", _is_last(one))):
        how = (sent or {}).get(call.name, {} if call.body is None else {"json": call.body})
        answer = await ask(call, call.filled(filling(call, ids)), how)
        if answer.status_code < 300 and any(word in answer.text for word in PERSONAL):
            showing.add(call.name)
    noted = {row["route"] for row in await pool.fetch("SELECT DISTINCT route FROM disclosures")}
    return showing, showing - noted


def _is_last(call: Call) -> bool:
    return call.method == "DELETE" or any(word in call.path for word in LAST)


async def test_every_call_of_leads_that_shows_a_person_is_in_the_audit(new_database: Any, tmp_path: Path) -> None:
    async with running_leads(await new_database("leads"), tmp_path) as leads:
        ids = await of_retail(leads)
        asks = {"phone": "+79120000001", "q": "+79120000001", "customer_id": ids["customer_id"]}

        async def ask(call: Call, path: str, how: Mapping[str, Any]) -> httpx2.Response:
            answer = await leads.call(call.method, path, "head", params=asks if call.method == "GET" else None, **how)
            return (
                answer
                if answer.status_code != 403
                else await leads.call(call.method, path, "admin", params=asks, **how)
            )

        showing, forgotten = await unnoted("leads", leads.pool, ask, ids)
    assert {
        "GET /personal-data/export",
        "GET /search",
        "POST /customers/{customer_id}/tags",
        "PUT /quarantined-requests/{request_id}/body",
    } <= showing
    assert forgotten == set(), "shows a person, and the audit does not know"


async def test_every_call_of_deals_that_shows_a_person_is_in_the_audit(system: System) -> None:
    ids = await of_the_west(system)

    async def ask(call: Call, path: str, how: Mapping[str, Any]) -> httpx2.Response:
        for who in ("head", "finance", "manager", "erp"):
            answer = await system.client.request(call.method, path, headers=system.callers[who].headers, **how)
            if answer.status_code != 403:
                break
        return answer

    showing, forgotten = await unnoted("deals", system.pool, ask, ids)
    assert {
        "GET /deals/{deal_id}",
        "GET /deals/{deal_id}/history",
        "POST /documents/{document_id}/confidentiality",
    } <= showing
    assert forgotten == set(), "shows a person, and the audit does not know"


async def test_every_call_of_automation_that_shows_a_person_is_in_the_audit(office: Office) -> None:
    lead, customer = await office.captured("west")
    task = await office.task(lead_id=str(lead), customer_id=str(customer), comment="Аэлита просила позвонить")
    ids = {"customer_id": str(customer), "stream_id": str(customer), "task_id": task, "sequence": "warm"}

    async def ask(call: Call, path: str, how: Mapping[str, Any]) -> httpx2.Response:
        answer = await office.ask(call.method, path, "head", how.get("json"))
        return answer if answer.status_code != 403 else await office.ask(call.method, path, "admin", how.get("json"))

    showing, forgotten = await unnoted("automation", office.automation.pool, ask, ids)
    assert {"GET /tasks/{task_id}", "POST /tasks/{task_id}/assign", "POST /tasks/{task_id}/comments"} <= showing
    assert forgotten == set(), "shows a person, and the audit does not know"
