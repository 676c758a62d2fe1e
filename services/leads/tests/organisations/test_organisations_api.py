"""Organisations by HTTP, with a reference of requisites that speaks DaData's JSON."""

import asyncio
from typing import Any
from uuid import uuid4

from leads_system import Running
from pytest_httpserver import HTTPServer

Run = Any
REQUISITES = {"inn": "7707083893", "kpp": "773601001", "ogrn": "1027700132195"}


async def entered(leads: Running, **fields: Any) -> dict[str, Any]:
    answer = await leads.call("POST", "/organisations", json={"name": "ООО Ромашка", **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()  # type: ignore[no-any-return]


async def person(leads: Running, phone: str, **fields: Any) -> str:
    body = {"name": "Анна", "phones": [phone], **fields}
    answer = await leads.call("POST", "/leads", json=body, headers={"idempotency-key": str(uuid4())})
    return answer.json()["customer_id"]  # type: ignore[no-any-return]


async def test_an_organisation_is_entered_once_by_its_key_and_once_by_its_inn(run: Run) -> None:
    async with run() as leads:
        headers = {"idempotency-key": "first"}
        body = {"name": "ООО Ромашка", "requisites": REQUISITES}
        first = await leads.call("POST", "/organisations", json=body, headers=headers)
        again = await leads.call("POST", "/organisations", json=body, headers=headers)
        assert (first.status_code, again.status_code) == (201, 200)
        assert again.json() == first.json()
        double = await leads.call("POST", "/organisations", json=body)
        assert (double.status_code, double.json()["code"]) == (409, "organisation_exists")
        assert first.json()["organisation_id"] in double.json()["detail"]
        await entered(leads, requisites={**REQUISITES, "kpp": "770801001"})
        found = (await leads.call("GET", "/organisations", params={"inn": REQUISITES["inn"]})).json()
        assert len(found["organisations"]) == 2


async def test_two_people_who_enter_the_same_organisation_at_once_make_one(run: Run) -> None:
    async with run() as leads:
        body = {"name": "ООО Ромашка", "requisites": REQUISITES}
        answers = await asyncio.gather(*(leads.call("POST", "/organisations", json=body) for _ in range(5)))
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]


async def test_wrong_requisites_are_refused_with_their_places(run: Run) -> None:
    async with run() as leads:
        body = {"name": "ООО Ромашка", "requisites": {"inn": "7707083894", "bik": "1"}}
        refused = await leads.call("POST", "/organisations", json=body)
        assert refused.status_code == 422
        assert {fault["pointer"] for fault in refused.json()["errors"]} == {"#/requisites/inn", "#/requisites/bik"}


async def test_an_edit_keeps_what_it_does_not_name_and_refuses_an_old_version(run: Run) -> None:
    async with run() as leads:
        made = await entered(leads, requisites=REQUISITES, tags=["Key Account"])
        path = f"/organisations/{made['organisation_id']}"
        body = {"name": "ООО Лютик", "requisites": {"bik": "044525225", "account": "40702810938000000001"}}
        edited = await leads.call("PATCH", path, json=body, headers={"if-match": f'"{made["version"]}"'})
        assert edited.status_code == 200, edited.text
        assert edited.json()["requisites"]["inn"] == REQUISITES["inn"]
        assert edited.json()["tags"] == ["key account"]
        stale = await leads.call("PATCH", path, json={"name": "X"}, headers={"if-match": f'"{made["version"]}"'})
        assert stale.status_code == 412
        by_tag = (await leads.call("GET", "/organisations", params={"tag": "key account", "name": "ооо лю"})).json()
        assert [one["name"] for one in by_tag["organisations"]] == ["ООО Лютик"]


async def test_one_person_acts_for_several_organisations_with_a_sealed_role_in_each(run: Run) -> None:
    async with run() as leads:
        anna, boris = await person(leads, "+79123456789"), await person(leads, "+79123456780")
        one, two = await entered(leads), await entered(leads, name="ИП Иванова")
        path = f"/organisations/{one['organisation_id']}/persons"
        await leads.call("PUT", f"{path}/{anna}", json={"role": "Director", "is_primary": True})
        await leads.call("PUT", f"{path}/{boris}", json={"role": "Buyer", "since": "2024-01-01", "is_primary": True})
        await leads.call("PUT", f"/organisations/{two['organisation_id']}/persons/{anna}", json={"role": "Owner"})
        shown = (await leads.call("GET", f"/organisations/{one['organisation_id']}")).json()
        assert [(p["role"], p["is_primary"], p["name"]) for p in shown["persons"]] == [
            ("Buyer", True, "Анна"),
            ("Director", False, "Анна"),
        ]
        card = (await leads.call("GET", f"/customers/{anna}")).json()
        assert {(o["name"], o["role"]) for o in card["organisations"]} == {
            ("ООО Ромашка", "Director"),
            ("ИП Иванова", "Owner"),
        }
        stored = await leads.pool.fetch("SELECT data::text AS d FROM events WHERE type LIKE 'organisation.person%'")
        assert not any(role in row["d"] for row in stored for role in ("Director", "Buyer", "Owner"))
        again = await leads.call("PUT", f"{path}/{boris}", json=shown["persons"][0] | {"role": "Buyer"})
        assert again.status_code == 422, "only what is said of a person may be sent"
        period = {"role": "Buyer", "since": "2024-02-01", "until": "2024-01-01"}
        assert (await leads.call("PUT", f"{path}/{boris}", json=period)).json()["code"] == "period"
        gone = await leads.call("DELETE", f"{path}/{boris}")
        assert [p["customer_id"] for p in gone.json()["persons"]] == [anna]
        assert (await leads.call("PUT", f"{path}/{uuid4()}", json={"role": "X"})).status_code == 404
        history = (await leads.call("GET", f"/customers/{anna}/history", params={"kind": "organisations"})).json()
        assert {entry["facts"]["role"] for entry in history["entries"]} == {"Director", "Owner"}


async def test_fields_of_an_organisation_are_plain_and_required_ones_are_asked_for(run: Run) -> None:
    async with run() as leads:
        field = {"kind": "choice", "title": "Branch", "options": [{"code": "food", "title": "Food"}], "required": True}
        assert (await leads.call("PUT", "/fields/organisation/branch", json=field)).status_code == 200
        without = await leads.call("POST", "/organisations", json={"name": "ООО Ромашка"})
        assert (without.status_code, without.json()["code"]) == (422, "required_field")
        made = await entered(leads, fields={"branch": "food"})
        assert made["fields"] == {"branch": "food"}
        personal = await leads.call(
            "PUT", "/fields/organisation/boss", json={"kind": "text", "title": "Boss", "personal": True}
        )
        assert personal.json()["code"] == "organisation_personal"


async def test_organisations_of_other_lines_of_business_are_not_there(run: Run) -> None:
    async with run(manager_directions=["retail"]) as leads:
        made = await entered(leads, direction="wholesale")
        path = f"/organisations/{made['organisation_id']}"
        assert (await leads.call("GET", path, role="manager")).status_code == 404
        assert (await leads.call("PATCH", path, role="manager", json={"name": "X"})).status_code == 404
        assert (await leads.call("GET", "/organisations", role="manager")).json()["organisations"] == []
        assert (await leads.call("GET", path, role="bi")).status_code == 403


async def test_somebody_answers_for_an_organisation(run: Run) -> None:
    async with run() as leads:
        path = f"/organisations/{(await entered(leads))['organisation_id']}/responsible"
        assert (await leads.call("POST", path, json={"manager_id": "anna", "reason": "load"})).status_code == 422
        assert (await leads.call("PUT", "/managers/anna", json={"name": "Anna"})).status_code == 200
        done = await leads.call("POST", path, json={"manager_id": "anna", "reason": "load"})
        assert done.json()["manager_id"] == "anna"
        assert (await leads.call("POST", path, json={"manager_id": None, "reason": "whim"})).status_code == 422


PARTY = {
    "suggestions": [
        {
            "value": "ПАО СБЕРБАНК",
            "unrestricted_value": "ПАО СБЕРБАНК",
            "data": {
                "inn": "7707083893",
                "kpp": "773601001",
                "ogrn": "1027700132195",
                "type": "LEGAL",
                "management": {"name": "Греф Герман Оскарович", "post": "Президент", "disqualified": None},
                "state": {"status": "ACTIVE", "code": None, "liquidation_date": None},
                "name": {"full_with_opf": "ПУБЛИЧНОЕ АКЦИОНЕРНОЕ ОБЩЕСТВО", "short_with_opf": "ПАО СБЕРБАНК"},
                "address": {"value": "г Москва, ул Вавилова, д 19", "unrestricted_value": "117312, г Москва"},
            },
        }
    ]
}
BANK = {
    "suggestions": [
        {
            "value": "ПАО Сбербанк",
            "unrestricted_value": "ПАО Сбербанк",
            "data": {
                "opf": {"type": "BANK", "full": None, "short": None},
                "name": {"payment": "ПАО СБЕРБАНК", "full": None, "short": "ПАО Сбербанк"},
                "bic": "044525225",
                "correspondent_account": "30101810400000000225",
                "payment_city": "г. Москва",
                "state": {"status": "ACTIVE", "actuality_date": 1624492800000},
            },
        }
    ]
}


async def test_requisites_are_looked_up_with_our_key_and_name_what_we_have(run: Run, httpserver: HTTPServer) -> None:
    token = {"Authorization": "Token secret-key"}
    party = {"query": "7707083893", "count": 20}
    httpserver.expect_request("/rs/findById/party", "POST", headers=token, json=party).respond_with_json(PARTY)
    bank = {"query": "044525225"}
    httpserver.expect_request("/rs/findById/bank", "POST", headers=token, json=bank).respond_with_json(BANK)
    async with run(requisites_url=httpserver.url_for("/rs/"), requisites_key="secret-key") as leads:
        made = await entered(leads, requisites=REQUISITES)
        found = (await leads.call("POST", "/organisations/lookup", json={"inn": "7707083893"})).json()
        (company,) = found["companies"]
        assert (company["name"], company["state"]) == ("ПАО СБЕРБАНК", "ACTIVE")
        assert company["organisation_id"] == made["organisation_id"]
        found = (await leads.call("POST", "/organisations/lookup", json={"bik": "044525225"})).json()
        assert found["bank"]["correspondent_account"] == "30101810400000000225"
        wrong = await leads.call("POST", "/organisations/lookup", json={"inn": "7707083894"})
        assert wrong.status_code == 422


async def test_a_reference_that_fails_redirects_or_talks_rubbish_is_trouble_that_passes(
    run: Run, httpserver: HTTPServer
) -> None:
    async with run(requisites_url=httpserver.url_for("/rs/"), requisites_key="secret-key") as leads:
        for answer in (
            {"status": 403, "response_data": "limit"},
            {"status": 302, "headers": {"Location": httpserver.url_for("/elsewhere")}},
            {"status": 200, "response_data": '{"suggestions": [{"value": 1}]}'},
            {"status": 200, "response_data": "<html>"},
        ):
            httpserver.clear()
            httpserver.expect_request("/rs/findById/bank", "POST").respond_with_data(**answer)
            looked = await leads.call("POST", "/organisations/lookup", json={"bik": "044525225"})
            assert looked.status_code == 503, answer
    async with run() as leads:
        none = await leads.call("POST", "/organisations/lookup", json={"bik": "044525225"})
        assert (none.status_code, none.json()["code"]) == (409, "no_reference")
