"""Reading leads and customers, and deciding on leads, by HTTP."""

import asyncio
import base64
from collections import Counter
from typing import Any
from uuid import uuid4

from leads_system import Running

Run = Any
ANNA = {"name": "Анна", "phones": ["8 912 345-67-89"], "emails": ["anna@example.com"], "text": "Call me"}


async def _captured(leads: Running, **fields: Any) -> dict[str, Any]:
    answer = await leads.call("POST", "/leads", json={**ANNA, **fields}, headers={"idempotency-key": str(uuid4())})
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def _hire(leads: Running, *names: str, directions: tuple[str, ...] = ()) -> None:
    for name in names:
        body = {"name": name.title(), "directions": list(directions)}
        assert (await leads.call("PUT", f"/managers/{name}", json=body)).status_code == 200


async def test_a_lead_is_qualified_and_its_comment_is_sealed(run: Run) -> None:
    async with run() as leads:
        lead = await _captured(leads)
        path = f"/leads/{lead['lead_id']}"
        answer = await leads.call("POST", f"{path}/qualify", json={"temperature": "hot", "comment": "Wants two"})
        assert answer.status_code == 200, answer.text
        assert (answer.json()["status"], answer.json()["temperature"]) == ("qualified", "hot")
        assert answer.headers["etag"] == '"2"'
        stored = await leads.pool.fetchrow("SELECT data::text, actor FROM events WHERE type = 'lead.qualified.v1'")
        assert "Wants two" not in stored["data"]
        assert stored["actor"] == "key:admin"


async def test_a_command_on_an_old_version_is_refused(run: Run) -> None:
    async with run() as leads:
        lead = await _captured(leads)
        await _captured(leads)
        answer = await leads.call(
            "POST", f"/leads/{lead['lead_id']}/qualify", json={"temperature": "hot"}, headers={"if-match": '"1"'}
        )
        assert answer.status_code == 412
        assert answer.json()["type"].endswith("/problems/stale-version")


async def test_a_rule_refuses_with_its_code(run: Run) -> None:
    async with run() as leads:
        path = f"/leads/{(await _captured(leads))['lead_id']}"
        unknown = await leads.call("POST", f"{path}/disqualify", json={"reason": "whatever"})
        assert (unknown.status_code, unknown.json()["hint"]) == (422, "rule: unknown_reason")
        assert (await leads.call("POST", f"{path}/disqualify", json={"reason": "spam"})).status_code == 200
        closed = await leads.call("POST", f"{path}/qualify", json={"temperature": "hot"})
        assert (closed.status_code, closed.json()["hint"]) == (409, "rule: closed")
        assert (await leads.call("POST", f"/leads/{uuid4()}/qualify", json={"temperature": "hot"})).status_code == 404


async def test_the_next_request_after_a_disqualification_is_a_returning_lead(run: Run) -> None:
    async with run() as leads:
        first = await _captured(leads)
        await leads.call("POST", f"/leads/{first['lead_id']}/disqualify", json={"reason": "spam"})
        again = await _captured(leads)
        assert again["outcome"] == "captured"
        assert (await leads.call("GET", f"/leads/{again['lead_id']}")).json()["is_returning"]


async def test_concurrent_round_robin_gives_everybody_the_same_number(run: Run) -> None:
    async with run() as leads:
        await _hire(leads, "anna", "boris", "vera")
        captured = [await _captured(leads, phones=[f"+7912345678{n}"], emails=[]) for n in range(9)]
        answers = await asyncio.gather(
            *(leads.call("POST", f"/leads/{lead['lead_id']}/assign", json={}) for lead in captured)
        )
        assert Counter(answer.json()["manager_id"] for answer in answers) == {"anna": 3, "boris": 3, "vera": 3}


async def test_round_robin_respects_lines_of_business_and_says_when_there_is_nobody(run: Run) -> None:
    async with run() as leads:
        await _hire(leads, "anna", directions=("retail",))
        wholesale = await _captured(leads, direction="wholesale")
        nobody = await leads.call("POST", f"/leads/{wholesale['lead_id']}/assign", json={})
        assert (nobody.status_code, nobody.json()["hint"]) == (409, "rule: no_manager")
        by_hand = await leads.call("POST", f"/leads/{wholesale['lead_id']}/assign", json={"manager_id": "anna"})
        assert by_hand.json()["manager_id"] == "anna"
        stranger = await leads.call("POST", f"/leads/{wholesale['lead_id']}/assign", json={"manager_id": "nobody"})
        assert stranger.status_code == 422


