"""Moving off another CRM: persons, companies and the whole life of every deal, once, whatever happens on the way."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import orjson
import pytest
from events.contracts.leads import CustomerErased
from events.privacy import Keyring, MasterKey
from events.testing import received
from leads.moving.companies import forget
from leads.pulling.amocrm import AmoCrm
from leads.pulling.bitrix24 import Bitrix24
from leads_system import MASTER_KEY, Running, running_leads
from moved_accounts import CUT, AmoAccount, BitrixPortal, persons
from pytest_httpserver import HTTPServer

PRIVATE = {"outgoing_private_hosts": frozenset(["127.0.0.1", "localhost"])}
AMO_CODES = {
    "pipelines": {"31": "sales"},
    "stages": {"31/201": "new", "31/202": "offer", "31/203": "contract"},
    "users": {"5": "anna"},
    "reasons": {"7": "too_expensive"},
}
B24_CODES = {
    "pipelines": {"0": "sales"},
    "stages": {"NEW": "new", "PREPARATION": "offer"},
    "users": {"1": "anna"},
    "reasons": {"LOSE": "other"},
}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small pages, no budget of the provider, hardly a pause."""
    for name, value in (("PAGE", 10), ("EVENTS", 8)):
        monkeypatch.setattr(f"leads.pulling.amocrm.{name}", value)
    quickly = {"per_second": 1000.0, "first_wait_seconds": 0.01}
    monkeypatch.setattr("leads.sources.wiring.AmoCrm", partial(AmoCrm, **quickly))
    monkeypatch.setattr("leads.sources.wiring.Bitrix24", partial(Bitrix24, **quickly))


@pytest.fixture
def account(httpserver: HTTPServer) -> AmoAccount:
    """Forty-five deals of thirty persons; every third is won, every third lost."""
    made = AmoAccount(httpserver)
    made.add("companies", 71, name="ООО Ромашка", responsible_user_id=5)
    for id_ in range(1, 31):
        companies = [{"id": 71}] if id_ <= 3 else []
        fields = [*persons([id_]), {"field_code": "POSITION", "values": [{"value": "Директор"}]}]
        linked = {"companies": companies}
        made.add("contacts", id_, name=f"Person {id_}", custom_fields_values=fields, _embedded=linked)
    for id_ in range(101, 146):
        contact = (id_ - 101) % 30 + 1
        state = {"status_id": 201, "pipeline_id": 31, "responsible_user_id": 5, "price": id_ * 100}
        linked = {"contacts": [{"id": contact, "is_main": True}]}
        made.add("leads", id_, name=f"Deal {id_}", loss_reason_id=None, _embedded=linked, **state)
        made.move(id_, 1_580_000_000 + id_, 202)
        if id_ % 3 == 0:
            made.move(id_, 1_581_000_000 + id_, 142, closed=True)
        elif id_ % 3 == 1:
            made.move(id_, 1_582_000_000 + id_, 143, closed=True)
            made.things["leads"][id_]["loss_reason_id"] = 7
            made.things["leads"][id_]["_embedded"]["loss_reason"] = [{"id": 7, "name": "Дорого"}]
    return made


async def set_up(leads: Running, account: AmoAccount, **options: Any) -> None:
    given = {"account_url": account.url, "access_token": account.token, "history": True, **AMO_CODES}
    body = {"secrets": ["amo-secret"], "direction": "retail", "options": {**given, **options}}
    made = await leads.call("PUT", "/sources/amocrm/main", json=body)
    assert made.status_code == 200, made.text


async def told(leads: Running, count: int) -> list[dict[str, Any]]:
    """What was said of deals, once there is that much of it, in order; nothing more comes."""
    query = "SELECT data FROM events WHERE type = 'deal_history.reported.v1' ORDER BY recorded_at, position"
    async with asyncio.timeout(60):
        while len(await leads.pool.fetch(query)) < count:
            await asyncio.sleep(0.05)
    await leads.settled()
    found = [orjson.loads(row["data"]) for row in await leads.pool.fetch(query)]
    assert len(found) == count
    return found


