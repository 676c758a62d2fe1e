"""A manager's work by the rules of distribution: who gets what and why, foreseen and done; for a time, and back."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from leads.handover import moving
from leads_system import Running
from managers_work import completed, customers_of, hire

Run = Any
HOLIDAY = {"reason": "holiday"}


async def handed(leads: Running, body: dict[str, Any]) -> dict[str, Any]:
    return await completed(leads, await leads.call("POST", "/managers/anna/hand-over", json=body))


async def items(leads: Running, handover_id: str) -> list[dict[str, Any]]:
    """Page by page."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        params = {"limit": 2, **cursor}
        page = (await leads.call("GET", f"/hand-overs/{handover_id}/items", params=params)).json()
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


async def returned(leads: Running, handover_id: str) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while True:
            stands = (await leads.call("GET", f"/hand-overs/{handover_id}")).json()
            if stands["returned_at"] is not None:
                return stands  # type: ignore[no-any-return]
            await asyncio.sleep(0.05)


def another_day() -> list[dict[str, str]]:
    """Working hours of the day after tomorrow only."""
    day = (datetime.now(UTC) + timedelta(days=2)).strftime("%a").lower()
    return [{"weekday": day, "opens": "09:00", "closes": "18:00"}]


async def absent(leads: Running, name: str) -> None:
    now = datetime.now(UTC)
    times = {"starts": (now - timedelta(days=1)).isoformat(), "ends": (now + timedelta(days=5)).isoformat()}
    assert (await leads.call("POST", f"/managers/{name}/absences", json=times)).status_code == 201


async def test_by_rule_those_get_it_who_could_get_it_as_leads_and_it_is_said_why(run: Run) -> None:
    async with run() as leads:
        await hire(leads, "anna")
        await hire(leads, "greta", languages=["de"])
        await hire(leads, "vera", languages=["ru"], directions=["retail"])
        await hire(leads, "away", languages=["ru"])
        await hire(leads, "asleep", languages=["ru"], working_hours=another_day())
        await hire(leads, "full", languages=["ru"], open_limit=0)
        await absent(leads, "away")
        rules = [
            {
                "id": "german",
                "when": {"languages": ["de"]},
                "to": {"strategy": "manager", "manager_id": "greta"},
                "otherwise": "unsorted",
            },
            {"id": "cold", "when": {}, "to": {"strategy": "by_hand"}},
        ]
        assert (await leads.call("PUT", "/distribution-rules", json={"rules": rules})).status_code == 200
        (german,) = await customers_of(leads, "anna", 1, direction="retail", details={"language": "de"})
        russian = await customers_of(leads, "anna", 2, direction="retail", details={"language": "ru"})

        foreseen = (await leads.call("POST", "/managers/anna/hand-over/preview", json=HOLIDAY)).json()
        stands = await handed(leads, HOLIDAY)

        assert (stands["customers"], stands["leads"], stands["left"]) == (3, 3, 0)
        rows = await leads.pool.fetch("SELECT id, manager_id FROM customers")
        assert {str(row["id"]): row["manager_id"] for row in rows} == {
            german["customer_id"]: "greta",
            **{one["customer_id"]: "vera" for one in russian},
        }
        assert foreseen["by_manager"] == {"greta": 1, "vera": 2}
        told = {item["subject_id"]: item for item in await items(leads, stands["handover_id"])}
        for one in foreseen["items"]:
            done = told[one["subject_id"]]
            assert (one["manager_id"], one["explanation"]) == (done["to_manager_id"], done["explanation"])
            assert [step["rule"] for step in one["steps"]] == [step["rule"] for step in done["steps"]]
            assert one["leads"] == 1
        why = {one["manager_id"]: one.get("out") for one in told[russian[0]["customer_id"]]["steps"][-1]["considered"]}
        assert "anna" not in why
        assert why["vera"] is None
        assert why["greta"] == "does not speak ru"
        assert all(text in why[name] for name, text in (("away", "absent"), ("asleep", "working"), ("full", "limit")))


async def test_a_preview_changes_nothing(run: Run) -> None:
    async with run() as leads:
        await hire(leads, "anna", "boris")
        await customers_of(leads, "anna", 3)
        tables = ("customers", "leads", "events", "handovers", "handover_items", "rule_turns", "managers", "tasks")
        before = {name: await leads.pool.fetch(f"SELECT * FROM {name} ORDER BY 1") for name in tables}
        foreseen = await leads.call("POST", "/managers/anna/hand-over/preview", json=HOLIDAY)
        assert foreseen.json()["by_manager"] == {"boris": 3}
        assert {name: await leads.pool.fetch(f"SELECT * FROM {name} ORDER BY 1") for name in tables} == before


