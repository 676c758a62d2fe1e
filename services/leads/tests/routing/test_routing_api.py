"""Managers, rules, the board and call lists by HTTP, and who may do what."""

import asyncio
from pathlib import Path
from typing import Any

import orjson
from routing_floor import standing

Floor = Any
WEEK = {"starts": "2020-01-01T00:00:00Z", "ends": "2099-01-01T00:00:00Z"}


async def test_a_managers_history_says_who_set_what_and_when(floor: Floor) -> None:
    office = [{"weekday": "mon", "opens": "09:00", "closes": "18:00"}]
    body = {"name": "Anna", "department": "retail", "working_hours": office, "time_zone": "Europe/Moscow", "weight": 2}
    first = await floor.leads.call("PUT", "/managers/anna", json=body)
    assert first.headers["etag"] == '"1"'
    again = await floor.leads.call("PUT", "/managers/anna", json=body)
    assert again.headers["etag"] == '"1"', "what is so already is no event"
    stale = await floor.leads.call("PUT", "/managers/anna", json={"name": "A"}, headers={"if-match": '"7"'})
    assert stale.status_code == 412
    absence = await floor.post("/managers/anna/absences", {**WEEK, "reason": "holiday"})
    assert (await floor.leads.call("DELETE", f"/managers/anna/absences/{absence['absence_id']}")).status_code == 204
    assert await floor.get("/managers/anna/absences") == []
    history = await floor.get("/managers/anna/history")
    assert [(change["what"], change["set_by"]) for change in history] == [
        ("manager.set-up.v1", "key:admin"),
        ("manager.absent.v1", "key:admin"),
        ("manager.absence-cancelled.v1", "key:admin"),
    ]
    assert history[0]["facts"]["department"] == "retail"


async def test_what_no_manager_can_be_is_refused(floor: Floor) -> None:
    for wrong in (
        {"time_zone": "Mars/Olympus"},
        {"working_hours": [{"weekday": "mon", "opens": "18:00", "closes": "09:00"}]},
        {"working_hours": [{"weekday": "mon", "opens": "9", "closes": "18:00"}]},
        {"weight": 0},
        {"weight": 11},
        {"open_limit": -1},
    ):
        assert (await floor.leads.call("PUT", "/managers/anna", json={"name": "A", **wrong})).status_code == 422, wrong
    assert (await floor.leads.call("POST", "/managers/anna/absences", json=WEEK)).status_code == 404
    await floor.hire("anna")
    for moment in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        body = {"starts": moment, "ends": WEEK["ends"]}
        assert (await floor.leads.call("POST", "/managers/anna/absences", json=body)).status_code == 422
        body = {"at": moment, "lead": {}, "rules": {}}
        assert (await floor.leads.call("POST", "/distribution-rules/try", json=body)).status_code == 422
    backwards = {"starts": WEEK["ends"], "ends": WEEK["starts"]}
    answer = await floor.leads.call("POST", "/managers/anna/absences", json=backwards)
    assert (answer.status_code, answer.json()["hint"]) == (422, "rule: backwards")


async def test_presence_tells_who_can_take_leads_now_and_why_not(floor: Floor) -> None:
    await floor.put("/calendars/closed", {"days": []})
    await floor.hire("anna", "boris")
    await floor.post("/managers/boris/absences", {**WEEK, "reason": "training"})
    lead = await floor.captured()
    await floor.post(f"/leads/{lead}/assign", {"strategy": "round_robin"})
    anna, boris = await floor.get("/managers/presence")
    assert (anna["present"], anna["load"]) == (True, 1)
    assert not boris["present"]
    assert boris["why"].startswith("absent (training)")


