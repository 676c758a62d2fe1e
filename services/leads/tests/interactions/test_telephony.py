"""Calls as the exchange tells of them, from its webhooks to the interactions and what is to be called back."""

import json
from itertools import permutations
from typing import Any

import pytest
from events.contracts.leads.interactions import Call
from leads_system import Running
from mango_exchange import ANNA, BORIS, appeared, picked_up, recorded, summary, tell

Run = Any

COLUMNS = "kind, flow, state, manager_id, at, duration_seconds, call, callback, phone_index, direction"


async def _calls(leads: Running) -> list[dict[str, Any]]:
    rows = await leads.pool.fetch(f"SELECT {COLUMNS}, customer_id, lead_id FROM interactions ORDER BY at, id")
    return [{**row, "call": json.loads(row["call"])} for row in rows]


async def _events(leads: Running, like: str) -> list[str]:
    rows = await leads.pool.fetch("SELECT type FROM events WHERE type LIKE $1 ORDER BY recorded_at, version", like)
    return [row["type"] for row in rows]


async def _told(leads: Running) -> dict[str, Any]:
    """What is known of the one call, without what is sealed anew each time."""
    (call,) = await _calls(leads)
    for recording in call["call"]["recordings"]:
        recording.pop("link")
    return {name: value for name, value in call.items() if name not in ("customer_id", "lead_id")}


async def test_the_first_call_makes_card_and_lead_and_a_call_that_belongs_to_them(run: Run) -> None:
    async with run() as leads:
        await leads.call(
            "PUT", "/managers/anna/phone-extensions", json=[{"extension": "101", "exchange": "mango/main"}]
        )
        await tell(leads, appeared("c-1"), picked_up("c-1"), summary("c-1"), recorded("c-1"))

        (call,) = await _calls(leads)
        lead = await leads.pool.fetchrow("SELECT id, customer_id, touches FROM leads")
        assert (call["lead_id"], call["customer_id"]) == (lead["id"], lead["customer_id"])
        assert lead["touches"] == 1
        assert (call["flow"], call["duration_seconds"], call["manager_id"]) == ("in", 60, "anna")
        assert call["call"]["result"] == "answered"
        assert call["call"]["recordings"][0]["link"].startswith("s1.")
        assert call["callback"] is None
        assert await _events(leads, "interaction.%") == ["interaction.registered.v1"]


async def test_the_order_in_which_the_exchange_tells_does_not_matter(run: Run) -> None:
    story = [appeared("c-1"), picked_up("c-1"), summary("c-1"), recorded("c-1")]
    outcomes = []
    async with run() as leads:
        for order in list(permutations(story))[::3]:
            await leads.pool.execute("TRUNCATE interactions")
            await leads.pool.execute("ALTER TABLE events DISABLE TRIGGER USER")
            await leads.pool.execute("DELETE FROM events WHERE type LIKE 'interaction.%' OR type LIKE 'call.%'")
            await tell(leads, *order)
            outcomes.append(await _told(leads))
    assert all(outcome == outcomes[0] for outcome in outcomes)


async def test_what_is_told_again_adds_nothing(run: Run) -> None:
    async with run() as leads:
        story = [appeared("c-1"), summary("c-1", talked=0), recorded("c-1")]
        await tell(leads, *story)
        before = await leads.pool.fetchval("SELECT count(*) FROM events")
        await tell(leads, *story, *reversed(story), wait=False)
        assert await leads.pool.fetchval("SELECT count(*) FROM events") == before


async def test_the_state_in_the_table_is_the_one_of_its_events(run: Run) -> None:
    async with run() as leads:
        await tell(leads, appeared("c-1"), summary("c-1", talked=0), summary("c-2", at=600, outbound=True))
        for row in await leads.pool.fetch("SELECT id, version, call FROM interactions"):
            events = await leads.pool.fetch(
                "SELECT type, data FROM events WHERE stream_id = $1 ORDER BY version", row["id"]
            )
            told = [json.loads(event["data"])["call"] for event in events if "call" in json.loads(event["data"])]
            assert row["version"] == len(events)
            assert Call.model_validate_json(row["call"]) == Call.model_validate(told[-1])


