"""Leads are routed by the events of their capture and their judgement, once each."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from events.webhooks import Source

Floor = Any
IN_TURNS = {"to": {"strategy": "round_robin"}}


async def test_two_hundred_leads_at_once_are_spread_fairly_and_each_is_assigned_once(floor: Floor) -> None:
    await floor.hire("anna", "boris", "vera")
    await floor.hire("gleb", weight=2)
    await floor.rules(IN_TURNS)
    leads = await floor.many_captured(200)
    await asyncio.gather(*(floor.hear(range(n * 4, n * 4 + 4), most=7) for n in range(4)))

    assigned = await floor.told("lead.assigned.v1")
    assert Counter(str(row["stream_id"]) for row in assigned) == Counter(leads)
    shares = Counter(orjson.loads(row["data"])["manager_id"] for row in assigned)
    assert shares == {"anna": 40, "boris": 40, "vera": 40, "gleb": 80}
    rows = await floor.leads.pool.fetch("SELECT manager_id, version FROM leads")
    assert Counter(row["manager_id"] for row in rows) == shares
    assert {row["version"] for row in rows} == {2}


async def test_the_least_busy_get_what_comes(floor: Floor) -> None:
    await floor.hire("anna", "boris")
    for lead in await floor.many_captured(6):
        await floor.post(f"/leads/{lead}/assign", {"manager_id": "anna"})
    await floor.hear()
    await floor.rules({"to": {"strategy": "least_busy"}})
    new = [await floor.captured(f"+7913000000{n}") for n in range(6)]
    await floor.hear()
    assert [await floor.manager_of(lead) for lead in new] == ["boris"] * 6


async def test_a_replayed_event_assigns_nothing_anew(floor: Floor) -> None:
    await floor.hire("anna")
    await floor.rules(IN_TURNS)
    lead = await floor.captured()
    await floor.hear()
    await floor.post(f"/leads/{lead}/return", {"reason": "not-mine"})
    await floor.leads.pool.execute("UPDATE watermarks SET position = 0")
    await floor.hear()
    assert await floor.manager_of(lead) is None
    assert len(await floor.told("lead.assigned.v1")) == 1


async def test_without_rules_nothing_is_assigned_and_what_somebody_has_is_left_to_him(floor: Floor) -> None:
    await floor.hire("anna", "boris")
    untouched = await floor.captured()
    await floor.hear()
    assert await floor.manager_of(untouched) is None
    await floor.rules({"to": {"strategy": "manager", "manager_id": "anna"}})
    taken = await floor.captured("+79123456780")
    await floor.post(f"/leads/{taken}/assign", {"manager_id": "boris"})
    await floor.hear()
    assert await floor.manager_of(taken) == "boris"


async def test_leads_of_a_source_go_to_its_default_responsible_where_there_are_no_rules(floor: Floor) -> None:
    await floor.hire("anna", "boris")
    lead = await floor.captured()
    intake, source = await floor.leads.pool.fetchrow("SELECT intake, source FROM leads WHERE id = $1", lead)
    floor.sources[intake, source] = Source(intake, source, (), manager_id="boris")
    await floor.hear()
    assert await floor.manager_of(lead) == "boris"
    explained = await floor.get(f"/leads/{lead}/assignment-explanation")
    assert explained["assignments"][0]["explanation"] == "The source names Boris."


async def test_a_lead_of_the_night_waits_until_somebody_works(floor: Floor) -> None:
    hours = [{"weekday": day, "opens": "09:00", "closes": "18:00"} for day in ("mon", "tue", "wed")]
    await floor.hire("anna", working_hours=hours, time_zone="Europe/Moscow")
    await floor.rules({**IN_TURNS, "otherwise": "wait"})
    floor.now = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
    lead = await floor.captured()
    await floor.hear()
    assert await floor.manager_of(lead) is None
    due = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)
    assert await floor.leads.pool.fetchval("SELECT due_at FROM tasks WHERE kind = 'leads.route'") == due

    floor.now = due - timedelta(minutes=1)
    await floor.worker.run_due()
    assert await floor.manager_of(lead) is None, "asked too early, it waits on"
    floor.now = due
    await floor.worker.run_due()
    assert await floor.manager_of(lead) == "anna"
    assert await floor.leads.pool.fetchval("SELECT count(*) FROM tasks") == 0
    outcomes = [one["outcome"] for one in (await floor.get(f"/leads/{lead}/assignment-explanation"))["routings"]]
    assert outcomes == ["assigned", "waiting", "waiting"]


async def test_a_returning_customer_goes_to_his_manager_and_in_his_absence_to_the_deputy(floor: Floor) -> None:
    await floor.hire("anna", "boris", "vera")
    await floor.rules({"to": {"strategy": "round_robin", "managers": ["anna"]}})
    first = await floor.captured()
    await floor.post(f"/leads/{first}/assign", {"manager_id": "boris"})
    await floor.post(f"/leads/{first}/disqualify", {"reason": "no-answer"})
    second = await floor.captured()
    await floor.hear()
    assert await floor.manager_of(second) == "boris"

    await floor.post(f"/leads/{second}/disqualify", {"reason": "no-answer"})
    week = {"starts": floor.now.isoformat(), "ends": (floor.now + timedelta(days=7)).isoformat()}
    await floor.post("/managers/boris/absences", {**week, "reason": "holiday", "deputy_id": "vera"})
    third = await floor.captured()
    await floor.hear()
    assert await floor.manager_of(third) == "vera"
    (assigned,) = (await floor.get(f"/leads/{third}/assignment-explanation"))["assignments"]
    assert (assigned["strategy"], assigned["by"]) == ("own_manager", "service:leads")
    assert "deputy of boris" in assigned["explanation"]


async def test_who_is_on_the_black_list_is_given_to_nobody(floor: Floor) -> None:
    await floor.hire("anna")
    await floor.rules(IN_TURNS)
    lead = await floor.captured()
    customer = (await floor.get(f"/leads/{lead}"))["customer_id"]
    await floor.leads.pool.execute(
        "INSERT INTO black_list (customer_id, listed, decided_at) VALUES ($1, true, now())", customer
    )
    await floor.hear()
    assert await floor.manager_of(lead) is None
    (routing,) = (await floor.get(f"/leads/{lead}/assignment-explanation"))["routings"]
    assert routing["explanation"] == "The customer is on the black list."


async def test_rules_ask_for_language_country_and_fields_of_the_sealed_request(floor: Floor) -> None:
    await floor.hire("anna", "boris", "vera")
    await floor.rules(
        {"when": {"languages": ["de"]}, "to": {"strategy": "manager", "manager_id": "anna"}},
        {"when": {"regions": ["kz"]}, "to": {"strategy": "manager", "manager_id": "boris"}},
        {"when": {"fields": {"budget": ["large"]}}, "to": {"strategy": "manager", "manager_id": "vera"}},
    )
    german = await floor.captured("+4915112345678", details={"language": "de-AT"})
    kazakh = await floor.captured("+77011234567")
    large = await floor.captured("+79123456780", details={"Budget": "Large"})
    other = await floor.captured("+79123456781")
    await floor.hear()
    found = [await floor.manager_of(lead) for lead in (german, kazakh, large, other)]
    assert found == ["anna", "boris", "vera", None]


async def test_a_cold_lead_goes_to_a_call_list_and_leaves_it_when_it_is_closed(floor: Floor) -> None:
    await floor.put("/call-lists/cold", {"title": "Cold leads"})
    cold = {"when": {"temperatures": ["cold"]}, "to": {"strategy": "call_list", "call_list": "cold"}}
    await floor.rules({"on": "qualified", **cold})
    lead, hot = await floor.captured(), await floor.captured("+79123456780")
    await floor.post(f"/leads/{lead}/qualify", {"temperature": "cold"})
    await floor.post(f"/leads/{hot}/qualify", {"temperature": "hot"})
    await floor.hear()
    (entry,) = (await floor.get("/call-lists/cold/leads"))["entries"]
    assert (entry["lead_id"], entry["state"]) == (lead, "waiting")

    await floor.leads.pool.execute("UPDATE watermarks SET position = 0")
    await floor.hear()
    assert len(await floor.told("call_list.lead-added.v1")) == 1

    await floor.post(f"/leads/{lead}/disqualify", {"reason": "spam"})
    await floor.hear()
    (entry,) = (await floor.get("/call-lists/cold/leads"))["entries"]
    assert (entry["state"], entry["outcome"]) == ("done", "lead_closed")
