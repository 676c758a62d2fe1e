"""The history and the page before a call, from what really happened."""

from typing import Any
from uuid import uuid4

from leads_system import Running

Run = Any


async def captured(leads: Running, **fields: Any) -> dict[str, Any]:
    body = {"name": "Анна", "phones": ["8 912 345-67-89"], "text": "Call me <b>now</b>", **fields}
    answer = await leads.call("POST", "/leads", json=body, headers={"idempotency-key": str(uuid4())})
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def test_the_history_is_all_that_happened_newest_first_in_pages(run: Run) -> None:
    async with run() as leads:
        lead = await captured(leads)
        path = f"/customers/{lead['customer_id']}"
        await captured(leads, text="Again")
        await leads.call("POST", f"/leads/{lead['lead_id']}/qualify", json={"temperature": "hot", "comment": "Two"})
        await leads.call("POST", f"{path}/tags", json={"add": ["vip"]})
        await leads.call("PUT", f"{path}/black-list", json={"reason": "Rude"})
        whole = (await leads.call("GET", f"{path}/history")).json()["entries"]
        assert [entry["type"] for entry in whole][:3] == [
            "customer.blacklisted.v1",
            "customer.tagged.v1",
            "lead.qualified.v1",
        ]
        assert {"customer.registered.v1", "lead.captured.v1", "lead.touched.v1"} <= {e["type"] for e in whole}
        qualified = next(entry for entry in whole if entry["type"] == "lead.qualified.v1")
        assert qualified["facts"]["comment"] == "Two"
        assert {(c["what"], c["to"]) for c in qualified["changes"]} >= {("status", "qualified"), ("temperature", "hot")}
        touched = next(entry for entry in whole if entry["type"] == "lead.touched.v1")
        assert touched["facts"]["touch"]["text"] == "Again"
        seen, cursor = [], None
        while True:
            page = (
                await leads.call("GET", f"{path}/history", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))
            ).json()
            seen += [entry["event_id"] for entry in page["entries"]]
            if (cursor := page["next"]) is None:
                break
        assert seen == [entry["event_id"] for entry in whole]
        some = (await leads.call("GET", f"{path}/history", params={"kind": ["tags", "requests"]})).json()["entries"]
        assert {entry["kind"] for entry in some} == {"tags", "requests"}


async def test_leads_of_a_line_of_business_that_is_not_seen_are_not_in_the_history(run: Run) -> None:
    async with run(manager_directions=["retail"]) as leads:
        lead = await captured(leads, direction="retail")
        path = f"/customers/{lead['customer_id']}/history"
        await leads.call("POST", f"/leads/{lead['lead_id']}/disqualify", json={"reason": "spam"})
        await captured(leads, direction="wholesale")
        whole = (await leads.call("GET", path)).json()["entries"]
        part = (await leads.call("GET", path, role="manager")).json()["entries"]
        assert len([e for e in whole if e["type"] == "lead.captured.v1"]) == 2
        assert len([e for e in part if e["type"] == "lead.captured.v1"]) == 1


async def test_the_page_before_a_call_has_what_is_known_and_escapes_what_people_said(run: Run) -> None:
    async with run() as leads:
        lead = await captured(leads, name="<script>alert(1)</script>", wanted_call_at="2026-03-03T10:00:00Z")
        path = f"/customers/{lead['customer_id']}"
        await leads.call("PATCH", path, json={"needs": "Two <i>rooms</i>", "birthday": "--05-17"})
        await leads.call("POST", f"{path}/tags", json={"add": ["vip"]})
        made = (await leads.call("GET", f"{path}/summary")).json()
        assert (made["card"]["tags"], made["card"]["segment"]) == (["vip"], None)
        assert [one["lead_id"] for one in made["leads"]] == [lead["lead_id"]]
        assert made["touches"][0]["text"] == "Call me <b>now</b>"
        assert [(step["what"], step["overdue"]) for step in made["next_steps"]] == [("wants a call", True)]
        page = await leads.call("GET", f"{path}/summary", params={"format": "html"})
        assert page.headers["content-type"].startswith("text/html")
        assert "script-src" not in page.headers["content-security-policy"]
        assert "<script>" not in page.text
        assert "<i>rooms" not in page.text
        assert "&lt;script&gt;" in page.text
        assert "http" not in page.text, "nothing is loaded from anywhere"


async def test_whose_customer_is_answered_at_once(run: Run) -> None:
    async with run(manager_directions=["retail"]) as leads:
        lead = await captured(leads, direction="wholesale")
        await leads.call("PUT", "/managers/anna", json={"name": "Anna"})
        await leads.call("PUT", "/managers/boris", json={"name": "Boris"})
        ask = {"phone": "+7 912 345 67 89"}
        assert (await leads.call("GET", "/whose-customer", params=ask)).json()["manager_id"] is None
        await leads.call("POST", f"/leads/{lead['lead_id']}/assign", json={"manager_id": "anna"})
        assert (await leads.call("GET", "/whose-customer", params=ask)).json()["manager_name"] == "Anna"
        body = {"manager_id": "boris", "reason": "load", "comment": "As agreed"}
        path = f"/customers/{lead['customer_id']}/responsible"
        changed = await leads.call("POST", path, json=body)
        assert (changed.status_code, changed.json()["manager_id"]) == (200, "boris")
        by_id = {"customer_id": lead["customer_id"]}
        assert (await leads.call("GET", "/whose-customer", params=by_id)).json()["manager_id"] == "boris"
        assert (await leads.call("GET", f"/leads/{lead['lead_id']}")).json()["manager_id"] == "boris"
        assert (await leads.call("GET", "/whose-customer", params=ask, role="manager")).status_code == 404
        assert (await leads.call("GET", "/whose-customer", params={"phone": "+79990000000"})).status_code == 404
        assert (await leads.call("GET", "/whose-customer")).status_code == 422
        assert (await leads.call("POST", path, json={**body, "reason": "whim"})).status_code == 422
        assert (await leads.call("POST", path, json={**body, "manager_id": "nobody"})).status_code == 422
        assert (await leads.call("POST", path, role="manager", json=body)).status_code == 403
