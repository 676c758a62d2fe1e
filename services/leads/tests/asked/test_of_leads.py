"""What leads does when automation asks about a lead, or for a note: obeys or refuses by the rules for people, once."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from asked_floor import Floor, asked, floor_of
from events.contracts.automation import (
    Cause,
    CustomerNoteRequested,
    CustomerResponsibleRequested,
    LeadAssignmentRequested,
    LeadFieldsRequested,
    LeadJudgementRequested,
)
from events.contracts.leads import CustomerErased
from events.store import Append, append_one
from events.store import Cause as Origin
from events.testing import AT


@pytest.fixture
async def floor(run: Any) -> AsyncIterator[Floor]:
    async with floor_of(run) as made:
        yield made


def about(event: Any, lead: UUID, depth: int = 1, **fields: Any) -> Any:
    cause = Cause(rule="r", rule_version=1, action="a", event_id=uuid4(), event_type="lead.touched.v1", depth=depth)
    return event(request_id=uuid4(), lead_id=lead, cause=cause, **fields)


async def answers(floor: Floor) -> list[tuple[str, str | None]]:
    return [(one["outcome"], one.get("code")) for one in await floor.said("lead.request-answered.v1")]


async def test_a_lead_is_qualified_closed_and_opened_again_as_people_do_it(floor: Floor) -> None:
    lead = await floor.lead()
    for judgement, fields in (
        ("qualified", {"temperature": "hot"}),
        ("qualified", {"temperature": "hot"}),
        ("qualified", {"temperature": "boiling"}),
        ("disqualified", {"reason": "no such reason"}),
        ("disqualified", {"reason": "spam"}),
        ("qualified", {"temperature": "hot"}),
        ("reopened", {}),
        ("reopened", {}),
    ):
        await floor.hears(about(LeadJudgementRequested, lead, 2, judgement=judgement, **fields))
    await floor.hears(about(LeadJudgementRequested, uuid4(), judgement="reopened"))

    assert await answers(floor) == [
        ("done", None),
        ("unchanged", None),
        ("refused", "unknown_temperature"),
        ("refused", "unknown_reason"),
        ("done", None),
        ("refused", "closed"),
        ("done", None),
        ("unchanged", None),
        ("refused", "no_lead"),
    ]
    said = await floor.said("lead.qualified.v1", "lead.disqualified.v1", "lead.reopened.v1")
    assert [one["cause"]["depth"] for one in said] == [2, 2, 2]
    (first, *_) = await floor.said("lead.request-answered.v1")
    assert (first["lead_id"], first["customer_id"]) == (str(lead), str(floor.customer))
    assert (await floor.leads.call("GET", f"/leads/{lead}")).json()["status"] == "new"
    assert await floor.versions_agree()


async def test_a_lead_is_not_qualified_past_a_check_list_that_somebody_must_answer(floor: Floor) -> None:
    question = {"key": "budget", "title": "Budget", "kind": "number", "required": True}
    put = await floor.leads.call("PUT", "/qualification-checklist", json={"questions": [question]})
    assert put.status_code == 200, put.text
    await floor.hears(about(LeadJudgementRequested, await floor.lead(), judgement="qualified", temperature="hot"))
    assert await answers(floor) == [("refused", "checklist")]


async def test_another_manager_gets_the_lead_and_a_stranger_does_not(floor: Floor) -> None:
    lead = await floor.lead()
    for manager in ("boris", "boris", "stranger"):
        await floor.hears(about(LeadAssignmentRequested, lead, manager_id=manager))

    assert await answers(floor) == [("done", None), ("unchanged", None), ("refused", "unknown_manager")]
    (assigned,) = await floor.said("lead.assigned.v1")
    assert (assigned["manager_id"], assigned["strategy"], assigned["cause"]["rule"]) == ("boris", "rule", "r")
    assert (await floor.leads.call("GET", f"/leads/{lead}")).json()["manager_id"] == "boris"


async def test_fields_of_a_lead_are_filled_in_and_numbers_counted_up(floor: Floor) -> None:
    lead = await floor.lead()
    for code, field in (("calls", {"kind": "number"}), ("story", {"kind": "text", "personal": True})):
        put = await floor.leads.call("PUT", f"/fields/lead/{code}", json={"title": code, **field})
        assert put.status_code == 200, put.text
    for told in (
        {"fields": {"calls": 1, "story": "long"}},
        {"fields": {}, "add": {"calls": 0.1}},
        {"fields": {}, "add": {"calls": 0.2}},
        {"fields": {}, "add": {"story": 1}},
        {"fields": {}, "add": {"nothing": 1}},
        {"fields": {"calls": "many"}},
    ):
        await floor.hears(about(LeadFieldsRequested, lead, **told))

    shown = (await floor.leads.call("GET", f"/leads/{lead}/fields")).json()["fields"]
    assert shown == {"calls": 1.3, "story": "long"}
    assert await answers(floor) == [
        *[("done", None)] * 3,
        ("refused", "not_a_number"),
        ("refused", "unknown_field"),
        ("refused", "bad_value"),
    ]
    changed = await floor.said("lead.fields-changed.v1")
    assert "long" not in str(changed)
    assert await floor.versions_agree()


async def test_a_note_of_a_rule_stands_in_the_history_sealed(floor: Floor) -> None:
    lead = await floor.lead()
    note = asked(CustomerNoteRequested, floor.customer, 2, lead_id=lead, text="Nobody answered")
    await floor.hears(note, note)
    await floor.hears(asked(CustomerNoteRequested, floor.customer, lead_id=uuid4(), text="x"))
    await floor.hears(asked(CustomerNoteRequested, uuid4(), text="x"))

    (noted,) = await floor.said("customer.noted.v1")
    history = (await floor.leads.call("GET", f"/customers/{floor.customer}/history")).text
    assert "Nobody answered" not in str(noted)
    assert "Nobody answered" in history
    assert (noted["lead_id"], noted["intake"], noted["source"], noted["cause"]["depth"]) == (str(lead), "rule", "r", 2)
    assert await floor.answers() == [("done", None), ("refused", "not_his_lead"), ("refused", "unknown_customer")]


async def test_nothing_is_noted_of_a_customer_who_was_erased(floor: Floor) -> None:
    pool = floor.leads.pool
    version = await pool.fetchval("SELECT max(version) FROM events WHERE stream_id = $1", floor.customer)
    erased = Append(floor.customer, version, [CustomerErased(customer_id=floor.customer)], Origin("test", uuid4()), AT)
    async with pool.acquire() as connection:
        await append_one(connection, erased)
        await connection.execute("DELETE FROM keyring WHERE customer_id = $1", floor.customer)
    await floor.hears(asked(CustomerNoteRequested, floor.customer, text="x"))
    await floor.hears(about(LeadFieldsRequested, await floor.lead(), fields={"calls": 1}))
    assert await floor.answers() == [("refused", "erased")]
    assert await answers(floor) == [("refused", "erased")]


async def test_whatever_comes_twice_late_or_out_of_order_is_done_and_answered_once(floor: Floor) -> None:
    """Given requests about one lead in one batch and several, when they come again in any order, nothing more is so."""
    lead = await floor.lead()
    put = await floor.leads.call("PUT", "/fields/lead/calls", json={"title": "calls", "kind": "number"})
    assert put.status_code == 200, put.text
    requests = [
        asked(CustomerResponsibleRequested, floor.customer, manager_id="boris"),
        about(LeadAssignmentRequested, lead, manager_id="anna"),
        about(LeadJudgementRequested, lead, judgement="qualified", temperature="warm"),
        *[about(LeadFieldsRequested, lead, fields={}, add={"calls": 1}) for _ in range(5)],
        asked(CustomerNoteRequested, floor.customer, lead_id=lead, text="once"),
        about(LeadAssignmentRequested, uuid4(), manager_id="anna"),
    ]
    records = [record for event in requests for record in floor.log.append(UUID(int=3), event)]
    assert (await floor.watermark.apply(records)).quarantined == 0
    dice = random.Random(7)
    for _ in range(3):
        again = dice.sample(requests, len(requests))
        await floor.hears(*[one.model_copy() for one in again])
    await floor.leads.pool.execute("UPDATE watermarks SET position = 0")
    for record in floor.log.records:
        await floor.watermark.apply([record])

    assert (await floor.leads.call("GET", f"/leads/{lead}/fields")).json()["fields"] == {"calls": 5}
    assert (await floor.leads.call("GET", f"/leads/{lead}")).json()["manager_id"] == "anna"
    assert len(await floor.said("customer.noted.v1")) == 1
    assert len(await floor.said("lead.qualified.v1")) == 1
    assert await answers(floor) == [("done", None)] * 7 + [("refused", "no_lead")]
    assert len(await floor.answers()) == 2
    assert await floor.versions_agree()
