"""Erasing a person in leads: the key, every table, every stored request; and nothing comes back."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from events.blind_index import BlindIndex
from events.contracts.leads import CustomerErased
from events.privacy import Keyring, MasterKey
from events.sqlfile import sql
from events.testing import received
from everything_stored import Canaries, dump
from leads.card import erasure as card_erasure
from leads.heard import listening
from leads.identity.namesakes import Namesakes
from leads.interactions.behaviour import SQL as VIEWS_SQL
from leads.moving import companies
from leads.privacy import erasing
from leads_system import INDEX_KEY, MASTER_KEY, Running

Run = Any
WHY = {"ground": "consent_withdrawn", "reason": "letter 14"}
KIND = {"content-type": "application/x-www-form-urlencoded"}
PHONE, EMAIL, NAME, TEXT = "+79161234599", "zhar-ptitsa@canary.example", "Жарптица Канарейкина", "unmistakable words"
CANARIES = Canaries((NAME, EMAIL, TEXT, "Канарейкина"), PHONE)


async def captured(leads: Running, key: str | None = None, **fields: Any) -> str:
    headers = {"idempotency-key": key or str(uuid4())}
    answer = await leads.call("POST", "/leads", json=fields, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["customer_id"]  # type: ignore[no-any-return]


async def sent(leads: Running, id: str, **form: str) -> None:
    body = urlencode({"tranid": id, **form}).encode()
    answer = await leads.client.post("/in/tilda/shop?key=tilda-secret", content=body, headers=KIND)
    assert answer.status_code == 200
    await leads.settled()


async def erased(leads: Running, customer_id: str, role: str = "admin") -> Any:
    return await leads.call("POST", f"/customers/{customer_id}/erasure", role=role, json=WHY)


async def hear(leads: Running, *customer_ids: str) -> None:
    """The service hears its own log, which there is no broker for here."""
    records = [received(CustomerErased(customer_id=UUID(id_)), UUID(id_), 1, version=99) for id_ in customer_ids]
    for react in (card_erasure.forget, companies.forget, listening.forget, erasing.forget):
        async with leads.pool.acquire() as connection, connection.transaction():
            await react(connection, records)


async def searched(leads: Running) -> None:
    async with asyncio.timeout(60):
        while await leads.pool.fetchval("SELECT count(*) FROM erasures WHERE searched_at IS NULL"):
            await asyncio.sleep(0.02)


async def stored(leads: Running) -> dict[str, list[str]]:
    async with leads.pool.acquire() as connection:
        tables = await dump(connection)  # type: ignore[arg-type]
    return {name: found for name, text in tables.items() if (found := CANARIES.found_in(text))}


async def indexed(leads: Running) -> set[str]:
    """The tables that know a contact of the person by its blind index."""
    blind = BlindIndex(INDEX_KEY)
    indexes = [blind.of("phone", PHONE), blind.of("email", EMAIL)]
    async with leads.pool.acquire() as connection:
        tables = await dump(connection)  # type: ignore[arg-type]
    return {name for name, text in tables.items() if any(one in text.replace("-", "") for one in indexes)}


async def held(leads: Running, *customer_ids: str) -> Any:
    answer = await leads.call("GET", "/personal-data", params=[("customer_id", one) for one in customer_ids])
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_of_an_erased_person_nothing_is_left_in_any_table_in_any_spelling(run: Run) -> None:
    async with run() as leads:
        await sent(leads, "1:1", Name=NAME, Phone="8 (916) 123-45-99", Email=EMAIL, Comment=TEXT)
        anna = str(await leads.pool.fetchval("SELECT id FROM customers"))
        anya = await captured(leads, name=NAME, emails=["other@canary.example"], text=TEXT)
        await leads.call("POST", f"/customers/{anna}/merge", json={"customer_ids": [anya]})
        await leads.call("POST", f"/customers/{anna}/tags", json={"add": ["vip"]})
        await sent(leads, "1:2", Phone="call +7 916 123 45 99 please", Name=NAME)
        assert set(await stored(leads)) == {"public.intake"}, "in the clear only as it came"
        assert await indexed(leads) == {"public.identities"}, "events name a contact by the person's own key"
        person = (await leads.call("GET", f"/customers/{anna}/erasure")).json()
        assert person["customer_ids"] == [anna, anya]
        before = await held(leads, anna, anya)
        rows = {store["table"]: store["rows"] for store in before["stores"]}
        assert (rows["keyring"], rows["identities"], rows["card_tags"], rows["intake"]) == (2, 3, 1, 1)
        assert not before["is_erased"]

        answer = await erased(leads, anya)

        assert answer.status_code == 202, answer.text
        assert sorted(answer.json()["erased"]) == sorted([anna, anya]), "by any of its cards, all of the person"
        assert await leads.pool.fetchval("SELECT count(*) FROM keyring") == 0
        await searched(leads)
        await hear(leads, anna, anya)
        assert (await stored(leads), await indexed(leads)) == ({}, set())
        after = await held(leads, anna, anya)
        assert after["is_erased"], after
        (made,) = (await leads.call("GET", "/erasures")).json()["erasures"]
        assert (made["ground"], made["reason"], made["actor"], made["requests"]) == (*WHY.values(), "key:admin", 1)
        card = (await leads.call("GET", f"/customers/{anna}")).json()
        assert (card["name"], card["phones"], card["emails"], card["erased"]) == (None, [], [], True)


async def test_an_erasure_is_done_once_and_hearing_it_again_changes_nothing(run: Run) -> None:
    async with run() as leads:
        anna = await captured(leads, name=NAME, phones=[PHONE])
        assert (await erased(leads, anna)).status_code == 202
        again = await erased(leads, anna)
        assert (again.status_code, len(again.json()["erasures"])) == (200, 1)
        for _ in range(2):
            await hear(leads, anna)
        assert await leads.pool.fetchval("SELECT count(*) FROM events WHERE type = 'customer.erased.v1'") == 1
        version = await leads.pool.fetchval("SELECT max(version) FROM events WHERE stream_id = $1", UUID(anna))
        assert await leads.pool.fetchval("SELECT version FROM customers WHERE id = $1", UUID(anna)) == version


async def test_who_asks_again_after_the_erasure_is_a_new_person(run: Run) -> None:
    async with run() as leads:
        await sent(leads, "1:1", Name=NAME, Phone=PHONE)
        anna = str(await leads.pool.fetchval("SELECT id FROM customers"))
        await erased(leads, anna)
        await searched(leads)
        await hear(leads, anna)
        await sent(leads, "1:1", Name=NAME, Phone=PHONE)
        assert await leads.pool.fetchval("SELECT count(*) FROM customers WHERE name IS NOT NULL") == 0, (
            "a second delivery of an old request brings nobody back"
        )
        await sent(leads, "2:1", Name=NAME, Phone=PHONE)
        new = str(await leads.pool.fetchval("SELECT id FROM customers WHERE name IS NOT NULL"))
        assert new != anna
        card = (await leads.call("GET", f"/customers/{new}")).json()
        assert (card["name"], card["phones"], len(card["leads"])) == (NAME, [PHONE], 1)
        assert not (await held(leads, new))["erased"]


async def test_an_emptied_request_cannot_be_corrected_or_replayed(run: Run) -> None:
    async with run() as leads:
        anna = await captured(leads, name=NAME, phones=[PHONE])
        await sent(leads, "1:2", Phone=f"call {PHONE} please", Name=NAME)
        (item,) = (await leads.call("GET", "/quarantined-requests")).json()["requests"]
        await erased(leads, anna)
        await searched(leads)
        path = f"/quarantined-requests/{item['id']}"
        shown = (await leads.call("GET", path)).json()
        assert (shown["state"], shown["original_body"]["text"]) == ("discarded", "")
        for method, way, body in (("POST", "/replay", None), ("PUT", "/body", {"text": "Phone=1"})):
            refused = await leads.call(method, path + way, json=body)
            assert refused.status_code == 409, refused.text


async def test_what_came_after_the_erasure_is_not_looked_at(run: Run) -> None:
    async with run() as leads:
        anna = await captured(leads, name=NAME, phones=[PHONE])
        await leads.pool.execute("CREATE FUNCTION off() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
        await leads.pool.execute(
            "CREATE TRIGGER later BEFORE INSERT ON tasks FOR EACH ROW WHEN (NEW.kind = 'search_requests')"
            " EXECUTE FUNCTION off()"
        )
        await erased(leads, anna)
        assert not (await leads.pool.fetchval("SELECT searched_at FROM erasures")), "the search has yet to begin"
        await sent(leads, "1:2", Phone=f"call {PHONE} please")
        await leads.pool.execute("DROP TRIGGER later ON tasks")
        await leads.pool.execute(
            "INSERT INTO tasks (id, kind, payload, due_at, actor, correlation_id)"
            " SELECT gen_random_uuid(), 'search_requests', json_build_object('erasure_id', id, 'customer_id',"
            " customer_ids[1], 'after', '00000000-0000-0000-0000-000000000000'), now(), 'test', gen_random_uuid()"
            " FROM erasures"
        )
        await searched(leads)
        assert await leads.pool.fetchval("SELECT count(*) FROM intake WHERE erased_at IS NULL") == 1


async def test_the_file_of_a_dry_run_goes_if_it_names_the_person(run: Run, tmp_path: Path) -> None:
    async with run() as leads:
        anna = await captured(leads, name=NAME, phones=[PHONE])
        mapping = '{"row_id": "id", "columns": {"name": ["name"], "phone": ["phone"]}}'
        file = f"id,name,phone\n1,{NAME},{PHONE}\n".encode()
        answer = await leads.call(
            "POST",
            "/imports",
            data={"kind": "leads", "name": "old", "mapping": mapping, "dry_run": "true"},
            files={"file": ("old.csv", file)},
        )
        assert answer.status_code == 202, answer.text
        id_ = answer.json()["import_id"]
        async with asyncio.timeout(60):
            while (await leads.call("GET", f"/imports/{id_}")).json()["state"] != "done":
                await asyncio.sleep(0.02)
        await erased(leads, anna)
        await searched(leads)
        assert await leads.pool.fetchval("SELECT count(*) FROM import_chunks") == 0
        refused = await leads.call("POST", f"/imports/{id_}/start")
        assert refused.status_code == 409


async def test_a_visitor_who_was_a_customer_is_nobody_again_and_keeps_the_version_of_his_stream(run: Run) -> None:
    async with run() as leads:
        anna = await captured(leads, name=NAME, phones=[PHONE])
        visitor = uuid4()
        await leads.pool.execute("INSERT INTO visitors VALUES ($1, $2, 3, 7, '2020-01-01')", visitor, UUID(anna))
        await erased(leads, anna)
        await hear(leads, anna)
        await leads.pool.execute(sql("views_forget", VIEWS_SQL), datetime.now(UTC), 30)
        row = await leads.pool.fetchrow("SELECT customer_id, version FROM visitors WHERE id = $1", visitor)
        assert tuple(row) == (None, 3)


async def test_all_that_is_known_of_a_person_is_handed_over_opened(run: Run) -> None:
    async with run() as leads:
        await sent(leads, "1:1", Name=NAME, Phone=PHONE, Comment=TEXT)
        anna = str(await leads.pool.fetchval("SELECT id FROM customers"))
        answer = await leads.call("GET", "/personal-data/export", params={"customer_id": anna})
        assert answer.status_code == 200, answer.text
        tables = answer.json()["tables"]
        assert tables["customers"][0]["name"] == NAME
        assert tables["customers"][0]["phones"] == [PHONE]
        assert "Phone=%2B79161234599" in tables["intake"][0]["body"]
        (touch,) = [event for event in tables["events"] if event["type"] == "lead.captured.v1"]
        assert touch["data"]["touch"]["text"] == TEXT
        assert "wrapped_key" not in str(tables), "the key itself is nobody's to have"


@pytest.mark.parametrize("role", ["manager", "head", "marketer", "integration", "service", "bi"])
async def test_only_who_may_erases_and_exports(run: Run, role: str) -> None:
    async with run() as leads:
        anna = await captured(leads, name=NAME, phones=[PHONE])
        assert (await erased(leads, anna, role)).status_code == 403
        for path in ("/personal-data", "/personal-data/export"):
            assert (await leads.call("GET", path, role, params={"customer_id": anna})).status_code == 403


async def test_other_services_are_told_whose_contacts_a_text_names_until_the_erasure(run: Run) -> None:
    async with run() as leads:
        anya = await captured(leads, name=NAME, phones=[PHONE], emails=[EMAIL])
        await captured(leads, name="Пётр", phones=["+79160000000"])
        texts = {f"Email={EMAIL.replace('@', '%40')}&Amount=7000", '{"phone": "8 (916) 123-45-99"}'}

        async def named(text: str, how: str = "customer_ids") -> list[str]:
            answer = await leads.call("POST", "/personal-data/named", role="service", json={"text": text})
            return answer.json()[how]  # type: ignore[no-any-return]

        assert [await named(text) for text in texts] == [[anya], [anya]]
        assert await named(f"{NAME} paid 79161234 for 1") == []
        async with leads.pool.acquire() as connection:
            await Namesakes(Keyring(MasterKey(MASTER_KEY)), BlindIndex(INDEX_KEY)).learn(connection, [UUID(anya)])
        first, last = NAME.split()
        alone = {f"from {last.upper()}, {first}: 70", urlencode({"Name": NAME}), json.dumps({"payer": f"{NAME} И."})}
        assert [await named(text, "namesake_ids") for text in alone] == [[anya]] * 3
        assert [await named(text, "namesake_ids") for text in (f"{first} paid", f"{NAME} +79160000000")] == [[], []]
        await erased(leads, anya)
        await hear(leads, anya)
        assert [await named(text) for text in texts] == [[], []]
        assert [await named(text, "namesake_ids") for text in alone] == [[], [], []]
