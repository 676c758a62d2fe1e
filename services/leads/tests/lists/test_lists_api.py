"""Lists by HTTP: saved by criteria and by hand, filled from files, frozen, closed."""

from typing import Any
from uuid import UUID, uuid4

from events.blind_index import BlindIndex
from events.contracts.leads import CustomerErased
from events.event import decode
from events.privacy import Keyring, MasterKey
from events.testing import received
from leads.lists.sealed_values import SealedIndexes, SealedValues
from leads_system import INDEX_KEY, MASTER_KEY, Running

Run = Any
VIP = {"field": "tag", "op": "in", "value": ["vip"]}
CALLS = {"all": [VIP, {"field": "touches", "op": "gte", "value": 1}]}


async def _customer(leads: Running, n: int, tags: list[str] | None = None, **more: Any) -> str:
    made = await leads.call("POST", "/leads", json={"phones": [f"+7912000{n:04}"], "emails": [f"a{n}@b.ru"], **more})
    assert made.status_code in (200, 201), made.text
    customer = str(made.json()["customer_id"])
    await leads.pool.executemany(
        "INSERT INTO card_tags VALUES ($1, $2, 'customer')", [(customer, t) for t in tags or ()]
    )
    return customer


async def _saved(leads: Running, role: str = "admin", **what: Any) -> str:
    answer = await leads.call("POST", "/lists", role, json={"name": "Partners", **what})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["list_id"])


async def _members(leads: Running, list_id: str, role: str = "admin", **params: Any) -> set[str]:
    answer = await leads.call("GET", f"/lists/{list_id}/members", role, params=params)
    assert answer.status_code == 200, answer.text
    return {one["customer_id"] for one in answer.json()["customers"]}


async def _added(leads: Running, list_id: str, *members: dict[str, str]) -> list[str]:
    answer = await leads.call("POST", f"/lists/{list_id}/members", json=list(members))
    assert answer.status_code == 200, answer.text
    return [one["outcome"] for one in answer.json()]


async def test_a_list_by_criteria_selects_who_fulfils_them_now(run: Run) -> None:
    async with run() as leads:
        anna, boris = await _customer(leads, 1, ["vip"]), await _customer(leads, 2)
        seen = (await leads.call("POST", "/lists/preview", json={"criteria": CALLS})).json()
        assert (seen["count"], seen["customers"][0]["phones"]) == (1, ["+79120000001"])
        list_id = await _saved(leads, criteria=CALLS)
        assert await _members(leads, list_id) == {anna}
        await leads.pool.execute("INSERT INTO card_tags VALUES ($1, 'vip', 'customer')", boris)
        assert await _members(leads, list_id) == {anna, boris}
        assert (await leads.call("GET", f"/lists/{list_id}/size")).json() == {"count": 2}


async def test_a_frozen_list_keeps_those_it_selected(run: Run) -> None:
    async with run() as leads:
        anna, boris = await _customer(leads, 1, ["vip"]), await _customer(leads, 2)
        list_id = await _saved(leads, criteria=VIP)
        refused = await leads.call("POST", f"/lists/{list_id}/members", json=[{"customer_id": boris}])
        assert (refused.status_code, refused.json()["hint"]) == (409, "rule: by_criteria")
        frozen = (await leads.call("POST", f"/lists/{list_id}/freeze", headers={"if-match": '"1"'})).json()
        assert (frozen["kind"], frozen["criteria"], frozen["version"]) == ("by_hand", None, 3)
        await leads.pool.execute("DELETE FROM card_tags")
        assert await _members(leads, list_id) == {anna}
        assert await _added(leads, list_id, {"customer_id": boris}) == ["added"]
        assert await _members(leads, list_id) == {anna, boris}


