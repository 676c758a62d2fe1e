"""Contacts by HTTP: registered, planned, concluded; who may see and say what."""

from typing import Any
from uuid import uuid4

from leads_system import Running
from mango_exchange import ANNA, appeared, summary, tell

Run = Any

NEXT = "2026-06-01T10:00:00Z"


async def _customer(leads: Running, phone: str = "+79123456789", direction: str | None = None) -> dict[str, Any]:
    body = {"phones": [phone], **({"direction": direction} if direction else {})}
    made: dict[str, Any] = (await leads.call("POST", "/leads", json=body)).json()
    return made


async def _registered(leads: Running, customer_id: str, **more: Any) -> dict[str, Any]:
    answer = await leads.call("POST", "/interactions", json={"kind": "meeting", "customer_id": customer_id, **more})
    assert answer.status_code == 201, answer.text
    card: dict[str, Any] = answer.json()
    return card


async def test_a_meeting_is_planned_moved_and_concluded_with_a_next_contact(run: Run) -> None:
    async with run() as leads:
        anna = await _customer(leads)
        card = await _registered(
            leads, anna["customer_id"], planned_at="2026-05-04T10:00:00+03:00", manager_id="anna", text="Samples"
        )
        assert (card["state"], card["at"], card["lead_id"]) == ("planned", "2026-05-04T07:00:00Z", anna["lead_id"])
        path = f"/interactions/{card['interaction_id']}"

        moved = await leads.call("POST", f"{path}/reschedule", json={"planned_at": "2026-05-05T07:00:00Z"})
        assert (moved.json()["at"], moved.headers["etag"]) == ("2026-05-05T07:00:00Z", '"2"')

        outcome = {"result": "agreed", "next_contact_at": NEXT, "next_contact_kind": "call", "comment": "Likes oak"}
        concluded = (await leads.call("POST", f"{path}/outcome", json=outcome)).json()
        assert (concluded["state"], concluded["result"], concluded["next_contact_at"]) == ("concluded", "agreed", NEXT)
        details = (await leads.call("GET", path)).json()
        assert (details["text"], details["comment"]) == ("Samples", "Likes oak")

        data = await leads.pool.fetchval("SELECT data FROM events WHERE type = 'interaction.concluded.v1'")
        assert "Likes oak" not in data
        assert f'"next_contact_at":"{NEXT}"' in data


async def test_a_version_that_was_not_read_is_refused(run: Run) -> None:
    async with run() as leads:
        anna = await _customer(leads)
        card = await _registered(leads, anna["customer_id"], planned_at=NEXT)
        path = f"/interactions/{card['interaction_id']}/cancel"
        answer = await leads.call("POST", path, json={"reason": "ill"}, headers={"if-match": '"7"'})
        assert answer.status_code == 412
        assert (await leads.call("POST", path, json={"reason": "ill"}, headers={"if-match": '"1"'})).status_code == 200
        refused = await leads.call("POST", path.replace("cancel", "outcome"), json={"result": "agreed"})
        assert (refused.status_code, refused.json()["hint"]) == (409, "rule: cancelled")


async def test_the_same_key_and_the_same_provider_id_register_once(run: Run) -> None:
    async with run() as leads:
        anna = (await _customer(leads))["customer_id"]
        for more, headers in (({}, {"idempotency-key": "k"}), ({"source": "old-crm", "provider_id": "17"}, {})):
            body = {"kind": "visit", "customer_id": anna, **more}
            first = await leads.call("POST", "/interactions", json=body, headers=headers)
            again = await leads.call("POST", "/interactions", json=body, headers=headers)
            assert (first.status_code, again.status_code) == (201, 200)
            assert first.json() == again.json()
        assert await leads.pool.fetchval("SELECT count(*) FROM interactions") == 2


async def test_bulk_gives_every_item_its_own_outcome(run: Run) -> None:
    async with run() as leads:
        anna = (await _customer(leads))["customer_id"]
        items = [
            {"id": "1", "kind": "email", "flow": "out", "customer_id": anna, "text": "Dear Anna"},
            {"id": "2", "kind": "email", "customer_id": str(uuid4())},
            {"id": "1", "kind": "email", "flow": "out", "customer_id": anna, "text": "Dear Anna"},
            {"id": "3", "kind": "call", "organisation_id": str(uuid4())},
        ]
        answer = await leads.call("POST", "/interactions/bulk", json=items)
        assert [item["outcome"] for item in answer.json()] == ["registered", "rejected", "duplicate", "registered"]
        again = await leads.call("POST", "/interactions/bulk", json=items)
        assert [item["outcome"] for item in again.json()] == ["duplicate", "rejected", "duplicate", "duplicate"]


