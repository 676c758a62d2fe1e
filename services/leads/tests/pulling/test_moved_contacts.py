"""Notes, calls and tasks of another CRM stand in the history of the card, once, whatever is told again."""

import asyncio
from functools import partial
from typing import Any

import pytest
from leads.pulling.amocrm import AmoCrm
from leads.pulling.bitrix24 import Bitrix24
from leads_system import Running
from moved_accounts import AmoAccount, BitrixPortal, persons
from pytest_httpserver import HTTPServer

MARCH = 1_772_443_800
"""2 March 2026, 09:30 UTC."""
LATER = 2_061_000_000


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No budget of the provider, hardly a pause."""
    quickly = {"per_second": 1000.0, "first_wait_seconds": 0.01}
    monkeypatch.setattr("leads.sources.wiring.AmoCrm", partial(AmoCrm, **quickly))
    monkeypatch.setattr("leads.sources.wiring.Bitrix24", partial(Bitrix24, **quickly))


async def understood(leads: Running, count: int) -> list[str]:
    """Once so many things are stored and understood: why some wait."""
    async with asyncio.timeout(60):
        while await leads.pool.fetchval("SELECT count(*) FROM intake WHERE state <> 'pending'") < count:
            await asyncio.sleep(0.02)
    rows = await leads.pool.fetch("SELECT reason FROM intake WHERE state = 'quarantined'")
    return [row["reason"] for row in rows]


async def history(leads: Running, phone: str) -> list[dict[str, Any]]:
    found = (await leads.call("GET", "/customers", params={"phone": phone})).json()
    path = f"/customers/{found[0]['customer_id']}/history"
    return list((await leads.call("GET", path, params={"kind": "interactions"})).json()["entries"])


async def test_notes_calls_and_tasks_of_amocrm_stand_on_the_card_once(
    leads: Running, httpserver: HTTPServer, looked: Any
) -> None:
    # given an account with a person, a request of that person, and what people wrote and did
    account = AmoAccount(httpserver)
    account.add("contacts", 1, name="Anna", custom_fields_values=persons([1]), _embedded={})
    account.add("leads", 101, name="Site", _embedded={"contacts": [{"id": 1, "is_main": True}]})
    at = {"created_at": MARCH, "updated_at": MARCH, "responsible_user_id": 5}
    call = {"uniq": "u1", "duration": 42, "phone": "+79123450001", "call_status": 4, "call_result": "Договорились"}
    account.add("contacts/notes", 11, entity_id=1, note_type="call_out", params=call, **at)
    account.add("leads/notes", 12, entity_id=101, note_type="common", params={"text": "Любит лилии"}, **at)
    account.add("leads/notes", 13, entity_id=101, note_type="service_message", params={"text": "auto"}, **at)
    account.add("leads/notes", 14, entity_id=999, note_type="common", params={"text": "Чужая"}, **at)
    task = {"entity_id": 101, "entity_type": "leads", "task_type_id": 2, "text": "Показать эскиз"}
    account.add("tasks", 15, complete_till=MARCH + 86_400, is_completed=False, **task, **at)
    body = {"account_url": account.url, "access_token": account.token, "history": True, "users": {"5": "anna"}}
    made = await leads.call("PUT", "/sources/amocrm/main", json={"secrets": ["amo-secret"], "options": body})
    assert made.status_code == 200, made.text
    # when all is taken over
    assert await understood(leads, 7) == ["waits for lead:999, which is not here yet"]
    # then the card tells of it
    told = {entry["type"]: entry["facts"] for entry in await history(leads, "+79123450001")}
    assert set(told) == {"interaction.registered.v1", "interaction.planned.v1", "customer.noted.v1"}
    registered = told["interaction.registered.v1"]
    shown = ("kind", "flow", "duration_seconds", "manager_id", "text", "intake")
    assert [registered[name] for name in shown] == ["call", "out", 42, "anna", "Договорились", "amocrm"]
    assert told["customer.noted.v1"]["text"] == "Любит лилии"
    planned = told["interaction.planned.v1"]
    assert (planned["kind"], planned["planned_at"], planned["text"]) == (
        "meeting", "2026-03-03T09:30:00Z", "Показать эскиз",
    )  # fmt: skip
    raw = await leads.pool.fetchval("SELECT string_agg(data::text, ' ') FROM events")
    assert "лилии" not in raw
    assert "Договорились" not in raw
    # and when the task is done there and the account is looked at again
    done = {"is_completed": True, "result": {"text": "Эскиз принят"}, "updated_at": LATER}
    account.things["tasks"][15] |= done
    await looked("amocrm")
    await understood(leads, 8)
    entries = await history(leads, "+79123450001")
    assert [entry["type"] for entry in entries].count("customer.noted.v1") == 1
    (concluded,) = (entry["facts"] for entry in entries if entry["type"] == "interaction.concluded.v1")
    assert (concluded["result"], concluded["comment"]) == ("done", "Эскиз принят")
    rows = await leads.pool.fetch("SELECT i.version, count(e) AS events FROM interactions i"
                                  " JOIN events e ON e.stream_id = i.id GROUP BY i.id, i.version")  # fmt: skip
    assert all(row["version"] == row["events"] for row in rows)
    # and a note whose person comes later is taken when it is replayed
    account.add("leads", 999, name="Late", updated_at=LATER, _embedded={"contacts": [{"id": 1}]})
    await looked("amocrm")
    await understood(leads, 9)
    await leads.call("POST", "/quarantined-requests/replay", "head", json={"channel": "amocrm"})
    await leads.settled()
    texts = [entry["facts"]["text"] for entry in await history(leads, "+79123450001") if "noted" in entry["type"]]
    assert sorted(texts) == ["Любит лилии", "Чужая"]


async def test_activities_of_bitrix24_stand_on_the_card_and_follow_what_is_done_there(
    leads: Running, httpserver: HTTPServer, looked: Any
) -> None:
    portal = BitrixPortal(httpserver)
    phone = [{"ID": "1", "VALUE_TYPE": "WORK", "VALUE": "+79123450001", "TYPE_ID": "PHONE"}]
    portal.add("contact", 1, NAME="Анна", PHONE=phone)
    at = {"CREATED": "2026-03-02T12:30:00+03:00", "LAST_UPDATED": "2026-03-02T12:30:00+03:00", "RESPONSIBLE_ID": "1"}
    owner = {"OWNER_ID": "1", "OWNER_TYPE_ID": "3", **at}
    times = {"START_TIME": "2026-03-02T12:00:00+03:00", "END_TIME": "2026-03-02T12:01:30+03:00"}
    portal.add("activity", 21, TYPE_ID="2", DIRECTION="1", COMPLETED="Y", SUBJECT="Входящий", **times, **owner)
    portal.add("activity", 22, TYPE_ID="1", COMPLETED="N", SUBJECT="Встреча", START_TIME="2026-03-05T12:00:00+03:00",
               DEADLINE="2026-03-05T12:00:00+03:00", **owner)  # fmt: skip
    portal.add("activity", 23, TYPE_ID="6", PROVIDER_ID="IMOPENLINES_SESSION", COMPLETED="N", **owner)
    options = {"webhook_url": portal.url, "history": True, "users": {"1": "anna"}}
    made = await leads.call("PUT", "/sources/bitrix24/main", json={"secrets": ["b24-secret"], "options": options})
    assert made.status_code == 200, made.text
    assert await understood(leads, 4) == []
    told = {entry["type"]: entry["facts"] for entry in await history(leads, "+79123450001")}
    registered, planned = told["interaction.registered.v1"], told["interaction.planned.v1"]
    assert [registered[name] for name in ("kind", "flow", "duration_seconds", "manager_id")] == [
        "call",
        "in",
        90,
        "anna",
    ]
    assert (planned["kind"], planned["planned_at"]) == ("meeting", "2026-03-05T09:00:00Z")
    # when it is moved there
    moved = {"DEADLINE": "2026-03-06T12:00:00+03:00", "LAST_UPDATED": "2035-03-04T12:00:00+03:00"}
    portal.things["activity"][22] |= moved
    await looked("bitrix24")
    await understood(leads, 5)
    types = [entry["type"] for entry in await history(leads, "+79123450001")]
    assert types.count("interaction.rescheduled.v1") == 1
    stored = await leads.pool.fetchrow("SELECT state, at FROM interactions WHERE kind = 'meeting'")
    assert (stored["state"], stored["at"].isoformat()) == ("planned", "2026-03-06T09:00:00+00:00")