async def test_leads_are_listed_in_pages_newest_first(run: Run) -> None:
    async with run() as leads:
        for n in range(5):
            await _captured(leads, phones=[f"+7912345678{n}"], emails=[], occurred_at=f"2026-03-0{n + 1}T10:00:00Z")
        seen, cursor = [], None
        while True:
            params = {"limit": 2, **({"cursor": cursor} if cursor else {})}
            page = (await leads.call("GET", "/leads", params=params)).json()
            seen += [lead["captured_at"][:10] for lead in page["leads"]]
            if (cursor := page["next"]) is None:
                break
        assert seen == [f"2026-03-0{n}" for n in (5, 4, 3, 2, 1)]
        assert (await leads.call("GET", "/leads", params={"cursor": "nonsense"})).status_code == 422


async def test_a_card_is_found_by_phone_email_and_provider_id_and_shown_opened(run: Run) -> None:
    async with run() as leads:
        body = {**ANNA, "details": {"colour": "red"}}
        headers = {"idempotency-key": "form-1"}
        lead = (await leads.call("POST", "/leads", json=body, headers=headers)).json()
        for params in (
            {"phone": "+7 912 345 67 89"},
            {"email": "ANNA@example.com"},
            {"provider_id": "form-1", "intake": "api", "source": "admin"},
        ):
            found = (await leads.call("GET", "/customers", params=params)).json()
            assert [card["customer_id"] for card in found] == [lead["customer_id"]], params
        card = (await leads.call("GET", f"/customers/{lead['customer_id']}")).json()
        assert (card["name"], card["phones"], card["emails"]) == ("Анна", ["+79123456789"], ["anna@example.com"])
        assert (card["touches"][0]["text"], card["touches"][0]["details"]) == ("Call me", {"colour": "red"})
        assert (await leads.call("GET", "/customers", params={"phone": "12"})).status_code == 422
        assert (await leads.call("GET", "/customers")).status_code == 422


async def test_nobody_sees_a_line_of_business_that_is_not_his(run: Run) -> None:
    async with run(manager_directions=["retail"]) as leads:
        retail = await _captured(leads, direction="retail")
        wholesale = await _captured(leads, direction="wholesale", phones=["+79123456780"], emails=[])
        shown = (await leads.call("GET", "/leads", role="manager")).json()["leads"]
        assert [lead["lead_id"] for lead in shown] == [retail["lead_id"]]
        for path in (f"/leads/{wholesale['lead_id']}", f"/customers/{wholesale['customer_id']}"):
            assert (await leads.call("GET", path, role="manager")).status_code == 404
        path = f"/leads/{wholesale['lead_id']}/qualify"
        assert (await leads.call("POST", path, role="manager", json={"temperature": "hot"})).status_code == 404


async def test_a_request_of_ones_own_line_is_read_though_the_card_is_of_another(run: Run) -> None:
    async with run(manager_directions=["retail"]) as leads:
        lead = await _captured(leads, direction="wholesale")
        await leads.pool.execute("UPDATE leads SET direction = 'retail'")
        for path in (f"/leads/{lead['lead_id']}", "/leads"):
            answer = (await leads.call("GET", path, role="manager")).json()
            (shown,) = answer.get("leads", [answer])
            assert (shown["lead_id"], shown["customer_id"]) == (lead["lead_id"], lead["customer_id"])
        assert (await leads.call("GET", f"/customers/{lead['customer_id']}", role="manager")).status_code == 404


async def test_only_a_service_reads_keys_and_an_unknown_customer_has_none(run: Run) -> None:
    async with run() as leads:
        customer_id = (await _captured(leads))["customer_id"]
        wanted = {"customer_ids": [customer_id, str(uuid4())]}
        assert (await leads.call("POST", "/keys/read", json=wanted)).status_code == 403
        keys = (await leads.call("POST", "/keys/read", role="service", json=wanted)).json()["keys"]
        assert list(keys) == [customer_id]
        assert len(base64.b64decode(keys[customer_id])) == 32


async def test_the_openapi_document_can_be_made(run: Run) -> None:
    async with run() as leads:
        paths = (await leads.client.get("/openapi.json")).json()["paths"]
        assert {"/leads", "/leads/bulk", "/imports", "/customers", "/quarantined-requests"} <= paths.keys()
