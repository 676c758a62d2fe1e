"""What people write on a merged card, and what each half has after a split."""

from typing import Any
from uuid import uuid4

from leads_system import Running

Run = Any


async def card_of(leads: Running, phone: str, name: str) -> str:
    body = {"name": name, "phones": [phone]}
    answer = await leads.call("POST", "/leads", json=body, headers={"idempotency-key": str(uuid4())})
    return answer.json()["customer_id"]  # type: ignore[no-any-return]


async def shown(leads: Running, customer_id: str) -> dict[str, Any]:
    return (await leads.call("GET", f"/customers/{customer_id}")).json()  # type: ignore[no-any-return]


async def test_a_merged_card_says_what_both_said_and_a_split_gives_each_its_own_back(run: Run) -> None:
    async with run() as leads:
        anna, anya = await card_of(leads, "+79123456789", "Анна"), await card_of(leads, "+79123456780", "Аня")
        field = {"kind": "choice", "title": "Colour", "options": [{"code": c, "title": c} for c in ("red", "blue")]}
        assert (await leads.call("PUT", "/fields/customer/colour", json=field)).status_code == 200
        await leads.call("PATCH", f"/customers/{anna}", json={"needs": "Two rooms"})
        await leads.call("PATCH", f"/customers/{anya}", json={"birthday": "1990-05-17", "fields": {"colour": "red"}})
        await leads.call("POST", f"/customers/{anya}/tags", json={"add": ["vip", "fair"]})
        merged = await leads.call("POST", f"/customers/{anna}/merge", json={"customer_ids": [anya]})
        assert merged.status_code == 200, merged.text

        both = await shown(leads, anya)
        assert (both["customer_id"], [one["customer_id"] for one in both["merged"]]) == (anna, [anya])
        assert (both["details"]["needs"], both["details"]["birthday"]) == ("Two rooms", "1990-05-17")
        assert (both["fields"], both["tags"]) == ({"colour": "red"}, ["fair", "vip"])
        phones = [contact for contact in both["contacts"] if contact["kind"] == "phone"]
        assert {contact["value"] for contact in phones} == {"+79123456789", "+79123456780"}

        path = f"/customers/{anya}"
        await leads.call("POST", f"{path}/tags", json={"remove": ["vip"], "add": ["new"]})
        edited = await leads.call("PATCH", path, json={"fields": {"colour": "blue"}})
        assert (edited.json()["fields"], edited.json()["tags"]) == ({"colour": "blue"}, ["fair", "new"])
        theirs = next(contact for contact in phones if contact["value"] == "+79123456780")
        first = await leads.call("POST", f"{path}/contacts/{theirs['contact_id']}/primary")
        assert first.json()["contacts"][0]["value"] == "+79123456780"
        assert await card_of(leads, "+79123456780", "Аня") == anna

        split = await leads.call("POST", f"/customers/{anna}/split", json={"customer_id": anya})
        assert split.status_code == 200, split.text
        one, other = await shown(leads, anna), await shown(leads, anya)
        assert (one["tags"], one["fields"], "birthday" in one["details"]) == (["new"], {"colour": "blue"}, False)
        assert (other["tags"], other["fields"], other["details"]["birthday"]) == (["fair"], {}, "1990-05-17")
        tags = await leads.pool.fetch("SELECT card::text, tag FROM card_tags")
        assert {(row["card"], row["tag"]) for row in tags} == {(anna, "new"), (anya, "fair")}
        values = await leads.pool.fetch("SELECT card::text, value FROM card_values")
        assert [(row["card"], row["value"]) for row in values] == [(anna, '"blue"')]


async def test_the_black_list_holds_for_all_members_of_a_card(run: Run) -> None:
    async with run() as leads:
        anna, anya = await card_of(leads, "+79123456789", "Анна"), await card_of(leads, "+79123456780", "Аня")
        await leads.call("PUT", f"/customers/{anya}/black-list", json={"reason": "Rude"})
        await leads.call("POST", f"/customers/{anna}/merge", json={"customer_ids": [anya]})
        assert (await shown(leads, anna))["blacklisted"] is True
        assert await leads.pool.fetchval("SELECT is_blacklisted($1)", anna) is True
        await leads.call("POST", f"/customers/{anna}/black-list/lift", json={})
        assert (await shown(leads, anya))["blacklisted"] is False
        assert await leads.pool.fetchval("SELECT is_blacklisted($1)", anya) is False


async def test_all_members_of_a_merged_card_change_hands_together(run: Run) -> None:
    async with run() as leads:
        anna, anya = await card_of(leads, "+79123456789", "Анна"), await card_of(leads, "+79123456780", "Аня")
        for name in ("boris", "vera"):
            await leads.call("PUT", f"/managers/{name}", json={"name": name})
        body = {"manager_id": "boris", "reason": "load"}
        assert (await leads.call("POST", f"/customers/{anya}/responsible", json=body)).status_code == 200
        await leads.call("POST", f"/customers/{anna}/merge", json={"customer_ids": [anya]})
        assert (await shown(leads, anna))["manager_id"] == "boris"
        await leads.call("POST", f"/customers/{anna}/responsible", json={**body, "manager_id": "vera"})
        rows = await leads.pool.fetch("SELECT DISTINCT manager_id FROM customers")
        assert [row["manager_id"] for row in rows] == ["vera"]


async def test_a_merge_changes_the_etag_of_the_card_and_a_split_gives_it_back(run: Run) -> None:
    async with run() as leads:
        anna, anya = await card_of(leads, "+79123456789", "Анна"), await card_of(leads, "+79123456780", "Аня")
        path = f"/customers/{anna}"
        alone = (await leads.call("GET", path)).headers["etag"]
        merged = await leads.call("POST", f"{path}/merge", json={"customer_ids": [anya]}, headers={"if-match": alone})
        together = merged.headers["etag"]
        assert together != alone
        assert (await leads.call("GET", f"/customers/{anya}")).headers["etag"] == together
        stale = await leads.call("PATCH", path, json={"needs": "Two rooms"}, headers={"if-match": alone})
        assert stale.status_code == 412
        await leads.call("POST", f"{path}/split", json={"customer_id": anya})
        assert (await leads.call("GET", path)).headers["etag"] == alone
        done = await leads.call("PATCH", path, json={"needs": "Two rooms"}, headers={"if-match": alone})
        assert (done.status_code, done.json()["details"]["needs"]) == (200, "Two rooms")
        again = await leads.call("POST", f"{path}/merge", json={"customer_ids": [anya]}, headers={"if-match": alone})
        assert again.status_code == 412
