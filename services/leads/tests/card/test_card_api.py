"""Writing on a card by HTTP."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
from events.blind_index import BlindIndex
from events.contracts.leads import CustomerContactAdded
from events.contracts.leads.capture import Identity
from events.privacy import Keyring, MasterKey
from events.store import Append, Cause, append_one
from leads_system import INDEX_KEY, MASTER_KEY, Running

Run = Any
ANNA = {"name": "Анна", "phones": ["8 912 345-67-89"], "emails": ["anna@example.com"], "text": "Call me"}


async def captured(leads: Running, **fields: Any) -> dict[str, Any]:
    answer = await leads.call("POST", "/leads", json={**ANNA, **fields}, headers={"idempotency-key": str(uuid4())})
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def other(leads: Running, **fields: Any) -> dict[str, Any]:
    return await captured(leads, phones=["+79123456780"], emails=[], name="Борис", **fields)


async def define(leads: Running, code: str, owner: str = "customer", **body: Any) -> None:
    answer = await leads.call("PUT", f"/fields/{owner}/{code}", json={"title": code.title(), **body})
    assert answer.status_code == 200, answer.text


async def test_an_edit_is_sealed_and_the_history_says_from_what_to_what(run: Run) -> None:
    async with run() as leads:
        path = f"/customers/{(await captured(leads))['customer_id']}"
        first = await leads.call("PATCH", path, json={"birthday": "1990-05-17", "name": "Анна Петрова"})
        assert first.status_code == 200, first.text
        assert first.json()["details"] == {"name": "Анна Петрова", "birthday": "1990-05-17"}
        assert first.headers["etag"] == '"2"'
        second = await leads.call("PATCH", path, json={"birthday": "--05-18", "needs": "Two rooms"})
        assert second.json()["details"]["birthday"] == "--05-18"
        stored = await leads.pool.fetch("SELECT data::text AS d FROM events WHERE type = 'customer.details-changed.v1'")
        assert not any(word in row["d"] for row in stored for word in ("1990", "Two rooms", "Анна"))
        history = (await leads.call("GET", f"{path}/history", params={"kind": "details"})).json()["entries"]
        assert [entry["changes"] for entry in history] == [
            [
                {"what": "birthday", "from": "1990-05-17", "to": "--05-18"},
                {"what": "needs", "from": None, "to": "Two rooms"},
            ],
            [
                {"what": "birthday", "from": None, "to": "1990-05-17"},
                {"what": "name", "from": "Анна", "to": "Анна Петрова"},
            ],
        ]
        assert {entry["actor"] for entry in history} == {"key:admin"}
        assert (await leads.call("GET", path)).json()["name"] == "Анна Петрова"


async def test_an_edit_of_an_old_version_is_refused_and_the_same_again_changes_nothing(run: Run) -> None:
    async with run() as leads:
        path = f"/customers/{(await captured(leads))['customer_id']}"
        await leads.call("PATCH", path, json={"needs": "Two rooms"}, headers={"if-match": '"1"'})
        stale = await leads.call("PATCH", path, json={"needs": "Three rooms"}, headers={"if-match": '"1"'})
        assert stale.status_code == 412
        same = await leads.call("PATCH", path, json={"needs": "Two rooms"}, headers={"if-match": '"2"'})
        assert (same.status_code, same.json()["version"]) == (200, 2)
        cleared = await leads.call("PATCH", path, json={"needs": None})
        assert "needs" not in cleared.json()["details"]
        assert (await leads.call("PATCH", path, json={"birthday": "17 May"})).status_code == 422


async def test_a_contact_added_by_hand_finds_the_card_and_one_removed_does_not(run: Run) -> None:
    async with run() as leads:
        customer = (await captured(leads))["customer_id"]
        path = f"/customers/{customer}"
        added = await leads.call("POST", f"{path}/contacts", json={"kind": "phone", "value": "8 (912) 000-00-01"})
        phones = [c for c in added.json()["contacts"] if c["kind"] == "phone"]
        assert [(c["value"], c["primary"]) for c in phones] == [("+79123456789", True), ("+79120000001", False)]
        again = await captured(leads, phones=["+79120000001"], emails=[])
        assert again["customer_id"] == customer
        preferred = await leads.call("POST", f"{path}/contacts/{phones[1]['contact_id']}/primary")
        assert [c["value"] for c in preferred.json()["contacts"]][:2] == ["+79120000001", "+79123456789"]
        removed = await leads.call("DELETE", f"{path}/contacts/{phones[1]['contact_id']}")
        assert [c["value"] for c in removed.json()["contacts"]] == ["+79123456789", "anna@example.com"]
        assert (await leads.call("GET", path)).json()["phones"] == ["+79123456789"]
        stranger = await captured(leads, phones=["+79120000001"], emails=[])
        assert stranger["customer_id"] != customer
        gone = await leads.call("DELETE", f"{path}/contacts/{phones[1]['contact_id']}")
        assert (gone.status_code, gone.json()["code"]) == (409, "no_contact")


async def test_events_name_a_contact_as_the_one_did_that_added_it_and_never_by_the_index_that_finds_it(
    run: Run,
) -> None:
    async with run() as leads:
        customer = UUID((await captured(leads))["customer_id"])
        async with leads.pool.acquire() as connection, connection.transaction():
            key = (await Keyring(MasterKey(MASTER_KEY)).read(connection, [customer]))[customer]
            old = {"kind": "phone", "index": BlindIndex(INDEX_KEY).of("phone", "+79120000001")}
            earlier = CustomerContactAdded(
                customer_id=customer, phones=(key.seal("+79120000001"),), identities=(Identity.model_validate(old),)
            )
            await append_one(connection, Append(customer, 1, [earlier], Cause("leads", uuid4()), datetime.now(UTC)))
            await connection.execute("UPDATE customers SET version = 2 WHERE id = $1", customer)
        shown = (await leads.call("GET", f"/customers/{customer}")).json()["contacts"]
        for contact in (contact for contact in shown if contact["kind"] == "phone"):
            for method, path in (("POST", "/primary"), ("DELETE", "")):
                asked = f"/customers/{customer}/contacts/{contact['contact_id']}{path}"
                assert (await leads.call(method, asked)).status_code == 200
        stored = [
            orjson.loads(row[0]) for row in await leads.pool.fetch("SELECT data FROM events ORDER BY recorded_at")
        ]
        added = [one["index"] for event in stored for one in event.get("identities", ()) if one["kind"] == "phone"]
        named = {event["index"] for event in stored if "index" in event}
        assert set(added) == named
        assert {contact["contact_id"] for contact in shown} & named == {old["index"]}


async def test_a_contact_of_another_card_is_refused_with_its_id(run: Run) -> None:
    async with run() as leads:
        anna, boris = await captured(leads), await other(leads)
        body = {"kind": "phone", "value": "+79123456780"}
        refused = await leads.call("POST", f"/customers/{anna['customer_id']}/contacts", json=body)
        assert (refused.status_code, refused.json()["code"]) == (409, "contact_of_another")
        assert boris["customer_id"] in refused.json()["detail"]
        wrong = await leads.call("POST", f"/customers/{anna['customer_id']}/contacts", json={**body, "value": "12"})
        assert wrong.status_code == 422


async def test_custom_fields_are_checked_sealed_if_personal_and_plain_if_not(run: Run) -> None:
    async with run() as leads:
        path = f"/customers/{(await captured(leads))['customer_id']}"
        await define(leads, "colour", kind="choice", options=[{"code": "red", "title": "Red"}])
        await define(leads, "hobby", kind="text")
        done = await leads.call("PATCH", path, json={"fields": {"colour": "red", "hobby": "chess"}})
        assert done.json()["fields"] == {"colour": "red", "hobby": "chess"}
        stored = await leads.pool.fetchval("SELECT data::text FROM events WHERE type = 'customer.fields-changed.v1'")
        assert "chess" not in stored
        assert "red" in stored
        values = await leads.pool.fetch("SELECT field, value FROM card_values")
        assert [(row["field"], orjson.loads(row["value"])) for row in values] == [("colour", "red")]
        for given, code in (({"size": 1}, "unknown_field"), ({"colour": "blue"}, "bad_value")):
            refused = await leads.call("PATCH", path, json={"fields": given})
            assert (refused.status_code, refused.json()["code"]) == (422, code)


async def test_a_definition_never_breaks_what_is_stored(run: Run) -> None:
    async with run() as leads:
        path = f"/customers/{(await captured(leads))['customer_id']}"
        await define(leads, "colour", kind="choice", options=[{"code": "red", "title": "Red"}])
        await leads.call("PATCH", path, json={"fields": {"colour": "red"}})
        await define(leads, "colour", kind="choice", options=[{"code": "blue", "title": "Blue"}], required=True)
        assert (await leads.call("PATCH", path, json={"needs": "x"})).json()["fields"] == {"colour": "red"}
        listed = (await leads.call("GET", "/fields", params={"subject": "customer"})).json()
        assert [(o["code"], o["retired"]) for o in listed[0]["options"]] == [("blue", False), ("red", True)]
        refused = await leads.call("PATCH", path, json={"fields": {"colour": None}})
        assert refused.json()["code"] == "required_field"
        other_kind = await leads.call("PUT", "/fields/customer/colour", json={"title": "Colour", "kind": "text"})
        assert (other_kind.status_code, other_kind.json()["code"]) == (409, "kind_fixed")
        assert (await leads.call("DELETE", "/fields/customer/colour")).status_code == 204
        assert (await leads.call("GET", path)).json()["fields"] == {"colour": "red"}
        assert (await leads.call("GET", "/fields")).json() == []


async def test_fields_of_a_lead_have_the_leads_version(run: Run) -> None:
    async with run() as leads:
        lead = (await captured(leads))["lead_id"]
        await define(leads, "rooms", owner="lead", kind="number", required=True)
        before = await leads.call("GET", f"/leads/{lead}/fields")
        assert before.json()["missing_fields"] == ["rooms"]
        done = await leads.call("PATCH", f"/leads/{lead}/fields", json={"fields": {"rooms": 3}})
        assert (done.json()["fields"], done.headers["etag"]) == ({"rooms": 3}, '"2"')
        assert (await leads.call("POST", f"/leads/{lead}/qualify", json={"temperature": "hot"})).status_code == 200
        stale = await leads.call(
            "PATCH", f"/leads/{lead}/fields", json={"fields": {"rooms": 4}}, headers={"if-match": '"2"'}
        )
        assert stale.status_code == 412


async def test_many_customers_are_tagged_at_once_and_tags_are_counted(run: Run) -> None:
    async with run() as leads:
        anna, boris = (await captured(leads))["customer_id"], (await other(leads))["customer_id"]
        unknown = str(uuid4())
        body = {"customer_ids": [anna, boris, unknown, anna], "add": ["VIP", " Fair  2026 "]}
        done = (await leads.call("POST", "/tags/customers", json=body)).json()
        assert [(item["customer_id"], item["outcome"]) for item in done] == [
            (anna, "changed"),
            (boris, "changed"),
            (unknown, "refused"),
        ]
        again = (await leads.call("POST", "/tags/customers", json=body)).json()
        assert [item["outcome"] for item in again] == ["unchanged", "unchanged", "refused"]
        await leads.call("POST", f"/customers/{boris}/tags", json={"remove": ["vip"]})
        listed = (await leads.call("GET", "/tags")).json()
        assert listed == [{"tag": "fair 2026", "cards": 2}, {"tag": "vip", "cards": 1}]
        bad = await leads.call("POST", f"/customers/{boris}/tags", json={"add": ["a,b"]})
        assert (bad.status_code, bad.json()["code"]) == (422, "bad_tag")


async def test_the_black_list_keeps_requests_marks_their_leads_and_can_be_lifted(run: Run) -> None:
    async with run() as leads:
        customer = (await captured(leads))["customer_id"]
        listed = await leads.call("PUT", f"/customers/{customer}/black-list", json={"reason": "Threatened us"})
        assert (listed.json()["blacklisted"], listed.json()["blacklist_reason"]) == (True, "Threatened us")
        touched = await captured(leads)
        assert touched["outcome"] == "touched"
        marked = [await leads.call("GET", f"/leads/{touched['lead_id']}"), await leads.call("GET", "/leads")]
        assert (marked[0].json()["is_blacklisted"], marked[1].json()["leads"][0]["is_blacklisted"]) == (True, True)
        lifted = await leads.call("POST", f"/customers/{customer}/black-list/lift", json={"reason": "Apologised"})
        assert lifted.json()["blacklisted"] is False
        assert (await leads.call("GET", f"/leads/{touched['lead_id']}")).json()["is_blacklisted"] is False
        kinds = await leads.pool.fetch("SELECT type FROM events WHERE type LIKE 'customer.blacklist%' ORDER BY version")
        assert [row["type"] for row in kinds] == ["customer.blacklisted.v1", "customer.blacklist-lifted.v1"]


async def test_the_latest_word_on_consent_counts_whenever_it_is_told(run: Run) -> None:
    async with run() as leads:
        path = f"/customers/{(await captured(leads))['customer_id']}/consents"
        word = {"purpose": "marketing", "channel": "email", "source": "contract 17"}
        given = await leads.call("POST", path, json={**word, "text_version": "2026-03", "at": "2026-03-05T10:00:00Z"})
        assert given.json()["consents"][0]["given"] is True
        withdrawn = await leads.call(
            "POST",
            f"{path}/withdraw",
            json={"purpose": "marketing", "source": "phone", "at": "2026-03-06T10:00:00Z", "evidence": "Said so"},
        )
        assert [(c["channel"], c["given"]) for c in withdrawn.json()["consents"]] == [(None, False), ("email", False)]
        late = await leads.call("POST", path, json={**word, "text_version": "2026-01", "at": "2026-03-04T10:00:00Z"})
        assert [c["given"] for c in late.json()["consents"]] == [False, False]


async def test_who_may_not_write_and_who_does_not_see_the_line_of_business_is_refused(run: Run) -> None:
    async with run(manager_directions=["retail"]) as leads:
        path = f"/customers/{(await captured(leads, direction='wholesale'))['customer_id']}"
        for method, rest, body in (
            ("PATCH", "", {"needs": "x"}),
            ("GET", "", None),
            ("GET", "/history", None),
            ("GET", "/summary", None),
            ("POST", "/tags", {"add": ["x"]}),
            ("POST", "/contacts", {"kind": "phone", "value": "+79120000001"}),
        ):
            answer = await leads.call(method, path + rest, role="manager", **({"json": body} if body else {}))
            assert answer.status_code == 404, (method, rest)
        assert (await leads.call("PATCH", path, role="bi", json={"needs": "x"})).status_code == 403
        assert (await leads.call("PUT", "/fields/customer/a", role="manager", json={})).status_code == 403
