"""Contacts and calls of a customer of several cards, for who sees the line of business of one of them only."""

from datetime import UTC, datetime
from typing import Any

from leads_system import Running

Run = Any


async def _captured(leads: Running, direction: str, phone: str) -> str:
    made = await leads.call("POST", "/leads", json={"phones": [phone], "direction": direction})
    return str(made.json()["customer_id"])


async def test_who_sees_a_merged_card_sees_its_contacts_and_calls_the_customer_for_his_line(run: Run) -> None:
    # given
    async with run(manager_directions=["retail"]) as leads:
        stays, goes, other = [
            await _captured(leads, direction, f"+7912345678{n}") for n, direction in enumerate(("b2b", "retail", "b2b"))
        ]
        await leads.call("PUT", "/managers/anna/phone-extensions", json=[{"extension": "101"}])
        note = {"customer_id": goes, "kind": "visit", "at": datetime.now(UTC).isoformat(), "text": "asks for a price"}
        assert (await leads.call("POST", "/interactions", json=note)).status_code == 201
        merged = await leads.call("POST", f"/customers/{stays}/merge", json={"customer_ids": [goes]})
        assert merged.status_code == 200, merged.text

        # when
        told = await leads.call("GET", "/interactions", role="manager", params={"customer_id": stays})
        call = {"customer_id": stays, "manager_id": "anna", "exchange": "mango/main"}
        called = await leads.call("POST", "/calls", role="manager", json=call)

        # then
        assert [one["kind"] for one in told.json()["interactions"]] == ["visit"]
        assert called.status_code == 202, called.text
        assert (await leads.call("GET", f"/calls/{called.json()['command_id']}", role="manager")).status_code == 200
        hidden = [
            await leads.call("GET", "/interactions", role="manager", params={"customer_id": other}),
            await leads.call("POST", "/calls", role="manager", json=call | {"customer_id": other}),
        ]
        assert [answer.status_code for answer in hidden] == [404, 404]