async def test_a_thousand_contacts_are_one_request(run: Run) -> None:
    async with run() as leads:
        anna = (await _customer(leads))["customer_id"]
        items = [{"id": str(n), "kind": "message", "customer_id": anna} for n in range(1001)]
        assert (await leads.call("POST", "/interactions/bulk", json=items)).status_code == 422
        answer = await leads.call("POST", "/interactions/bulk", json=items[:1000])
        assert {item["outcome"] for item in answer.json()} == {"registered"}
        page = (await leads.call("GET", "/interactions", params={"limit": 200, "customer_id": anna})).json()
        assert len(page["interactions"]) == 200
        following = await leads.call("GET", "/interactions", params={"limit": 200, "cursor": page["next"]})
        seen = {one["interaction_id"] for one in page["interactions"]}
        assert not seen & {one["interaction_id"] for one in following.json()["interactions"]}


async def test_what_is_not_in_sight_is_not_there(run: Run) -> None:
    async with run(manager_directions=["wholesale"]) as leads:
        anna = (await _customer(leads, direction="retail"))["customer_id"]
        card = await _registered(leads, anna)
        path = f"/interactions/{card['interaction_id']}"
        assert (await leads.call("GET", path, role="manager")).status_code == 404
        outcome = await leads.call("POST", f"{path}/outcome", role="manager", json={"result": "agreed"})
        assert outcome.status_code == 404
        body = {"kind": "visit", "customer_id": anna}
        assert (await leads.call("POST", "/interactions", role="manager", json=body)).status_code == 422
        assert (await leads.call("GET", "/interactions", role="manager")).json()["interactions"] == []
        listed = await leads.call("GET", "/interactions", role="manager", params={"customer_id": anna})
        assert listed.status_code == 404


async def test_who_may_not_write_may_not_register(run: Run) -> None:
    async with run() as leads:
        body = {"kind": "visit", "customer_id": str(uuid4())}
        assert (await leads.call("POST", "/interactions", role="bi", json=body)).status_code == 403
        assert (await leads.call("GET", f"/interactions/{uuid4()}", role="integration")).status_code == 403


async def test_a_missed_call_is_closed_by_what_somebody_says_of_it(run: Run) -> None:
    async with run() as leads:
        await tell(leads, appeared("c-1"), summary("c-1", talked=0))
        (due,) = (await leads.call("GET", "/missed-calls")).json()["interactions"]
        path = f"/interactions/{due['interaction_id']}/outcome"
        assert (await leads.call("POST", path, json={"result": "wrote-instead"})).json()["callback"] == "done"
        assert (await leads.call("GET", "/missed-calls")).json()["interactions"] == []
        returned = await leads.pool.fetchval("SELECT count(*) FROM events WHERE type = 'call.returned.v1'")
        assert returned == 1
        version = await leads.pool.fetchval("SELECT version FROM interactions")
        assert version == await leads.pool.fetchval("SELECT max(version) FROM events WHERE type = 'call.returned.v1'")


async def test_a_message_is_a_contact_linked_to_its_request(run: Run) -> None:
    async with run() as leads:
        update = {
            "update_id": 1,
            "message": {"message_id": 5, "date": 1_777_636_800, "text": "Is it in stock?"},
        }
        person = {"id": 77, "first_name": "Anna"}
        update["message"] |= {"chat": {"id": 77, "type": "private"}, "from": person}
        secret = {"x-telegram-bot-api-secret-token": "telegram-secret"}
        for _ in range(2):
            await leads.client.post("/in/telegram/bot", json=update, headers=secret)
        await leads.settled()
        (one,) = (await leads.call("GET", "/interactions")).json()["interactions"]
        assert (one["kind"], one["flow"], one["intake"], one["source"]) == ("message", "in", "telegram", "bot")
        touch = await leads.pool.fetchrow("SELECT touch_id, lead_id FROM touches")
        assert (one["touch_id"], one["lead_id"]) == (str(touch["touch_id"]), str(touch["lead_id"]))


async def test_the_card_finds_calls_meetings_and_messages_of_a_person(run: Run) -> None:
    async with run() as leads:
        await tell(leads, appeared("c-1"), summary("c-1"))
        anna = (await leads.call("GET", "/customers", params={"phone": f"+{ANNA}"})).json()[0]["customer_id"]
        await _registered(leads, anna, planned_at=NEXT)
        found = (await leads.call("GET", "/interactions", params={"customer_id": anna})).json()["interactions"]
        assert [one["kind"] for one in found] == ["meeting", "call"]