async def test_many_cards_are_spread_evenly_whatever_the_cut_of_batches(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "BATCH", 4)
    async with run() as leads:
        await hire(leads, "anna", "boris", "vera", "gleb")
        work = await customers_of(leads, "anna", 21)
        for one in work[:11]:  # qualified: no load any more
            await leads.call("POST", f"/leads/{one['lead_id']}/qualify", json={"temperature": "hot"})
        await handed(leads, HOLIDAY)
        rows = await leads.pool.fetch("SELECT manager_id FROM customers")
        assert Counter(row["manager_id"] for row in rows) == {"boris": 7, "vera": 7, "gleb": 7}


async def test_what_nobody_can_take_yet_waits_for_the_first_who_works(run: Run) -> None:
    async with run() as leads:
        await hire(leads, "anna")
        await hire(leads, "vera", working_hours=another_day())
        (one,) = await customers_of(leads, "anna", 1)
        answer = await leads.call("POST", "/managers/anna/hand-over", json=HOLIDAY)
        path = f"/hand-overs/{answer.json()['handover_id']}"
        foreseen = (await leads.call("POST", "/managers/anna/hand-over/preview", json=HOLIDAY)).json()
        assert (foreseen["staying"], foreseen["items"][0]["manager_id"]) == (1, None)
        async with asyncio.timeout(60):
            while not await leads.pool.fetchval("SELECT pass > 1 FROM handovers"):
                await asyncio.sleep(0.05)
        assert (await leads.call("GET", path)).json()["completed_at"] is None
        due = await leads.pool.fetchval("SELECT due_at FROM tasks WHERE kind = 'leads.handover'")
        assert due == datetime.fromisoformat(foreseen["items"][0]["waits_until"])

        await hire(leads, "vera")
        await leads.pool.execute("UPDATE tasks SET due_at = now()")

        assert (await completed(leads, answer))["customers"] == 1
        assert await leads.pool.fetchval("SELECT manager_id FROM customers") == "vera"
        assert await leads.pool.fetchval("SELECT manager_id FROM leads WHERE id = $1", UUID(one["lead_id"])) == "vera"


async def plan(leads: Running, customer_id: str, manager_id: str) -> str:
    meeting = {"kind": "meeting", "customer_id": customer_id, "manager_id": manager_id}
    answer = await leads.call("POST", "/interactions", json={**meeting, "planned_at": "2100-05-04T10:00:00Z"})
    assert answer.status_code == 201, answer.text
    return answer.json()["interaction_id"]  # type: ignore[no-any-return]


async def found(leads: Running, name: str, manager_id: str, person: str | None = None) -> str:
    body = {"name": name, "manager_id": manager_id}
    made = (await leads.call("POST", "/organisations", json=body)).json()["organisation_id"]
    if person is not None:
        path = f"/organisations/{made}/persons/{person}"
        assert (await leads.call("PUT", path, json={"role": "Director", "is_primary": True})).status_code == 200
    return made  # type: ignore[no-any-return]


