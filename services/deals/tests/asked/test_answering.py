"""What deals does when automation asks: it obeys, or refuses with the reason; each request once, with its cause."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from deals.deal.orders import deal_of_lead
from deals_system import System
from events.contracts.automation import (
    Cause,
    DealFieldsRequested,
    DealOpeningRequested,
    DealReassignmentRequested,
    DealStageChangeRequested,
    DealTagsRequested,
)
from events.contracts.leads import CustomerResponsibleChanged
from events.event import Event


def cause(depth: int = 1) -> Cause:
    return Cause(rule="r", rule_version=1, action="a", event_id=uuid4(), event_type="deal.won.v1", depth=depth)


def asked(event: type[Event], **fields: Any) -> Any:
    return event(request_id=uuid4(), **{"cause": cause(), **fields})


async def hears(system: System, *events: Any) -> None:
    records = [record for event in events for record in system.log.append(event.request_id, event)]
    await system.parts.consumer.watermark.apply(records)


async def said(system: System, type_: str) -> list[dict[str, Any]]:
    rows = await system.pool.fetch("SELECT data FROM events WHERE type = $1 ORDER BY recorded_at, position", type_)
    return [orjson.loads(row["data"]) for row in rows]


async def answers(system: System) -> list[tuple[str, str | None]]:
    return [(one["outcome"], one.get("code")) for one in await said(system, "deal.request-answered.v1")]


async def defined(system: System, code: str, **field: Any) -> None:
    answer = await system.callers["head"].put(f"/deal-fields/{code}", {"title": code, **field})
    assert answer.status_code == 200, answer.text


async def test_tags_are_put_on_and_taken_off_and_the_event_carries_the_cause(system: System) -> None:
    deal = await system.opened()
    request = asked(DealTagsRequested, deal_id=deal["deal_id"], add=("vip",), cause=cause(2))
    await hears(system, request)
    await hears(system, asked(DealTagsRequested, deal_id=deal["deal_id"], add=("vip",)))
    await hears(system, asked(DealTagsRequested, deal_id=deal["deal_id"], add=("new",), remove=("vip",)))

    (tagged, _) = await said(system, "deal.tagged.v1")
    history = (await system.manager.get(f"/deals/{deal['deal_id']}/history")).json()["history"]
    assert (await system.manager.get(f"/deals/{deal['deal_id']}")).json()["tags"] == ["new"]
    assert (tagged["cause"]["rule"], tagged["cause"]["depth"]) == ("r", 2)
    assert await answers(system) == [("done", None), ("unchanged", None), ("done", None)]
    assert {entry["by"] for entry in history[1:]} == {"service:deals"}
    (first, *_) = await said(system, "deal.request-answered.v1")
    assert (first["request"], first["request_id"]) == ("deal.tags-requested.v1", str(request.request_id))


async def test_a_custom_field_is_filled_in_as_its_definition_wants_it(system: System) -> None:
    await defined(system, "rooms", kind="number")
    await defined(system, "secret", kind="text")
    deal = await system.opened()
    for fields in ({"rooms": 3}, {"rooms": 3}, {"rooms": "many"}, {"nothing": 1}, {"secret": "x"}, {"rooms": None}):
        await hears(system, asked(DealFieldsRequested, deal_id=deal["deal_id"], fields=fields))

    assert await answers(system) == [
        ("done", None),
        ("unchanged", None),
        ("refused", "bad_value"),
        ("refused", "unknown_field"),
        ("refused", "personal_field"),
        ("done", None),
    ]
    assert (await said(system, "deal.fields-changed.v1"))[0]["cause"]["rule"] == "r"


async def test_another_manager_gets_the_deal_and_nobody_gets_one_that_is_not_there(system: System) -> None:
    deal = await system.opened(manager_id="anna")
    await hears(system, asked(DealReassignmentRequested, deal_id=deal["deal_id"], manager_id="boris"))
    await hears(system, asked(DealReassignmentRequested, deal_id=uuid4(), manager_id="boris"))

    (reassigned,) = await said(system, "deal.reassigned.v1")
    assert (await system.manager.get(f"/deals/{deal['deal_id']}")).json()["manager_id"] == "boris"
    assert (reassigned["reason"], reassigned["cause"]["depth"]) == ("rule", 1)
    assert await answers(system) == [("done", None), ("refused", "no_deal")]


async def test_a_deal_that_a_rule_opens_for_a_lead_is_the_one_that_people_open(system: System) -> None:
    lead, customer = uuid4(), system.leads.customer()
    opening = {"customer_id": customer, "lead_id": lead, "pipeline": "default", "deal_type": "first_sale"}
    await hears(system, asked(DealOpeningRequested, **opening, amount=Decimal("900"), currency="RUB"))
    await hears(system, asked(DealOpeningRequested, **opening))

    (deal,) = (await system.manager.get("/deals")).json()["deals"]
    (opened,) = await said(system, "deal.opened.v1")
    assert (deal["deal_id"], deal["value"]) == (str(deal_of_lead(lead)), {"amount": "900.00", "currency": "RUB"})
    assert opened["cause"]["rule"] == "r"
    assert await answers(system) == [("done", None), ("unchanged", None)]


async def test_a_repeat_sale_that_a_rule_opens_follows_the_deal_before(system: System) -> None:
    deal = await system.opened(manager_id="anna", direction="east", value={"amount": "5.00", "currency": "EUR"})
    await system.manager.post(f"/deals/{deal['deal_id']}/win", {})
    request = asked(
        DealOpeningRequested, customer_id=deal["customer_id"], pipeline="default", deal_type="repeat_sale",
        previous_deal_id=deal["deal_id"],
    )  # fmt: skip
    await hears(system, request)

    new = next(one for one in (await system.manager.get("/deals")).json()["deals"] if one["deal_id"] != deal["deal_id"])
    assert (new["manager_id"], new["direction"], new["previous_deal_id"]) == ("anna", "east", deal["deal_id"])
    assert new["value"] == {"amount": "0.00", "currency": "EUR"}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"pipeline": "nowhere"}, "unknown_pipeline"),
        ({"stage": "dreaming"}, "unknown_stage"),
        ({"deal_type": "odd"}, "unknown_type"),
    ],
)
async def test_an_opening_that_the_pipeline_does_not_have_is_refused(system: System, wrong: Any, code: str) -> None:
    opening = {"customer_id": system.leads.customer(), "pipeline": "default", "deal_type": "first_sale"} | wrong
    await hears(system, asked(DealOpeningRequested, **opening))
    assert await answers(system) == [("refused", code)]
    assert (await system.manager.get("/deals")).json()["deals"] == []


async def test_nothing_is_opened_for_a_customer_who_was_erased(system: System) -> None:
    customer = system.leads.customer()
    await system.erased(customer)
    opening = {"customer_id": customer, "pipeline": "default", "deal_type": "first_sale"}
    await hears(system, asked(DealOpeningRequested, **opening))
    assert await answers(system) == [("refused", "no_key")]


async def test_each_request_is_answered_once_however_often_and_in_whatever_order_it_comes(system: System) -> None:
    deal = await system.opened()
    requests = [
        asked(DealTagsRequested, deal_id=deal["deal_id"], add=("vip",)),
        asked(DealReassignmentRequested, deal_id=deal["deal_id"], manager_id="boris"),
        asked(DealTagsRequested, deal_id=uuid4(), add=("vip",)),
        asked(DealOpeningRequested, customer_id=system.leads.customer(), pipeline="default", deal_type="first_sale"),
    ]
    await hears(system, *requests)
    await system.manager.post(f"/deals/{deal['deal_id']}/tags", {"remove": ["vip"]})
    await system.pool.execute("UPDATE watermarks SET position = 0")
    for record in system.log.records:
        await system.parts.consumer.watermark.apply([record])
    for request in reversed(requests):
        await system.hears(uuid4(), request)

    assert len(await answers(system)) == 4
    assert len(await said(system, "deal.tagged.v1")) == 1
    assert len((await system.manager.get("/deals")).json()["deals"]) == 2


async def test_the_depth_of_causes_goes_through_a_stage_and_through_a_customer_who_is_handed_over(
    system: System,
) -> None:
    deal = await system.opened(manager_id="anna")
    await hears(system, asked(DealStageChangeRequested, deal_id=deal["deal_id"], to_stage="deciding", cause=cause(2)))
    await hears(system, asked(DealStageChangeRequested, deal_id=deal["deal_id"], to_stage="won", cause=cause(3)))
    customer = UUID(deal["customer_id"])
    handed = CustomerResponsibleChanged(
        customer_id=customer, manager_id="boris", previous_manager_id="anna", reason="rule", cause=cause(2)
    )
    await system.hears(customer, handed)

    (moved,) = await said(system, "deal.stage-changed.v1")
    (refused,) = await said(system, "deal.stage-change-refused.v1")
    (reassigned,) = await said(system, "deal.reassigned.v1")
    assert [one["cause"]["depth"] for one in (moved, refused, reassigned)] == [2, 3, 2]