async def test_the_funnel_of_the_past_is_told_deal_by_deal_with_its_dates(leads: Running, account: AmoAccount) -> None:
    await set_up(leads, account)

    found = {one["provider_id"]: one for one in await told(leads, 45)}
    assert set(found) == set(map(str, range(101, 146)))
    won, lost, still_open = found["102"], found["103"], found["101"]
    assert [(visit["stage"], visit["at"]) for visit in won["visits"]] == [
        ("new", "2020-01-01T00:01:42Z"),
        ("offer", "2020-01-26T00:55:02Z"),
    ]
    assert (won["outcome"], won["closed_at"], won["pipeline"]) == ("won", "2020-02-06T14:41:42Z", "sales")
    assert won["value"] == {"amount": "10200", "currency": "RUB"}
    assert (won["manager_id"], won["direction"], won["provider"], won["source"]) == ("anna", "retail", "amocrm", "main")
    assert (lost["outcome"], lost["reason"]) == ("lost", "too_expensive")
    assert lost["comment"].startswith("s1."), "what people wrote is sealed"
    assert still_open["outcome"] == "open"
    assert "closed_at" not in still_open
    assert await leads.pool.fetchval("SELECT count(*) FROM customers") == 30
    leads_of = "SELECT count(*) FROM leads WHERE id = ANY($1::uuid[]) AND captured_at < '2020-01-02'"
    assert await leads.pool.fetchval(leads_of, [one["lead_id"] for one in found.values()]) == 30


async def test_who_answers_for_a_person_there_has_the_lead_here_and_no_manager_who_is_not_ours(
    leads: Running, account: AmoAccount
) -> None:
    made = await leads.call("PUT", "/managers/anna", json={"name": "Anna"})
    assert made.status_code < 300, made.text
    account.things["contacts"][1]["responsible_user_id"] = 5
    account.things["contacts"][2]["responsible_user_id"] = 6
    for deal in account.things["leads"].values():
        deal["responsible_user_id"] = 6
    await set_up(leads, account, users={"5": "anna", "6": "gone-since"})

    await told(leads, 45)

    given = await leads.pool.fetch("SELECT manager_id, version FROM leads WHERE manager_id IS NOT NULL")
    assert [row["manager_id"] for row in given] == ["anna"]
    events = await leads.pool.fetch("SELECT data FROM events WHERE type = 'lead.assigned.v1'")
    assert [orjson.loads(row["data"])["strategy"] for row in events] == ["other_crm"]
    whose = await leads.call("GET", "/whose-customer", params={"phone": "+79123450001"})
    assert "anna" in whose.text


async def test_companies_become_organisations_with_their_people_and_stay_ours(
    leads: Running, account: AmoAccount, looked: Any
) -> None:
    await set_up(leads, account)
    await told(leads, 45)

    listed = (await leads.call("GET", "/organisations")).json()["organisations"]
    assert [(one["name"], one["manager_id"]) for one in listed] == [("ООО Ромашка", "anna")]
    card = (await leads.call("GET", f"/organisations/{listed[0]['organisation_id']}")).json()
    assert sorted((one["name"], one["role"]) for one in card["persons"]) == [
        (f"Person {n}", "Директор") for n in (1, 2, 3)
    ]
    await leads.call(
        "PATCH", f"/organisations/{card['organisation_id']}", json={"name": "Ромашка"}, headers={"if-match": '"4"'}
    )
    gone = card["persons"][0]["customer_id"]
    removed = await leads.call("DELETE", f"/organisations/{card['organisation_id']}/persons/{gone}")
    assert removed.status_code < 300, removed.text
    for thing in (*account.things["companies"].values(), *account.things["contacts"].values()):
        thing["updated_at"] = 1_900_000_000
    await looked("amocrm")
    await leads.settled()

    card = (await leads.call("GET", f"/organisations/{card['organisation_id']}")).json()
    assert (card["name"], len(card["persons"])) == ("Ромашка", 2)


