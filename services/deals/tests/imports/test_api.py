"""Deals imported with their history, by HTTP and by what leads reports, on a real database."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from deals_system import CLOCK, System
from events.contracts.deals import DealWon, Money
from events.contracts.leads import CustomerResponsibleChanged, DealHistoryReported, StageVisit
from events.event import Event

VALUE = {"amount": "45000.00", "currency": "RUB"}
VISITS = [
    {"stage": "offer_sent", "at": "2025-11-03T10:00:00+03:00"},
    {"stage": "deciding", "at": "2025-11-10T12:00:00Z"},
]
WON = {"kind": "won", "at": "2025-12-01T17:30:00Z"}
LOST = {"kind": "lost", "at": "2025-12-01T17:30:00Z", "reason": "too_expensive", "comment": "Взяли дешевле у соседа"}


def told(system: System, external_id: str, **fields: Any) -> dict[str, Any]:
    customer = fields.pop("customer_id", None) or str(system.leads.customer())
    return {"external_id": external_id, "customer_id": customer, "value": VALUE, "visits": VISITS, **fields}


async def imported(system: System, *deals: dict[str, Any], source: str = "old-crm") -> list[dict[str, Any]]:
    answer = await system.callers["head"].post("/deals/bulk", {"source": source, "deals": list(deals)})
    assert answer.status_code == 200, answer.text
    return list(answer.json())


async def events_of(system: System) -> list[tuple[str, datetime]]:
    rows = await system.pool.fetch(
        "SELECT type, occurred_at FROM events WHERE type LIKE 'deal%' ORDER BY occurred_at, type"
    )
    return [(row["type"], row["occurred_at"]) for row in rows]


async def test_deals_come_with_the_times_at_which_it_happened_and_a_second_time_adds_nothing(system: System) -> None:
    deals = [told(system, "1", outcome=WON, title="Сайт"), told(system, "2", outcome=LOST), told(system, "3")]
    first = await imported(system, *deals)
    assert [(one["outcome"], one["changes"]) for one in first] == [("opened", 3), ("opened", 3), ("opened", 2)]
    shown = (await system.manager.get(f"/deals/{first[0]['deal_id']}")).json()
    assert (shown["state"], shown["title"], shown["number"]) == ("won", "Сайт", first[0]["number"])
    assert datetime.fromisoformat(shown["opened_at"]) == datetime(2025, 11, 3, 7, tzinfo=UTC)
    assert datetime.fromisoformat(shown["closed_at"]) == datetime(2025, 12, 1, 17, 30, tzinfo=UTC)
    lost = (await system.manager.get(f"/deals/{first[1]['deal_id']}")).json()
    assert (lost["loss_reason"], lost["loss_comment"]) == ("too_expensive", "Взяли дешевле у соседа")
    before = await events_of(system)
    second = await imported(system, *deals)
    assert [one["outcome"] for one in second] == ["unchanged"] * 3
    assert [one["deal_id"] for one in second] == [one["deal_id"] for one in first]
    assert await events_of(system) == before


async def test_more_of_a_history_adds_what_is_new_also_within_one_request(system: System) -> None:
    deal = told(system, "1")
    answers = await imported(system, deal, {**deal, "outcome": WON}, deal)
    assert [(one["outcome"], one["changes"]) for one in answers] == [("opened", 2), ("extended", 1), ("unchanged", 0)]
    assert len(await events_of(system)) == 3


async def test_a_deal_that_is_refused_says_why_and_leaves_the_others_as_they_are(system: System) -> None:
    await imported(system, told(system, "0"))
    answers = await imported(
        system,
        told(system, "1"),
        told(system, "2", visits=[{"stage": "dancing", "at": "2025-11-03T10:00:00Z"}]),
        told(system, "3", outcome={"kind": "lost", "at": WON["at"], "reason": "too_expensive"}),
        told(system, "4", customer_id=str(uuid4()), title="Никто"),
        told(system, "5", visits=[]),
        told(system, "6", lines=[{"product": "NONE", "price": "45000"}]),
        told(system, "0"),
    )
    codes = [None, "unknown_stage", "comment_required", "no_key", "no_time", "unknown_product", "other_customer"]
    assert [one["code"] for one in answers] == codes
    assert answers[1]["reason"] == "The pipeline default has no stage dancing."
    assert await system.pool.fetchval("SELECT count(*) FROM deals") == 2
    assert await system.pool.fetchval("SELECT count(DISTINCT stream_id) FROM events WHERE type = 'deal.opened.v1'") == 2


async def test_products_of_the_catalogue_become_lines_and_tags_stay_tags(system: System) -> None:
    head = system.callers["head"]
    product = {"code": "GTX-PRO", "title": "GTX Pro", "kind": "goods"}
    assert (await head.post("/products/bulk", [product])).status_code == 200
    lines = [{"product": "GTX-PRO", "price": "45000.00"}]
    (one,) = await imported(system, told(system, "1", outcome=WON, lines=lines, tags=["Central"]))
    assert one["outcome"] == "opened", one
    data = await system.pool.fetchval("SELECT data FROM events WHERE type = 'deal.lines-changed.v1'")
    assert '"GTX Pro"' in data
    shown = (await system.manager.get(f"/deals/{one['deal_id']}")).json()
    assert (shown["value"], shown["tags"]) == (VALUE, ["central"])
    (again,) = await imported(system, told(system, "1", customer_id=shown["customer_id"], outcome=WON, lines=lines))
    assert again["outcome"] == "unchanged"
    (other,) = await imported(system, told(system, "2", lines=[{"product": "GTX-PRO", "price": "1.00"}]))
    assert other["code"] == "value_of_lines"


async def test_who_may_not_import_or_see_does_not(system: System) -> None:
    assert (await system.manager.post("/deals/bulk", {"source": "a", "deals": [told(system, "1")]})).status_code == 403
    (west,) = await imported(system, told(system, "1", direction="west"))
    assert west["outcome"] == "opened"
    found = await system.manager.get("/imported-deals", source="old-crm", external_id=["1", "2"])
    assert [one["deal_id"] for one in found.json()] == [west["deal_id"]]
    hidden = await system.callers["east"].get("/imported-deals", source="old-crm", external_id=["1"])
    assert hidden.json() == []


async def test_an_imported_win_opens_no_work(system: System) -> None:
    template = {"title_ru": "Т", "title_en": "T", "opens_when_won": True,
                "stages": [{"code": "a", "title_ru": "А", "title_en": "A"}]}  # fmt: skip
    await system.callers["head"].put("/work-templates/default", template)
    (one,) = await imported(system, told(system, "1", outcome=WON))
    data = await system.pool.fetchval("SELECT data FROM events WHERE type = 'deal.won.v1'")
    await system.hears(UUID(one["deal_id"]), DealWon.model_validate_json(data))
    assert await system.pool.fetchval("SELECT count(*) FROM works") == 0


def reported(system: System, *stages: str, **fields: Any) -> DealHistoryReported:
    visits = [StageVisit(stage=stage, at=datetime(2025, 11, 3 + day, tzinfo=UTC)) for day, stage in enumerate(stages)]
    customer_id = fields.pop("customer_id", None) or system.leads.customer()
    known = {
        "lead_id": uuid4(),
        "customer_id": customer_id,
        "provider": "amocrm",
        "source": "main",
        "provider_id": "31",
    }
    known |= {"provider_id": "31", "pipeline": "default", "opened_at": datetime(2025, 11, 3, tzinfo=UTC)}
    known |= {"value": Money(amount=Decimal("45000.00"), currency="RUB"), "visits": tuple(visits)}
    return DealHistoryReported(**(known | fields))


async def test_what_leads_reports_of_another_crm_is_lived_through_once(system: System) -> None:
    report = reported(system, "offer_sent", "deciding")
    await system.hears(report.lead_id, report)
    await system.hears(report.lead_id, report)
    assert [event for event, _ in await events_of(system)] == ["deal.opened.v1", "deal.stage-changed.v1"]
    closed = {"outcome": "won", "closed_at": datetime(2025, 12, 1, tzinfo=UTC)}
    await system.hears(report.lead_id, report.model_copy(update=closed))
    (deal,) = (await system.manager.get("/deals", lead_id=str(report.lead_id))).json()["deals"]
    assert (deal["state"], deal["stage"]) == ("won", "won")


async def test_a_report_that_cannot_be_lived_is_refused_once_and_waits_until_a_later_one_can(system: System) -> None:
    report = reported(system, "offer_sent", "dancing", direction="west")
    for _ in range(2):
        await system.hears(report.lead_id, report)
    assert [event for event, _ in await events_of(system)] == ["deal_history.refused.v1"]
    (waiting,) = (await system.manager.get("/refused-histories")).json()["histories"]
    assert (waiting["code"], waiting["provider_id"]) == ("unknown_stage", "31")
    assert (await system.callers["east"].get("/refused-histories")).json()["histories"] == []
    repaired = {"visits": report.visits[:1]}
    await system.hears(report.lead_id, report.model_copy(update=repaired))
    assert (await system.manager.get("/refused-histories")).json()["histories"] == []
    assert await system.pool.fetchval("SELECT count(*) FROM deals") == 1


async def test_a_lead_that_has_led_to_a_deal_here_gets_no_second_one_of_the_same_sale(system: System) -> None:
    lead_id, customer_id = await system.qualified()
    await system.hears(lead_id, reported(system, "offer_sent", lead_id=lead_id, customer_id=customer_id))
    (waiting,) = (await system.manager.get("/refused-histories", code="lead_has_deal")).json()["histories"]
    assert waiting["lead_id"] == str(lead_id)
    assert await system.pool.fetchval("SELECT count(*) FROM deals") == 1


async def test_a_lead_with_two_deals_elsewhere_has_a_first_sale_and_a_repeat(system: System) -> None:
    first = reported(system, "offer_sent")
    second = first.model_copy(update={"provider_id": "32"})
    await system.hears(first.lead_id, first)
    await system.hears(first.lead_id, second, first)
    rows = await system.pool.fetch("SELECT deal_type FROM deals ORDER BY deal_type")
    assert [row["deal_type"] for row in rows] == ["first_sale", "repeat_sale"]


@pytest.mark.parametrize("first", ["history", "hand-over"])
async def test_a_history_and_a_hand_over_of_one_deal_in_one_poll_both_happen(system: System, first: str) -> None:
    # given a deal that another CRM has told of, with its manager
    report = reported(system, "offer_sent", manager_id="anna")
    await system.hears(report.lead_id, report)
    # when one poll brings more of its history and word that its customer changed hands
    more = report.model_copy(update={"visits": reported(system, "offer_sent", "deciding").visits})
    over = CustomerResponsibleChanged(
        customer_id=report.customer_id, manager_id="boris", previous_manager_id="anna", reason="vacation"
    )
    handed_over_at = datetime(2025, 11, 3, 12, tzinfo=UTC)
    said: list[tuple[UUID, Event, datetime]] = [
        (report.lead_id, more, CLOCK),
        (report.customer_id, over, handed_over_at),
    ]
    poll = [
        record
        for stream_id, event, at in (said if first == "history" else reversed(said))
        for record in system.log.append(stream_id, event, occurred_at=at)
    ]
    for _ in range(2):
        await system.parts.consumer.watermark.apply(poll)
    # then both happened, once, and nothing was put aside
    (deal,) = (await system.manager.get("/deals", lead_id=str(report.lead_id))).json()["deals"]
    assert (deal["stage"], deal["manager_id"], deal["version"]) == ("deciding", "boris", 3)
    assert await system.pool.fetchval("SELECT count(*) FROM quarantine") == 0


async def test_nothing_is_imported_of_an_erased_customer(system: System) -> None:
    customer = system.leads.customer()
    await system.erased(customer)
    report = reported(system, "offer_sent", customer_id=customer)
    await system.hears(report.lead_id, report)
    (one,) = await imported(system, told(system, "1", customer_id=str(customer)))
    assert one["code"] == "no_key"
    assert await system.pool.fetchval("SELECT count(*) FROM deals") == 0


@pytest.mark.parametrize("body", [{}, {"source": "a", "deals": []}, {"source": "A B", "deals": [{}]}])
async def test_a_request_that_is_no_portion_of_deals_is_invalid(system: System, body: dict[str, Any]) -> None:
    answer = await system.callers["head"].post("/deals/bulk", body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