async def test_people_are_put_on_a_list_by_what_is_known_of_them_each_with_an_outcome(run: Run) -> None:
    async with run() as leads:
        anna, boris = await _customer(leads, 1), await _customer(leads, 2)
        list_id = await _saved(leads)
        people = (
            {"customer_id": anna}, {"phone": "8 (912) 000-00-01"}, {"email": "A2@B.ru"}, {"phone": "12"},
            {"email": "nobody@b.ru"}, {"customer_id": str(uuid4())},
        )  # fmt: skip
        outcomes = await _added(leads, list_id, *people)
        assert outcomes == ["added", "unchanged", "added", "rejected", "rejected", "rejected"]
        assert await _added(leads, list_id, *people[:3]) == ["unchanged"] * 3
        assert await _members(leads, list_id) == {anna, boris}
        assert (await leads.call("DELETE", f"/lists/{list_id}/members/{anna}")).status_code == 204
        gone = await leads.call("POST", f"/lists/{list_id}/members/remove", json=[{"email": "a2@b.ru"}, people[0]])
        assert [one["outcome"] for one in gone.json()] == ["removed", "unchanged"]
        assert await _members(leads, list_id) == set()
        told = await leads.pool.fetch(
            "SELECT type, data::text FROM events WHERE stream_id = $1 ORDER BY version", list_id
        )
        assert [row["type"].split(".")[1] for row in told] == [
            "created", "members-added", "members-removed", "members-removed",
        ]  # fmt: skip
        assert not any(known in row["data"] for row in told for known in ("b.ru", "9120000001"))
        two = await leads.call("POST", f"/lists/{list_id}/members", json=[{"customer_id": anna, "phone": "1"}])
        assert two.status_code == 422


async def test_merged_cards_are_one_member_and_their_facts_are_the_members(run: Run) -> None:
    async with run() as leads:
        anna, hanna = await _customer(leads, 1), await _customer(leads, 2, ["vip"])
        by_criteria, by_hand = await _saved(leads, criteria=VIP), await _saved(leads)
        assert await _added(leads, by_hand, {"customer_id": hanna}) == ["added"]
        await leads.pool.execute("UPDATE customers SET merged_into = $2 WHERE id = $1", hanna, anna)
        assert await _members(leads, by_criteria) == await _members(leads, by_hand) == {anna}
        assert await _added(leads, by_hand, {"customer_id": anna}, {"customer_id": hanna}) == ["unchanged"] * 2
        assert (await leads.call("DELETE", f"/lists/{by_hand}/members/{anna}")).status_code == 204
        assert await _members(leads, by_hand) == set()


async def test_lists_and_their_members_are_seen_by_line_of_business(run: Run) -> None:
    async with run(manager_directions=["retail"]) as leads:
        retail = await _customer(leads, 1, ["vip"], direction="retail")
        wholesale = await _customer(leads, 2, ["vip"], direction="wholesale")
        hidden = await _saved(leads, criteria=VIP, direction="wholesale")
        common = await _saved(leads, criteria=VIP)
        assert await _members(leads, common, "admin") == {retail, wholesale}
        assert await _members(leads, common, "manager") == {retail}
        assert (await leads.call("GET", f"/lists/{hidden}", "manager")).status_code == 404
        assert (await leads.call("GET", f"/lists/{hidden}/members", "manager")).status_code == 404
        assert [one["list_id"] for one in (await leads.call("GET", "/lists", "manager")).json()["lists"]] == [common]
        naming = {"criteria": {"not": {"field": "list", "op": "in", "value": hidden}}}
        refused = await leads.call("POST", "/lists/preview", "manager", json=naming)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#/criteria/not")
        body = {"name": "x", "direction": "wholesale"}
        assert (await leads.call("POST", "/lists", "manager", json=body)).status_code == 422
        by_hand = await _saved(leads, "manager")
        put = await leads.call("POST", f"/lists/{by_hand}/members", "manager", json=[{"customer_id": wholesale}])
        assert put.json()[0]["outcome"] == "rejected"


async def test_who_is_on_the_black_list_is_left_out_unless_asked_for(run: Run) -> None:
    async with run() as leads:
        anna = await _customer(leads, 1, ["vip"])
        by_criteria, by_hand = await _saved(leads, criteria=VIP), await _saved(leads)
        await _added(leads, by_hand, {"customer_id": anna})
        await leads.pool.execute("INSERT INTO black_list VALUES ($1, true, now())", anna)
        for list_id in (by_criteria, by_hand):
            assert await _members(leads, list_id) == set()
            assert await _members(leads, list_id, include_blacklisted=True) == {anna}
        asking = await _saved(leads, criteria={"field": "blacklisted", "op": "eq", "value": True})
        assert await _members(leads, asking) == {anna}