@pytest.mark.parametrize("after", range(4))
async def test_limits_errors_and_cut_connections_lose_nothing_and_repeat_nothing(
    leads: Running, account: AmoAccount, after: int
) -> None:
    some = [429, 503, CUT, 500, None] * 8
    account.troubles = some[after:]
    await set_up(leads, account)

    assert len({one["provider_id"] for one in await told(leads, 45)}) == 45
    assert await leads.pool.fetchval("SELECT count(*) FROM touches") == 75


async def test_trouble_that_lasts_ends_the_look_and_the_next_goes_on_from_its_page(
    leads: Running, account: AmoAccount, looked: Any
) -> None:
    account.troubles = [503] * 6
    await set_up(leads, account)
    assert (await looked("amocrm"))["last_error"] == "localhost answered 503, code QUERY_LIMIT_EXCEEDED"
    account.troubles = []
    await looked("amocrm")
    await told(leads, 45)


@pytest.fixture
async def dsn(new_database: Any) -> str:
    made: str = await new_database("leads")
    return made


async def test_a_process_that_stops_in_the_middle_is_followed_by_one_that_goes_on_there(
    dsn: str, tmp_path: Path, account: AmoAccount
) -> None:
    async with running_leads(dsn, tmp_path, **PRIVATE) as leads:
        await set_up(leads, account)
        async with asyncio.timeout(60):
            while not await leads.pool.fetchval("SELECT cursor -> 'deals' -> 'page' IS NOT NULL FROM source_pulls"):
                await asyncio.sleep(0.005)
    account.asked.clear()
    async with running_leads(dsn, tmp_path, **PRIVATE) as leads:
        await told(leads, 45)
        assert await leads.pool.fetchval("SELECT sum(deliveries) FROM touches") == 75
        asked = [one for one in account.asked if one.startswith(("contacts?", "leads?")) and "page=1&" in one]
        assert len(asked) <= 1, "lists that were read to the end begin with what has changed"


async def test_a_deal_that_moves_on_is_told_again_and_the_others_are_not(
    leads: Running, account: AmoAccount, looked: Any
) -> None:
    await set_up(leads, account)
    await told(leads, 45)
    account.move(101, 1_900_000_000, 203)
    account.asked.clear()
    await looked("amocrm")

    again = (await told(leads, 46))[-1]
    assert [visit["stage"] for visit in again["visits"]] == ["new", "offer", "contract"]
    assert len([one for one in account.asked if one.startswith("leads?")]) == 1, "only what has changed is asked for"

    account.move(101, 1_900_000_100, 142, closed=True)
    hook = urlencode({"leads[status][0][id]": "101", "leads[status][0][status_id]": "142"}).encode()
    form = {"content-type": "application/x-www-form-urlencoded"}
    await leads.client.post("/in/amocrm/main/amo-secret", content=hook, headers=form)
    assert (await told(leads, 47))[-1]["outcome"] == "won"


async def test_a_deal_that_has_no_code_waits_until_it_has_one(leads: Running, account: AmoAccount) -> None:
    codes = {**AMO_CODES, "stages": {"31/201": "new"}, "reasons": {}}
    await set_up(leads, account, **codes)
    async with asyncio.timeout(60):
        while await leads.pool.fetchval("SELECT count(*) FROM intake WHERE state = 'quarantined'") < 45:
            await asyncio.sleep(0.05)
    reasons = await leads.pool.fetch("SELECT DISTINCT reason FROM intake WHERE state = 'quarantined'")
    assert {row["reason"] for row in reasons} == {
        "no code of ours for stages 31/202",
        "no code of ours for stages 31/202, reasons 7",
    }

    await set_up(leads, account)
    replayed = await leads.call("POST", "/quarantined-requests/replay", json={"channel": "amocrm"})
    assert replayed.status_code < 300, replayed.text
    await told(leads, 45)


