"""Handing in leads by HTTP, and by a webhook, until they stand in the log."""

import asyncio
from typing import Any
from urllib.parse import urlencode

from leads_system import Running

Run = Any

ANNA = {"name": "Анна Петрова", "phones": ["8 (912) 345-67-89"], "emails": ["anna@example.com"], "text": "Call me"}


async def _events(leads: Running) -> list[str]:
    return [r[0] for r in await leads.pool.fetch("SELECT type FROM events ORDER BY recorded_at, type")]


async def test_a_lead_is_captured_and_answered_with_its_position(run: Run) -> None:
    async with run() as leads:
        answer = await leads.call("POST", "/leads", json=ANNA, headers={"idempotency-key": "one"})
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert body["outcome"] == "captured"
        assert body["position"]["position"] == 1
        assert sorted(await _events(leads)) == ["customer.registered.v1", "lead.captured.v1"]


async def test_the_same_key_again_is_a_duplicate_and_adds_nothing(run: Run) -> None:
    async with run() as leads:
        first = (await leads.call("POST", "/leads", json=ANNA, headers={"idempotency-key": "one"})).json()
        again = (await leads.call("POST", "/leads", json=ANNA, headers={"idempotency-key": "one"})).json()
        assert again == {**first, "outcome": "duplicate", "position": None}
        assert len(await _events(leads)) == 2


async def test_a_repeat_request_becomes_a_touch_not_a_second_card(run: Run) -> None:
    async with run() as leads:
        first = (await leads.call("POST", "/leads", json=ANNA)).json()
        again = (await leads.call("POST", "/leads", json={"phones": ["+79123456789"]})).json()
        assert again["outcome"] == "touched"
        assert again["lead_id"] == first["lead_id"]
        assert again["customer_id"] == first["customer_id"]


async def test_concurrent_calls_of_one_person_make_one_card(run: Run) -> None:
    async with run() as leads:
        answers = await asyncio.gather(*(leads.call("POST", "/leads", json=ANNA) for _ in range(40)))
        bodies = [answer.json() for answer in answers]
        assert len({body["customer_id"] for body in bodies}) == 1
        assert sorted(body["outcome"] for body in bodies) == ["captured"] + ["touched"] * 39


async def test_a_lead_without_any_contact_is_refused_with_a_reason(run: Run) -> None:
    async with run() as leads:
        answer = await leads.call("POST", "/leads", json={"name": "Nobody", "phones": ["12"]})
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert "phone" in answer.json()["errors"][0]["detail"]


async def test_bulk_gives_every_item_its_own_outcome_and_keeps_what_it_rejects(run: Run) -> None:
    async with run() as leads:
        items = [
            {"id": "1", **ANNA},
            {"id": "2", "phones": ["+7 912 345-67-89"]},
            {"id": "3", "phones": ["nonsense"]},
            {"id": "4", "unknown_field": True},
            {"id": "1", **ANNA},
        ]
        answer = await leads.call("POST", "/leads/bulk", json=items)
        assert answer.status_code == 200, answer.text
        assert [i["outcome"] for i in answer.json()] == ["captured", "touched", "rejected", "rejected", "duplicate"]
        again = await leads.call("POST", "/leads/bulk", json=items)
        assert [i["outcome"] for i in again.json()] == ["duplicate", "duplicate", "rejected", "rejected", "duplicate"]
        kept = await leads.pool.fetch("SELECT reason FROM intake WHERE state = 'quarantined'")
        assert len(kept) == 2


async def test_a_webhook_is_stored_acknowledged_parsed_and_captured(run: Run) -> None:
    async with run() as leads:
        form = {"Name": "Анна", "Phone": "8 912 345-67-89", "tranid": "100:1", "formid": "f", "utm_source": "Yandex"}
        kind = {"content-type": "application/x-www-form-urlencoded"}
        for _ in range(2):
            answer = await leads.client.post(
                "/in/tilda/shop?key=tilda-secret", content=urlencode(form).encode(), headers=kind
            )
            assert answer.status_code == 200
        await leads.settled()
        rows = await leads.pool.fetch("SELECT state, reason FROM intake ORDER BY id")
        assert [tuple(row) for row in rows] == [("done", "captured"), ("done", "duplicate")]
        lead = await leads.pool.fetchrow("SELECT channel, intake, source, direction FROM leads")
        assert dict(lead) == {"channel": "yandex", "intake": "tilda", "source": "shop", "direction": "retail"}


async def test_a_wrong_signature_is_refused_and_kept(run: Run) -> None:
    async with run() as leads:
        for path, status, reason in (
            ("/in/tilda/shop?key=wrong-secret", 401, "signature: "),
            ("/in/tilda/nowhere", 404, "unknown source"),
            ("/in/nothing/shop", 404, "unknown channel"),
        ):
            answer = await leads.client.post(path, content=b"a=b")
            assert answer.status_code == status
            kept = await leads.pool.fetchrow("SELECT state, reason FROM intake ORDER BY id DESC LIMIT 1")
            assert kept["state"] == "quarantined"
            assert kept["reason"].startswith(reason)


async def test_no_personal_data_stands_in_the_log_in_the_clear(run: Run) -> None:
    async with run() as leads:
        await leads.call("POST", "/leads", json=ANNA)
        stored = "".join(r[0] for r in await leads.pool.fetch("SELECT data::text FROM events"))
        for secret in ("Анна", "9123456789", "anna@example.com", "Call me"):
            assert secret not in stored