async def test_rules_are_kept_version_by_version_and_can_be_tried(floor: Floor) -> None:
    await floor.hire("anna", directions=["retail"])
    await floor.rules({"to": {"strategy": "least_busy"}})
    await floor.rules({"when": {"directions": ["retail"]}, "to": {"strategy": "round_robin"}})
    held = await floor.leads.call("GET", "/distribution-rules")
    assert held.headers["etag"] == '"2"'
    stale = await floor.leads.call("PUT", "/distribution-rules", json={"rules": []}, headers={"if-match": '"1"'})
    assert stale.status_code == 412
    versions = await floor.get("/distribution-rules/versions")
    assert [(one["version"], one["set_by"]) for one in versions] == [(2, "key:admin"), (1, "key:admin")]

    answer = await floor.post("/distribution-rules/try", {"lead": {"direction": "retail"}})
    assert (answer["outcome"], answer["manager_id"], answer["rule"]) == ("assigned", "anna", "rule-1")
    answer = await floor.post("/distribution-rules/try", {"lead": {"direction": "wholesale"}})
    assert answer["steps"][0]["failed"] == "direction is wholesale, wanted: retail"
    lead = await floor.captured()
    other = {"rules": [{"id": "new", "to": {"strategy": "manager", "manager_id": "anna"}}]}
    answer = await floor.post("/distribution-rules/try", {"lead_id": lead, "rules": other})
    assert answer["rule"] == "new"
    assert await floor.manager_of(lead) is None
    assert await floor.leads.pool.fetchval("SELECT count(*) FROM routings") == 0