@pytest.fixture
def portal(httpserver: HTTPServer) -> BitrixPortal:
    """Sixty deals of twenty persons: won, lost and open ones."""
    made = BitrixPortal(httpserver)
    made.stages = [{"ENTITY_ID": "DEAL_STAGE", "STATUS_ID": "LOSE", "NAME": "Сделка провалена"}]
    made.add("company", 71, TITLE="ООО Ромашка", ASSIGNED_BY_ID="1")
    for id_ in range(1, 21):
        phone = [{"VALUE": f"+7912345{id_:04d}"}]
        made.add("contact", id_, NAME=f"Person {id_}", PHONE=phone, COMPANY_ID="71" if id_ == 1 else "0")
    for id_ in range(1, 61):
        worth = {"OPPORTUNITY": "12500.50", "CURRENCY_ID": "RUB", "ASSIGNED_BY_ID": "1", "CATEGORY_ID": "0"}
        made.add("deal", id_, TITLE=f"Deal {id_}", CONTACT_ID=str((id_ - 1) % 20 + 1), **worth)
        made.move(id_, "2024-04-25T10:00:00+03:00", "NEW")
        made.move(id_, "2024-04-26T10:00:00+03:00", "PREPARATION")
        if id_ % 3 == 0:
            made.move(id_, "2024-05-02T10:00:00+03:00", "WON", "S")
        elif id_ % 3 == 1:
            made.move(id_, "2024-05-03T10:00:00+03:00", "LOSE", "F")
    return made


async def set_up_portal(leads: Running, portal: BitrixPortal, **options: Any) -> None:
    given = {"webhook_url": portal.url, "history": True, **B24_CODES, **options}
    body = {"secrets": ["app-token-1"], "options": given}
    made = await leads.call("PUT", "/sources/bitrix24/main", json=body)
    assert made.status_code == 200, made.text


async def test_the_stages_of_bitrix24_are_told_with_their_dates_through_limits_and_cut_connections(
    leads: Running, portal: BitrixPortal, looked: Any
) -> None:
    portal.troubles = [503, CUT, 429, 503]
    await set_up_portal(leads, portal)

    found = {one["provider_id"]: one for one in await told(leads, 60)}
    lost = found["1"]
    assert [(visit["stage"], visit["at"]) for visit in lost["visits"]] == [
        ("new", "2024-04-25T07:00:00Z"),
        ("offer", "2024-04-26T07:00:00Z"),
    ]
    assert (lost["outcome"], lost["reason"], lost["closed_at"]) == ("lost", "other", "2024-05-03T07:00:00Z")
    assert found["3"]["outcome"] == "won"
    assert await leads.pool.fetchval("SELECT count(*) FROM customers") == 20
    assert (await leads.call("GET", "/organisations")).json()["organisations"][0]["name"] == "ООО Ромашка"

    portal.move(2, "2035-05-02T10:00:00+03:00", "WON", "S")
    await looked("bitrix24")
    assert (await told(leads, 61))[-1]["provider_id"] == "2"
    assert "code" not in str(await leads.pool.fetch("SELECT url FROM intake WHERE method = 'PULL'"))


async def counted(leads: Running, channel: str) -> dict[str, Any]:
    """The count of what the history holds, once it has ended."""
    path = f"/sources/{channel}/main/history/preview"
    started = await leads.call("POST", path)
    assert started.status_code == 202, started.text
    async with asyncio.timeout(60):
        while (shown := (await leads.call("GET", path)).json())["state"] == "running":
            await asyncio.sleep(0.05)
    found: dict[str, Any] = shown
    return found