async def test_organisations_planned_contacts_missed_calls_and_kept_call_entries_go_along(run: Run) -> None:
    async with run() as leads:
        await hire(leads, "anna", "boris", "vera")
        mine, other = await customers_of(leads, "anna", 2)
        await leads.call(
            "POST", f"/customers/{other['customer_id']}/responsible",
            json={"manager_id": "vera", "reason": "load", "with_leads": False},
        )  # fmt: skip
        of_mine = await found(leads, "Rose", "anna", mine["customer_id"])
        of_other = await found(leads, "Tulip", "anna", other["customer_id"])
        meeting, visit = await plan(leads, mine["customer_id"], "anna"), await plan(leads, other["customer_id"], "anna")
        held = await plan(leads, mine["customer_id"], "anna")
        await leads.call("POST", f"/interactions/{held}/outcome", json={"result": "agreed"})
        missed = uuid4()
        await leads.pool.execute(
            "INSERT INTO interactions (id, version, kind, state, intake, source, manager_id, at, callback)"
            " VALUES ($1, 1, 'call', 'registered', 'mango', 'main', 'anna', now(), 'due')", missed,
        )  # fmt: skip
        await leads.pool.execute(
            "SELECT append_events(ARRAY[gen_random_uuid()], ARRAY[$1::uuid], ARRAY[1], ARRAY['call.missed.v1'],"
            " ARRAY['{}'], ARRAY['test'], ARRAY[gen_random_uuid()], ARRAY[NULL::uuid], ARRAY[NULL::text],"
            " ARRAY[now()])",
            missed,
        )
        assert (await leads.call("PUT", "/call-lists/cold", json={"title": "Cold"})).status_code == 200
        await leads.call("POST", "/call-lists/cold/leads", json={"lead_ids": [mine["lead_id"]]})
        await leads.call("POST", "/call-lists/cold/next", json={"manager_id": "anna"})
        foreseen = (await leads.call("POST", "/managers/anna/hand-over/preview", json=HOLIDAY)).json()
        assert (foreseen["contacts"], foreseen["call_entries"]) == (3, 1)

        stands = await handed(leads, {**HOLIDAY, "to": "boris"})

        assert (stands["customers"], stands["leads"], stands["organisations"], stands["contacts"]) == (1, 2, 2, 3)
        rows = await leads.pool.fetch(
            "SELECT id, manager_id FROM organisations UNION ALL SELECT id, manager_id FROM interactions"
        )
        assert {str(row["id"]): row["manager_id"] for row in rows} == {
            of_mine: "boris",
            of_other: "boris",
            meeting: "boris",
            visit: "vera",  # who answers for the customer
            held: "anna",  # took place with her
            str(missed): "boris",
        }
        assert await leads.pool.fetchval("SELECT leased_to FROM call_entries") is None
        types = Counter(item["kind"] for item in await items(leads, stands["handover_id"]))
        assert types == {"customer": 1, "lead": 1, "organisation": 2, "contact": 3}
        for table in ("organisations", "interactions"):
            wrong = await leads.pool.fetchval(
                f"SELECT count(*) FROM {table} t"
                " WHERE version <> (SELECT max(version) FROM events WHERE stream_id = t.id)"
            )
            assert wrong == 0, table


async def test_by_rule_an_organisation_goes_to_who_answers_for_its_person(run: Run) -> None:
    async with run() as leads:
        await hire(leads, "anna", "boris", "vera")
        work = await customers_of(leads, "anna", 6)
        made = {await found(leads, f"Firm {n}", "anna", one["customer_id"]): one for n, one in enumerate(work)}
        foreseen = (await leads.call("POST", "/managers/anna/hand-over/preview", json=HOLIDAY)).json()
        await handed(leads, HOLIDAY)
        for organisation_id, person in made.items():
            firm = await leads.pool.fetchval(
                "SELECT manager_id FROM organisations WHERE id = $1", UUID(organisation_id)
            )
            his = await leads.pool.fetchval(
                "SELECT manager_id FROM customers WHERE id = $1", UUID(person["customer_id"])
            )
            assert firm == his != "anna"
            assert {i["manager_id"] for i in foreseen["items"] if i["subject_id"] == organisation_id} == {firm}


async def test_a_substitution_ends_by_itself_and_it_is_said_what_stays(run: Run) -> None:
    async with run() as leads:
        await hire(leads, "anna", "boris", "vera")
        plain, given_on, closed = await customers_of(leads, "anna", 3)
        firm, meeting = await found(leads, "Rose", "anna"), await plan(leads, plain["customer_id"], "anna")
        held = await plan(leads, plain["customer_id"], "anna")
        until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        stands = await handed(leads, {**HOLIDAY, "to": "boris", "until": until})
        assert (stands["customers"], stands["organisations"], stands["contacts"]) == (3, 1, 2)
        later = (await leads.call("POST", "/leads", json={"phones": ["+79991112233"]})).json()
        await leads.call("POST", f"/leads/{later['lead_id']}/assign", json={"manager_id": "boris"})
        path = f"/customers/{given_on['customer_id']}/responsible"
        await leads.call("POST", path, json={"manager_id": "vera", "reason": "load"})
        await leads.call("POST", f"/leads/{closed['lead_id']}/disqualify", json={"reason": "spam"})
        await leads.call("POST", f"/interactions/{held}/outcome", json={"result": "agreed"})

        await leads.pool.execute("UPDATE tasks SET due_at = now() WHERE kind = 'leads.handover-return'")
        over = await returned(leads, stands["handover_id"])

        assert (over["returned"], over["stayed"]) == (4, 2)
        rows = await leads.pool.fetch("SELECT id, manager_id FROM customers UNION ALL SELECT id, manager_id FROM leads")
        now_of = {str(row["id"]): row["manager_id"] for row in rows}
        assert now_of[plain["customer_id"]] == now_of[plain["lead_id"]] == now_of[closed["customer_id"]] == "anna"
        assert now_of[given_on["customer_id"]] == now_of[given_on["lead_id"]] == "vera"
        assert now_of[closed["lead_id"]] == now_of[later["lead_id"]] == "boris"
        told = {item["subject_id"]: item["stays_because"] for item in await items(leads, stands["handover_id"])}
        assert told == {
            plain["customer_id"]: None,
            closed["customer_id"]: None,
            given_on["customer_id"]: "another manager answers for the customer by now",
            firm: None,
            meeting: None,
            held: "is closed, or another manager's by now",
        }
        assert await leads.pool.fetchval("SELECT count(*) FROM events WHERE type = 'handover.returned.v1'") == 1
        again = await leads.call("POST", f"/hand-overs/{stands['handover_id']}/return")
        assert (again.status_code, again.json()["code"]) == (409, "returned")