async def test_custom_fields_are_asked_by_their_kind(run: Run) -> None:
    async with run() as leads:
        for code, kind, personal in (("size", "number", False), ("weight", "number", True)):
            body = {"kind": kind, "title": code, "personal": personal}
            made = await leads.call("PUT", f"/fields/customer/{code}", json=body)
            assert made.status_code in (200, 201), made.text
        asked = {one["field"]: one["ops"] for one in (await leads.call("GET", "/lists/fields")).json()}
        assert "lt" in asked["custom:size"]
        assert "custom:weight" not in asked
        anna = await _customer(leads, 1)
        await leads.pool.execute("INSERT INTO card_values VALUES ($1, 'size', 'customer', '42')", anna)
        large = {"field": "custom:size", "op": "gt", "value": 41.5}
        assert await _members(leads, await _saved(leads, criteria=large)) == {anna}
        for wrong in (
            {**large, "value": "41"}, {**large, "op": "in"}, {**large, "field": "custom:weight"},
            {**large, "field": "custom:x' OR true --"},
        ):  # fmt: skip
            answer = await leads.call("POST", "/lists", json={"name": "x", "criteria": {"any": [large, wrong]}})
            assert answer.status_code == 422
            assert answer.json()["errors"][0]["pointer"] == "#/criteria/any/1"


async def _indexed(leads: Running) -> None:
    """What the reactions to the own log make of all that was said, twice."""
    sealed = SealedValues(Keyring(MasterKey(MASTER_KEY)), SealedIndexes(BlindIndex(INDEX_KEY)))
    rows = await leads.pool.fetch("SELECT * FROM events ORDER BY shard, position")
    told = [
        received(decode(row["type"], row["data"].encode()), row["stream_id"], row["position"], version=row["version"])
        for row in rows
    ]
    async with leads.pool.acquire() as connection:
        for _ in range(2):
            await sealed.react(connection, told)


async def test_personal_custom_fields_are_asked_by_being_equal_and_nobody_reads_them(run: Run) -> None:
    async with run() as leads:
        # given two personal fields
        options = [{"code": "roses", "title": "Розы"}, {"code": "tulips", "title": "Тюльпаны"}]
        likes = {"kind": "multi_choice", "title": "Likes", "personal": True, "options": options}
        for code, body in (("dream", {"kind": "text", "title": "Dream", "personal": True}), ("likes", likes)):
            assert (await leads.call("PUT", f"/fields/customer/{code}", json=body)).is_success
        asked = {one["field"]: (one["kind"], one["ops"]) for one in (await leads.call("GET", "/lists/fields")).json()}
        assert asked["custom:dream"] == ("sealed", ["eq", "in", "exists"])
        anna, boris, clara = [await _customer(leads, n) for n in (1, 2, 3)]
        for customer, fields in (
            (anna, {"dream": "Дом у моря", "likes": ["roses", "tulips"]}),
            (boris, {"dream": "Яхта", "likes": ["tulips"]}),
        ):
            answer = await leads.call("PATCH", f"/customers/{customer}", json={"fields": fields})
            assert answer.status_code == 200, answer.text
        await _indexed(leads)

        async def found(code: str, op: str, value: Any) -> set[str]:
            criteria = {"field": f"custom:{code}", "op": op, "value": value}
            return await _members(leads, await _saved(leads, criteria=criteria))

        # then they are found by what they say
        assert await found("dream", "eq", " дом у МОРЯ ") == {anna}
        assert await found("dream", "in", ["яхта", "дом у моря"]) == {anna, boris}
        assert await found("dream", "eq", "дом") == set()
        assert await found("dream", "exists", False) == {clara}
        assert await found("likes", "eq", "roses") == {anna}
        assert await found("likes", "in", ["roses", "tulips"]) == {anna, boris}
        refused = {"field": "custom:dream", "op": "gt", "value": "а"}
        assert (await leads.call("POST", "/lists", json={"name": "x", "criteria": refused})).status_code == 422
        # and after a change and a merge
        await leads.call("PATCH", f"/customers/{anna}", json={"fields": {"dream": "Сад", "likes": None}})
        await leads.call("POST", f"/customers/{clara}/merge", json={"customer_ids": [boris], "why": "same"})
        await _indexed(leads)
        assert await found("dream", "eq", "Дом у моря") == set()
        assert await found("likes", "exists", True) == await found("dream", "eq", "Яхта") != set()
        assert len(await found("dream", "exists", True)) == 2
        # and an erased customer is found no more
        async with leads.pool.acquire() as connection:
            erased = received(CustomerErased(customer_id=UUID(anna)), UUID(anna), 1_000)
            sealed = SealedValues(Keyring(MasterKey(MASTER_KEY)), SealedIndexes(BlindIndex(INDEX_KEY)))
            await sealed.react(connection, [erased])
        assert await found("dream", "eq", "Сад") == set()


