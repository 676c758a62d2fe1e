"""What leads does when automation asks: it obeys, or refuses with the reason; each request once, with its cause."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from asked_floor import Floor, asked, floor_of
from events.contracts.automation import (
    CustomerBlacklistingRequested,
    CustomerFieldsRequested,
    CustomerResponsibleRequested,
    CustomerTagsRequested,
    InteractionPlanningRequested,
)
from events.contracts.leads import CustomerErased
from events.store import Append, append_one
from events.store import Cause as Origin
from events.testing import AT


@pytest.fixture
async def floor(run: Any) -> AsyncIterator[Floor]:
    async with floor_of(run) as made:
        yield made


async def test_tags_are_put_on_and_taken_off_and_the_events_carry_the_cause(floor: Floor) -> None:
    await floor.hears(asked(CustomerTagsRequested, floor.customer, 2, add=("VIP", "new")))
    await floor.hears(asked(CustomerTagsRequested, floor.customer, add=("vip",), remove=("new",)))
    await floor.hears(asked(CustomerTagsRequested, floor.customer, add=("vip",)))
    await floor.hears(asked(CustomerTagsRequested, floor.customer, add=("a,b",)))
    await floor.hears(asked(CustomerTagsRequested, uuid4(), add=("vip",)))

    (tagged,) = await floor.said("customer.tagged.v1")
    assert (await floor.card())["tags"] == ["vip"]
    assert (sorted(tagged["tags"]), tagged["cause"]["depth"]) == (["new", "vip"], 2)
    assert await floor.answers() == [
        ("done", None),
        ("done", None),
        ("unchanged", None),
        ("refused", "bad_tag"),
        ("refused", "unknown_customer"),
    ]
    assert await floor.versions_agree()


async def test_requests_of_one_batch_each_see_what_those_before_did(floor: Floor) -> None:
    requests = [
        asked(CustomerTagsRequested, floor.customer, add=("a",)),
        asked(CustomerTagsRequested, floor.customer, add=("a",)),
        asked(CustomerTagsRequested, floor.customer, remove=("a",)),
        asked(CustomerTagsRequested, floor.customer, add=("a", "b")),
    ]
    records = []
    for n, event in enumerate(requests):
        stream = UUID(int=(n << 8) | 3)
        records += floor.log.append(stream, event)
    await floor.watermark.apply(records)

    assert sorted((await floor.card())["tags"]) == ["a", "b"]
    assert sorted(await floor.answers(), key=str) == [
        ("done", None),
        ("done", None),
        ("done", None),
        ("unchanged", None),
    ]
    assert await floor.versions_agree()


async def test_a_meeting_is_planned_once_with_who_has_the_customers_lead_and_carries_the_cause(floor: Floor) -> None:
    """Given a customer whose open lead is anna's, when a rule asks for a meeting, twice the same, then there is one."""
    meeting = asked(InteractionPlanningRequested, floor.customer, 2, kind="meeting", planned_at=AT)
    await floor.hears(meeting, meeting)
    await floor.hears(asked(InteractionPlanningRequested, floor.customer, kind="call", planned_at=AT, manager_id="zoe"))
    foreign = {"kind": "call", "planned_at": AT, "lead_id": uuid4()}
    await floor.hears(asked(InteractionPlanningRequested, floor.customer, **foreign))

    (planned,) = await floor.said("interaction.planned.v1")
    assert (planned["manager_id"], planned["kind"], planned["cause"]["depth"]) == ("anna", "meeting", 2)
    (row,) = await floor.leads.pool.fetch("SELECT id, state, version FROM interactions")
    assert (str(row["id"]), row["state"], row["version"]) == (planned["interaction_id"], "planned", 1)
    assert await floor.answers() == [("done", None), ("refused", "unknown_manager"), ("refused", "not_his_lead")]