async def test_a_missed_call_is_due_until_somebody_talks_to_that_person(run: Run) -> None:
    async with run() as leads:
        await tell(
            leads, appeared("c-1"), summary("c-1", talked=0), appeared("b-1", BORIS), summary("b-1", BORIS, talked=0)
        )
        due = (await leads.call("GET", "/missed-calls")).json()["interactions"]
        assert len(due) == 2

        await tell(leads, summary("c-2", at=600, talked=0, outbound=True))
        assert len((await leads.call("GET", "/missed-calls")).json()["interactions"]) == 2, "nobody talked yet"

        await tell(leads, summary("c-3", at=900, outbound=True))
        (left,) = (await leads.call("GET", "/missed-calls")).json()["interactions"]
        boris = await leads.pool.fetchval("SELECT customer_id FROM interactions WHERE id = $1", left["interaction_id"])
        assert left["customer_id"] == str(boris)
        assert await _events(leads, "call.missed%") == ["call.missed.v1"] * 2
        assert await _events(leads, "call.returned%") == ["call.returned.v1"]


async def test_word_of_a_missed_call_that_comes_after_the_talk_finds_it_returned(run: Run) -> None:
    async with run() as leads:
        await tell(leads, summary("c-2", at=600, outbound=True), summary("c-1", talked=0))
        assert (await leads.call("GET", "/missed-calls")).json()["interactions"] == []
        states = await leads.pool.fetch("SELECT callback FROM interactions ORDER BY at")
        assert [row["callback"] for row in states] == ["done", None]


async def test_a_call_to_a_number_nobody_knows_belongs_to_its_card_as_soon_as_there_is_one(run: Run) -> None:
    async with run() as leads:
        await tell(leads, summary("out-1", outbound=True))
        assert await leads.pool.fetchval("SELECT count(*) FROM customers") == 0

        made = (await leads.call("POST", "/leads", json={"phones": [f"+{ANNA}"]})).json()
        found = (await leads.call("GET", "/interactions", params={"customer_id": made["customer_id"]})).json()
        assert [(one["kind"], one["flow"]) for one in found["interactions"]] == [("call", "out")]


async def test_a_call_from_a_hidden_number_is_registered_and_calls_for_nothing(run: Run) -> None:
    async with run() as leads:
        await tell(leads, appeared("h-1", "anonymous"), summary("h-1", "anonymous", talked=0))
        (call,) = await _calls(leads)
        assert (call["call"]["result"], call["callback"], call["customer_id"]) == ("missed", None, None)
        assert (await leads.call("GET", "/counts")).json()["quarantined"] == 0


@pytest.mark.parametrize("repeats", [3])
async def test_a_burst_of_signs_of_many_calls_ends_in_one_call_each(run: Run, repeats: int) -> None:
    async with run() as leads:
        story = [
            event
            for n in range(40)
            for event in (appeared(f"c-{n}", f"7912000{n:04}"), summary(f"c-{n}", f"7912000{n:04}", talked=n % 2 * 30))
        ]
        await tell(leads, *(story * repeats), wait=False)
        calls = await _calls(leads)
        assert len(calls) == 40
        assert sum(call["callback"] == "due" for call in calls) == 20


async def test_a_call_of_a_merged_card_belongs_to_the_open_lead_of_its_tree(run: Run) -> None:
    async with run() as leads:
        made = (await leads.call("POST", "/leads", json={"phones": [f"+{ANNA}"]})).json()
        other = (await leads.call("POST", "/leads", json={"phones": [f"+{BORIS}"]})).json()
        await leads.pool.execute("UPDATE leads SET status = 'disqualified' WHERE id = $1", made["lead_id"])
        query = "UPDATE customers SET merged_into = $2 WHERE id = $1"
        await leads.pool.execute(query, made["customer_id"], other["customer_id"])

        await tell(leads, summary("out-1", outbound=True))

        (call,) = await _calls(leads)
        assert (str(call["customer_id"]), str(call["lead_id"])) == (made["customer_id"], other["lead_id"])
        found = await leads.call("GET", "/interactions", params={"customer_id": other["customer_id"]})
        assert [one["customer_id"] for one in found.json()["interactions"]] == [other["customer_id"]]


async def test_a_talk_with_one_phone_of_a_merged_card_makes_up_for_a_missed_call_from_the_other(run: Run) -> None:
    async with run() as leads:
        await tell(leads, summary("c-1", talked=0), summary("b-1", BORIS, talked=0))
        anna, boris = [
            (await leads.call("GET", "/customers", params={"phone": f"+{number}"})).json()[0]["customer_id"]
            for number in (ANNA, BORIS)
        ]
        await leads.pool.execute("UPDATE customers SET merged_into = $2 WHERE id = $1", anna, boris)

        await tell(leads, summary("b-2", BORIS, at=600, outbound=True))

        assert (await leads.call("GET", "/missed-calls")).json()["interactions"] == []