async def test_a_list_does_not_lead_back_to_itself(run: Run) -> None:
    async with run() as leads:
        first = await _saved(leads, criteria=VIP)
        second = await _saved(leads, criteria={"not": {"field": "list", "op": "in", "value": first}})
        loop = {"criteria": {"any": [VIP, {"field": "list", "op": "in", "value": second}]}}
        refused = await leads.call("PATCH", f"/lists/{first}", json=loop)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#/criteria/any/1")


async def test_a_fault_in_criteria_is_told_with_its_place(run: Run) -> None:
    async with run() as leads:
        criteria = {"all": [VIP, {"not": {"field": "touches", "op": "gt", "value": "many"}}]}
        refused = await leads.call("POST", "/lists/preview", json={"criteria": criteria})
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == "#/criteria/all/1/not/value"


async def test_versions_keys_pages_and_the_end_of_a_list(run: Run) -> None:
    async with run() as leads:
        first = await leads.call("POST", "/lists", json={"name": "A"}, headers={"idempotency-key": "k"})
        again = await leads.call("POST", "/lists", json={"name": "A"}, headers={"idempotency-key": "k"})
        assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
        path = f"/lists/{first.json()['list_id']}"
        stale = await leads.call("PATCH", path, json={"name": "B"}, headers={"if-match": '"7"'})
        assert stale.status_code == 412
        changed = await leads.call("PATCH", path, json={"name": "B"}, headers={"if-match": '"1"'})
        assert (changed.headers["etag"], changed.json()["name"]) == ('"2"', "B")
        assert (await leads.call("POST", f"{path}/close")).json()["closed"] is True
        assert (await leads.call("PATCH", path, json={"name": "C"})).status_code == 409
        await _saved(leads, criteria=VIP)
        await _saved(leads)
        page = (await leads.call("GET", "/lists", params={"limit": 1})).json()
        rest = (await leads.call("GET", "/lists", params={"cursor": page["next"]})).json()
        assert [one["kind"] for one in page["lists"] + rest["lists"]] == ["by_hand", "by_criteria"]
        assert len((await leads.call("GET", "/lists?closed=true&kind=by_hand")).json()["lists"]) == 2


async def test_a_thousand_members_are_one_request_and_pages_hold_them_all(run: Run) -> None:
    async with run() as leads:
        items = [{"id": str(n), "phones": [f"+7912{n:07}"]} for n in range(1000)]
        made = [one["customer_id"] for one in (await leads.call("POST", "/leads/bulk", json=items)).json()]
        list_id = await _saved(leads)
        assert set(await _added(leads, list_id, *({"customer_id": one} for one in made))) == {"added"}
        seen: list[str] = []
        params: dict[str, Any] = {"limit": 200}
        while "cursor" not in params or params["cursor"]:
            page = (await leads.call("GET", f"/lists/{list_id}/members", params=params)).json()
            seen += [one["customer_id"] for one in page["customers"]]
            params["cursor"] = page["next"]
        assert sorted(seen) == sorted(made)


async def test_who_may_save_lists_and_who_may_see_people(run: Run) -> None:
    async with run() as leads:
        list_id = await _saved(leads, "marketer", criteria=VIP)
        assert (await leads.call("GET", f"/lists/{list_id}", "marketer")).status_code == 200
        assert (await leads.call("GET", f"/lists/{list_id}/members", "marketer")).status_code == 403
        assert (await leads.call("POST", "/lists", "bi", json={"name": "x"})).status_code == 403
        assert (await leads.call("GET", f"/lists/{uuid4()}")).status_code == 404