async def test_before_anything_is_taken_over_it_is_told_what_is_there_and_what_has_no_code(
    leads: Running, account: AmoAccount
) -> None:
    statuses = [{"id": id_, "name": f"Stage {id_}"} for id_ in (201, 202, 203, 142, 143)]
    account.catalogue["pipelines"] = [{"id": 31, "name": "Продажи", "_embedded": {"statuses": statuses}}]
    account.catalogue["users"] = [{"id": 5, "name": "Анна"}, {"id": 6, "name": "Уволен"}]
    account.catalogue["loss_reasons"] = [{"id": 7, "name": "Дорого"}]
    account.add("leads", 200, name="Nobody's", status_id=201, pipeline_id=31, responsible_user_id=99)
    account.troubles = [None, 503, CUT]
    await set_up(leads, account, history=False, stages={"31/201": "new"}, users={}, reasons={})

    found = await counted(leads, "amocrm")

    assert (found["state"], found["deals"], found["deals_of_nobody"]) == ("done", 46, 1)
    assert found["missing"] == ["stages 31/202", "stages 31/203", "users 5", "users 99", "reasons 7"]
    assert found["pipelines"] == [{"id": "31", "name": "Продажи", "deals": 46, "ours": "sales", "missing": False}]
    assert [(one["id"], one["name"], one["deals"]) for one in found["users"]] == [
        ("5", "Анна", 45),
        ("6", "Уволен", 0),
        ("99", None, 1),
    ]
    assert await leads.pool.fetchval("SELECT count(*) FROM intake") == 0, "nothing was taken over"

    await set_up(leads, account, history=False, users={"5": "anna", "99": "-"})
    again = (await leads.call("GET", "/sources/amocrm/main/history/preview")).json()
    assert again["missing"] == [], "a correction needs no new count"


async def test_a_history_that_cannot_be_counted_says_why(leads: Running, account: AmoAccount) -> None:
    await set_up(leads, account, history=False, access_token="outdated-token")
    assert (await leads.call("GET", "/sources/amocrm/main/history/preview")).status_code == 404

    found = await counted(leads, "amocrm")
    assert (found["state"], found["failure"]) == ("failed", "localhost answered 401")
    refused = await leads.call("POST", "/sources/amocrm/main/history/preview", role="manager")
    assert refused.status_code == 403
    assert (await leads.call("POST", "/sources/tilda/shop/history/preview")).status_code == 404


async def test_a_portal_is_counted_by_its_stages_too(leads: Running, portal: BitrixPortal) -> None:
    portal.categories = [{"id": 0, "name": "Общая"}]
    named = (("NEW", "Новая", None), ("PREPARATION", "КП", None), ("WON", "Успех", "S"), ("LOSE", "Провал", "F"))
    portal.stages = [
        {"ENTITY_ID": "DEAL_STAGE", "STATUS_ID": id_, "NAME": name, "SEMANTICS": kind} for id_, name, kind in named
    ]
    portal.users = [{"ID": "1", "NAME": "Анна", "LAST_NAME": "Петрова"}]
    await set_up_portal(leads, portal, history=False, stages={"NEW": "new"}, reasons={})

    found = await counted(leads, "bitrix24")

    assert (found["state"], found["deals"]) == ("done", 60)
    assert found["missing"] == ["stages PREPARATION", "reasons LOSE"]
    assert [(one["name"], one["deals"]) for one in found["users"]] == [("Анна Петрова", 60)]


async def test_an_erased_person_is_forgotten_by_the_companies_and_nothing_more_is_told_of_the_deals(
    leads: Running, account: AmoAccount, looked: Any
) -> None:
    await set_up(leads, account)
    found = await told(leads, 45)
    anna = UUID(next(one["customer_id"] for one in found if one["provider_id"] == "101"))
    assert await leads.pool.fetchval("SELECT count(*) FROM company_members") == 3
    async with leads.pool.acquire() as connection, connection.transaction():
        await Keyring(MasterKey(MASTER_KEY)).delete(connection, anna)
        await forget(connection, [received(CustomerErased(customer_id=anna), anna, 1, version=2)])
    account.move(101, 1_900_000_000, 203)
    account.things["contacts"][1]["updated_at"] = 1_900_000_000
    await looked("amocrm")

    await told(leads, 45)
    assert await leads.pool.fetchval("SELECT count(*) FROM company_members") == 2