async def test_custom_fields_are_filled_in_personal_ones_sealed(floor: Floor) -> None:
    for code, field in (("rooms", {"kind": "number"}), ("story", {"kind": "text"})):
        answer = await floor.leads.call("PUT", f"/fields/customer/{code}", json={"title": code, **field})
        assert answer.status_code == 200, answer.text
    for fields in ({"rooms": 3}, {"rooms": 3}, {"story": "long"}, {"rooms": "many"}, {"nothing": 1}):
        await floor.hears(asked(CustomerFieldsRequested, floor.customer, fields=fields))

    assert (await floor.card())["fields"] == {"rooms": 3, "story": "long"}
    assert await floor.answers() == [
        ("done", None),
        ("unchanged", None),
        ("done", None),
        ("refused", "bad_value"),
        ("refused", "unknown_field"),
    ]
    changed = await floor.said("customer.fields-changed.v1")
    assert "long" not in str(changed)
    assert {one["cause"]["rule"] for one in changed} == {"r"}


async def test_another_manager_gets_the_customer_and_the_open_leads_with_the_cause(floor: Floor) -> None:
    await floor.hears(asked(CustomerResponsibleRequested, floor.customer, 2, manager_id="boris"))
    await floor.hears(asked(CustomerResponsibleRequested, floor.customer, manager_id="boris"))
    await floor.hears(asked(CustomerResponsibleRequested, floor.customer, manager_id="stranger"))

    assert await floor.answers() == [("done", None), ("unchanged", None), ("refused", "unknown_manager")]
    (changed,) = await floor.said("customer.responsible-changed.v1")
    assert (changed["manager_id"], changed["reason"], changed["cause"]["depth"]) == ("boris", "rule", 2)
    assert {one["manager_id"] for one in await floor.said("lead.assigned.v1")} <= {"boris"}
    assert await floor.leads.pool.fetchval(
        "SELECT bool_and(manager_id = 'boris') FROM leads WHERE manager_id IS NOT NULL"
    )
    assert await floor.versions_agree()


async def test_a_rule_puts_a_customer_on_the_black_list_once_and_its_words_are_sealed(floor: Floor) -> None:
    request = asked(CustomerBlacklistingRequested, floor.customer, 2, reason="Advertising")
    await floor.hears(request, request)
    await floor.hears(asked(CustomerBlacklistingRequested, uuid4(), reason="x"))

    (listed,) = await floor.said("customer.blacklisted.v1")
    assert (await floor.card())["blacklisted"] is True
    assert listed["cause"]["depth"] == 2
    assert "Advertising" not in str(listed)
    assert await floor.answers() == [("done", None), ("refused", "unknown_customer")]
    assert await floor.versions_agree()


async def test_nothing_is_written_about_a_customer_who_was_erased(floor: Floor) -> None:
    pool = floor.leads.pool
    version = await pool.fetchval("SELECT max(version) FROM events WHERE stream_id = $1", floor.customer)
    erased = Append(floor.customer, version, [CustomerErased(customer_id=floor.customer)], Origin("test", uuid4()), AT)
    async with pool.acquire() as connection:
        await append_one(connection, erased)
    await floor.hears(asked(CustomerTagsRequested, floor.customer, add=("vip",)))
    assert await floor.answers() == [("refused", "erased")]


async def test_each_request_is_answered_once_however_often_it_comes(floor: Floor) -> None:
    requests = [
        asked(CustomerTagsRequested, floor.customer, add=("vip",)),
        asked(CustomerResponsibleRequested, floor.customer, manager_id="boris"),
        asked(CustomerTagsRequested, uuid4(), add=("vip",)),
    ]
    await floor.hears(*requests)
    await floor.leads.call("POST", f"/customers/{floor.customer}/tags", json={"remove": ["vip"]})
    await floor.leads.pool.execute("UPDATE watermarks SET position = 0")
    for record in floor.log.records:
        await floor.watermark.apply([record])
    for request in reversed(requests):
        await floor.watermark.apply(floor.log.append(uuid4(), request))

    assert len(await floor.answers()) == 3
    assert (await floor.card())["tags"] == []
    assert len(await floor.said("customer.responsible-changed.v1")) == 1