async def test_a_substitution_that_has_not_begun_can_be_called_off_and_one_under_way_ended_early(run: Run) -> None:
    async with run() as leads:
        await hire(leads, "anna", "boris")
        await customers_of(leads, "anna", 2)
        starts, until = (datetime.now(UTC) + timedelta(days=n) for n in (1, 8))
        body = {**HOLIDAY, "to": "boris", "starts_at": starts.isoformat(), "until": until.isoformat()}
        made = await leads.call("POST", "/managers/anna/hand-over", json=body)
        path = f"/hand-overs/{made.json()['handover_id']}"
        assert made.headers["etag"] == '"1"'
        stale = await leads.call("POST", f"{path}/return", headers={"if-match": '"7"'})
        assert stale.status_code == 412
        assert (await leads.call("POST", f"{path}/return", headers={"if-match": '"1"'})).status_code == 202
        over = await returned(leads, made.json()["handover_id"])
        assert (over["customers"], over["returned"], over["stayed"]) == (0, 0, 0)
        await leads.pool.execute("UPDATE tasks SET due_at = now()")
        async with asyncio.timeout(60):
            while await leads.pool.fetchval("SELECT count(*) FROM tasks"):
                await asyncio.sleep(0.05)
        assert await leads.pool.fetchval("SELECT count(*) FROM customers WHERE manager_id = 'anna'") == 2

        stands = await handed(leads, {**HOLIDAY, "to": "boris", "until": until.isoformat()})
        await leads.call("POST", f"/hand-overs/{stands['handover_id']}/return")
        assert (await returned(leads, stands["handover_id"]))["returned"] == 2
        assert await leads.pool.fetchval("SELECT count(*) FROM customers WHERE manager_id = 'anna'") == 2
        listed = (await leads.call("GET", "/hand-overs", params={"manager_id": "anna", "limit": 1})).json()
        assert [one["handover_id"] for one in listed["handovers"]] == [stands["handover_id"]]
        assert listed["next"] is not None


async def test_nothing_goes_back_to_who_does_not_come_back(run: Run) -> None:
    async with run() as leads:
        await hire(leads, "anna", "boris")
        (one,) = await customers_of(leads, "anna", 1)
        until = (datetime.now(UTC) + timedelta(days=8)).isoformat()
        stands = await handed(leads, {**HOLIDAY, "to": "boris", "until": until})
        await hire(leads, "anna", active=False)
        await leads.call("POST", f"/hand-overs/{stands['handover_id']}/return")
        over = await returned(leads, stands["handover_id"])
        assert (over["returned"], over["stayed"]) == (0, 1)
        (item,) = await items(leads, stands["handover_id"])
        assert (item["subject_id"], item["stays_because"]) == (one["customer_id"], "anna is not active")


async def test_a_substitution_ends_after_it_starts(run: Run) -> None:
    async with run() as leads:
        await hire(leads, "anna", "boris")
        now = datetime.now(UTC)
        for starts, until in ((None, -1), (2, 1)):
            body: dict[str, Any] = {**HOLIDAY, "until": (now + timedelta(days=until)).isoformat()}
            if starts is not None:
                body["starts_at"] = (now + timedelta(days=starts)).isoformat()
            answer = await leads.call("POST", "/managers/anna/hand-over", json=body)
            assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/until")