async def test_the_first_to_take_a_lead_gets_it_and_the_second_is_told_who_has_it(floor: Floor) -> None:
    await floor.hire("anna", "boris", "manager")
    lead = await floor.captured()
    path = f"/leads/{lead}/take"
    answers = await asyncio.gather(
        *(floor.leads.call("POST", path, json={"manager_id": name}) for name in ("anna", "boris"))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    refused = next(answer for answer in answers if answer.status_code == 409).json()
    assert refused["hint"] == "rule: taken"
    assert "has the lead" in refused["detail"]
    assert (await floor.get(f"/leads/{lead}"))["taken_at"] is not None

    own = await floor.captured("+79123456780")
    mine = await floor.leads.call("POST", f"/leads/{own}/take", role="manager", json={})
    assert mine.json()["manager_id"] == "manager"
    for_another = await floor.leads.call("POST", path, role="manager", json={"manager_id": "anna"})
    assert for_another.status_code == 403


async def test_the_board_has_every_open_lead_in_one_column(floor: Floor) -> None:
    await floor.hire("anna")
    await floor.put("/call-lists/cold", {"title": "Cold"})
    unsorted, in_work, later, listed, warm, closed = await floor.many_captured(6)
    await floor.post(f"/leads/{in_work}/take", {"manager_id": "anna"})
    await floor.post(f"/leads/{later}/postpone", {"until": "2099-01-01T00:00:00Z", "comment": "On holiday"})
    await floor.post("/call-lists/cold/leads", {"lead_ids": [listed]})
    await floor.post(f"/leads/{warm}/qualify", {"temperature": "warm"})
    await floor.post(f"/leads/{closed}/disqualify", {"reason": "spam"})
    board = {column["column"]: column for column in await floor.get("/leads/board")}
    standing_in = {name: [lead["lead_id"] for lead in column["leads"]] for name, column in board.items()}
    assert standing_in == {
        "unsorted": [unsorted],
        "in_work": [in_work],
        "postponed": [later],
        "call_list": [listed],
        "cold": [],
        "warm": [warm],
        "hot": [],
    }
    assert [column["count"] for column in board.values()] == [1, 1, 1, 1, 0, 1, 0]
    fresh = await floor.get("/leads", status="new", unassigned="true")
    assert {lead["lead_id"] for lead in fresh["leads"]} == {unsorted, later, listed}

    await floor.post(f"/leads/{in_work}/return", {"reason": "no-time"})
    await floor.post(f"/leads/{closed}/reopen", {})
    board = {column["column"]: column["count"] for column in await floor.get("/leads/board")}
    assert (board["unsorted"], board["in_work"]) == (3, 0)


async def test_a_lead_is_not_reopened_beside_another_open_one(floor: Floor) -> None:
    first = await floor.captured()
    await floor.post(f"/leads/{first}/disqualify", {"reason": "spam"})
    await floor.captured()
    answer = await floor.leads.call("POST", f"/leads/{first}/reopen", json={})
    assert (answer.status_code, answer.json()["hint"]) == (409, "rule: open_lead")


async def test_reasons_categories_and_questions_are_data(floor: Floor) -> None:
    default = await floor.get("/disqualification-reasons")
    assert (default["version"], len(default["content"]["entries"])) == (0, 7)
    await floor.put("/disqualification-reasons", {"entries": [{"code": "too-far", "title": "Слишком далеко"}]})
    await floor.put("/lead-categories", {"entries": [{"code": "shop"}]})
    questions = [
        {"key": "budget", "title": "Budget?", "kind": "number", "required": True},
        {"key": "when", "title": "When?", "kind": "choice", "options": ["now", "later"]},
    ]
    await floor.put("/qualification-checklist", {"questions": questions})
    lead = await floor.captured()
    path = f"/leads/{lead}"
    assert (await floor.leads.call("POST", f"{path}/disqualify", json={"reason": "spam"})).status_code == 422
    qualify = {"temperature": "hot", "category": "shop", "answers": {"budget": 100, "when": "now"}}
    for wrong in (
        {"category": "yacht"},
        {"answers": {}},
        {"answers": {"budget": "much"}},
        {"answers": {"budget": 10**30}},
        {"answers": {"budget": 1, "x": 1}},
    ):
        answer = await floor.leads.call("POST", f"{path}/qualify", json={**qualify, **wrong})
        assert answer.status_code == 422, wrong
    await floor.post(f"{path}/qualify", qualify)
    assert (await floor.get(f"{path}/qualification"))["answers"] == {"budget": 100, "when": "now"}
    (event,) = await floor.told("lead.qualified.v1")
    assert orjson.loads(event["data"])["answers"].startswith("s1.")


async def test_two_callers_never_get_the_same_lead(floor: Floor) -> None:
    await floor.hire("anna", "boris")
    await floor.put("/call-lists/cold", {"title": "Cold", "retry_minutes": 60, "most_attempts": 2})
    leads = await floor.many_captured(8)
    outcomes = await floor.post("/call-lists/cold/leads", {"lead_ids": [*leads, leads[0]]})
    assert [one["outcome"] for one in outcomes][:8] == ["added"] * 8
    again = await floor.post("/call-lists/cold/leads", {"lead_ids": leads[:1]})
    assert again[0]["outcome"] == "there"

    async def work(manager: str) -> list[str]:
        called = []
        while entry := (await floor.post("/call-lists/cold/next", {"manager_id": manager}))["entry"]:
            assert (await floor.post("/call-lists/cold/next", {"manager_id": manager}))["entry"] == {
                **entry, "leased_until": (await _entry(floor, entry["entry_id"]))["leased_until"],
            }  # fmt: skip
            call = {"manager_id": manager, "result": "reached"}
            done = await floor.post(f"/call-entries/{entry['entry_id']}/calls", call)
            assert (done["state"], done["outcome"]) == ("done", "reached")
            called.append(entry["lead_id"])
        return called

    annas, boriss = await asyncio.gather(work("anna"), work("boris"))
    assert sorted(annas + boriss) == sorted(leads)


async def _entry(floor: Floor, entry_id: str) -> dict[str, Any]:
    entries = (await floor.get("/call-lists/cold/leads"))["entries"]
    return next(entry for entry in entries if entry["entry_id"] == entry_id)  # type: ignore[no-any-return]


async def test_a_call_that_reached_nobody_is_tried_again_after_the_pause(floor: Floor) -> None:
    await floor.hire("anna", "boris")
    await floor.put("/call-lists/cold", {"title": "Cold", "retry_minutes": 60, "most_attempts": 2})
    await floor.post("/call-lists/cold/leads", {"lead_ids": [await floor.captured()]})
    entry = (await floor.post("/call-lists/cold/next", {"manager_id": "anna"}))["entry"]
    path = f"/call-entries/{entry['entry_id']}/calls"
    foreign = await floor.leads.call("POST", path, json={"manager_id": "boris", "result": "reached"})
    assert (foreign.status_code, foreign.json()["hint"]) == (409, "rule: leased")
    missed = await floor.post(path, {"manager_id": "anna", "result": "no_answer", "comment": "Hangs up"})
    assert (missed["state"], missed["attempts"]) == ("no_answer", 1)
    assert (await floor.post("/call-lists/cold/next", {"manager_id": "anna"}))["entry"] is None, "not due yet"
    await floor.leads.pool.execute("UPDATE call_entries SET due_at = due_at - interval '1 hour'")
    entry = (await floor.post("/call-lists/cold/next", {"manager_id": "boris"}))["entry"]
    last = await floor.post(path, {"manager_id": "boris", "result": "no_answer"})
    assert (last["state"], last["outcome"]) == ("done", "unreachable")
    assert (await floor.leads.call("POST", path, json={"manager_id": "boris", "result": "reached"})).status_code == 409
    first, _ = await floor.told("call_list.lead-called.v1")
    assert "Hangs up" not in first["data"]


async def test_only_heads_set_rules_and_nobody_sees_a_foreign_line_of_business(
    new_database: Any, tmp_path: Path
) -> None:
    async with standing(new_database, tmp_path, manager_directions=["retail"]) as floor:
        await floor.hire("manager")
        await floor.put("/call-lists/b2b", {"title": "B2B", "direction": "b2b"})
        call = floor.leads.call
        for method, path, body in (
            ("PUT", "/distribution-rules", {"rules": []}),
            ("PUT", "/managers/manager", {"name": "M"}),
            ("PUT", "/calendars/ru", {"days": []}),
            ("POST", "/managers/manager/absences", WEEK),
            ("POST", "/distribution-rules/try", {"lead": {}}),
        ):
            assert (await call(method, path, role="manager", json=body)).status_code == 403, path
            assert (await call(method, path, role="bi", json=body)).status_code == 403, path
        foreign, own = await floor.captured(direction="b2b"), await floor.captured("+79123456780", direction="retail")
        for path in ("take", "return", "postpone", "reopen", "qualify"):
            bodies = {
                "return": {"reason": "other"},
                "postpone": {"until": WEEK["ends"]},
                "qualify": {"temperature": "hot"},
            }
            answer = await call("POST", f"/leads/{foreign}/{path}", role="manager", json=bodies.get(path, {}))
            assert answer.status_code == 404, path
        assert (await call("GET", f"/leads/{foreign}/assignment-explanation", role="manager")).status_code == 404
        assert (await call("POST", "/call-lists/b2b/next", role="manager", json={})).status_code == 404
        board = (await call("GET", "/leads/board", role="manager")).json()
        assert [lead["lead_id"] for column in board for lead in column["leads"]] == [own]
        assert (await call("GET", "/leads/board", role="bi")).status_code == 403


async def test_an_entry_of_a_call_list_is_not_changed_over_a_change_in_between(run: Any) -> None:
    async with run() as leads:
        await leads.call("PUT", "/managers/anna", json={"name": "Anna"})
        await leads.call("PUT", "/call-lists/cold", json={"title": "Cold"})
        made = (await leads.call("POST", "/leads", json={"phones": ["+79123456789"]})).json()
        found = (await leads.call("GET", "/leads", params={"limit": 1})).json()
        lead_id = made.get("lead_id") or found["leads"][0]["lead_id"]
        await leads.call("POST", "/call-lists/cold/leads", json={"lead_ids": [lead_id]})
        (entry,) = (await leads.call("GET", "/call-lists/cold/leads")).json()["entries"]
        path = f"/call-entries/{entry['entry_id']}"
        read = await leads.call("GET", path)
        assert (read.json(), read.headers["etag"]) == (entry, f'"{entry["version"]}"')
        call = {"manager_id": "anna", "result": "no_answer"}
        seen = {"if-match": read.headers["etag"]}
        first = await leads.call("POST", f"{path}/calls", json=call, headers=seen)
        assert (first.status_code, first.json()["version"]) == (200, entry["version"] + 1)
        for action, body in (("calls", call), ("remove", {"reason": "not-needed"})):
            assert (await leads.call("POST", f"{path}/{action}", json=body, headers=seen)).status_code == 412
        now = {"if-match": first.headers["etag"]}
        assert (
            await leads.call("POST", f"{path}/remove", json={"reason": "not-needed"}, headers=now)
        ).status_code == 200
        assert (await leads.call("GET", f"/call-entries/{lead_id}")).status_code == 404
