"""Products, invoices and notes that automation asks for: obeyed once by the rules for people, or refused and why."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import orjson
import pytest
from deals.asked.answering import CLOSE, ISSUE, MAKE, NOTE, given_up
from deals.asked.invoices import Issuing
from deals.asked.words import Writing
from deals_system import CLOCK, System
from events.contracts.automation import (
    Cause,
    DealClosingRequested,
    DealFieldsRequested,
    DealLinesRequested,
    DealNoteRequested,
    DocumentMakingRequested,
    InvoiceIssueRequested,
    WantedLine,
)
from events.store import Cause as Origin
from events.tasks import Task


def asked(event: Any, deal_id: Any, depth: int = 2, **fields: Any) -> Any:
    cause = Cause(rule="r", rule_version=1, action="a", event_id=uuid4(), event_type="deal.won.v1", depth=depth)
    return event(request_id=uuid4(), deal_id=deal_id, cause=cause, **fields)


async def hears(system: System, *events: Any) -> None:
    for event in events:
        await system.parts.consumer.watermark.apply(system.log.append(event.request_id, event, occurred_at=CLOCK))
        await worked(system)


async def worked(system: System) -> None:
    while await system.parts.asked.worker.run_due():
        pass


async def said(system: System, type_: str) -> list[dict[str, Any]]:
    rows = await system.pool.fetch("SELECT data FROM events WHERE type = $1 ORDER BY recorded_at, position", type_)
    return [orjson.loads(row["data"]) for row in rows]


async def answers(system: System) -> list[tuple[str, str | None]]:
    return [(one["outcome"], one.get("code")) for one in await said(system, "deal.request-answered.v1")]


@pytest.fixture
async def deal(system: System) -> UUID:
    """A deal, and a catalogue of two products in a list of prices."""
    head = system.callers["head"]
    products = [{"code": code, "title": code.title(), "kind": "service", "tax_rate": "20"} for code in PRICES]
    assert (await head.post("/products/bulk", products)).status_code == 200
    listed = {"code": "retail", "title": "Retail", "currency": "RUB", "tax_included": True}
    list_id = (await head.post("/price-lists", listed)).json()["price_list_id"]
    entries = [{"product": code, "price": price, "valid_from": "2020-01-01"} for code, price in PRICES.items()]
    assert (await head.post(f"/price-lists/{list_id}/prices", entries)).status_code == 200
    return UUID((await system.opened())["deal_id"])


KINDS = [CLOSE, ISSUE, MAKE, NOTE]
PRICES = {"SITE": "1000.00", "CARE": "100.00"}


def lines(deal_id: UUID, *add: tuple[str, str], **more: Any) -> Any:
    wanted = tuple(WantedLine(product=code, quantity=Decimal(quantity)) for code, quantity in add)
    return asked(DealLinesRequested, deal_id, add=wanted, **{"price_list": "retail", **more})


async def test_products_come_at_the_prices_of_the_catalogue_and_go_and_the_value_follows(
    system: System, deal: UUID
) -> None:
    await hears(system, lines(deal, ("SITE", "2"), ("CARE", "1")))
    discounted = WantedLine(product="CARE", quantity=Decimal(2), price=Decimal(50), discount_percent=Decimal(10))
    await hears(system, asked(DealLinesRequested, deal, add=(discounted,), remove=("SITE",)))
    await hears(system, asked(DealLinesRequested, deal, remove=("SITE",)))

    shown = (await system.manager.get(f"/deals/{deal}/lines")).json()
    assert [(line["title"], line["gross"]) for line in shown["lines"]] == [("Care", "100.00"), ("Care", "90.00")]
    assert (await system.manager.get(f"/deals/{deal}")).json()["value"] == {"amount": "190.00", "currency": "RUB"}
    assert await answers(system) == [("done", None), ("done", None), ("unchanged", None)]
    told = [*await said(system, "deal.lines-changed.v1"), *await said(system, "deal.value-changed.v1")]
    assert [one["cause"]["depth"] for one in told] == [2, 2, 2, 2]


async def test_lines_that_cannot_be_are_refused_with_the_reason(system: System, deal: UUID) -> None:
    won = (await system.opened())["deal_id"]
    await system.manager.post(f"/deals/{won}/win", {})
    await hears(
        system,
        lines(deal, ("NOTHING", "1")),
        lines(deal, ("SITE", "1"), price_list="nowhere"),
        lines(deal, ("SITE", "1"), price_list=None),
        lines(deal, ("SITE", "-1")),
        lines(won, ("SITE", "1")),
        lines(uuid4(), ("SITE", "1")),
    )
    codes = ["unknown_product", "unknown_price_list", "no_price", "bad_line", "already_won", "no_deal"]
    assert await answers(system) == [("refused", code) for code in codes]


async def test_an_invoice_is_issued_from_the_lines_or_for_an_amount_due_in_so_many_days(
    system: System, deal: UUID
) -> None:
    await hears(system, lines(deal, ("SITE", "2")))
    await hears(system, asked(InvoiceIssueRequested, deal, due_in_days=5, kind="prepayment", percent=Decimal(30)))
    await hears(
        system, asked(InvoiceIssueRequested, deal, due_in_days=0, amount=Decimal("99.50"), title="Care", tax_rate=None)
    )

    first, second = await said(system, "invoice.issued.v1")
    today = CLOCK.astimezone(ZoneInfo("Europe/Moscow")).date()
    assert (first["total"]["amount"], first["kind"]) == ("600.00", "prepayment")
    assert first["due_on"] == (today + timedelta(days=5)).isoformat()
    assert (second["total"]["amount"], second["lines"][0]["title"]) == ("99.50", "Care")
    assert second["due_on"] == today.isoformat()
    assert {one["cause"]["depth"] for one in (first, second)} == {2}
    told = (await said(system, "deal.request-answered.v1"))[1:]
    assert [one["invoice_id"] for one in told] == [first["invoice_id"], second["invoice_id"]]


async def test_an_invoice_that_cannot_be_is_refused_with_the_reason(system: System, deal: UUID) -> None:
    await hears(
        system,
        asked(InvoiceIssueRequested, deal, due_in_days=5),
        asked(InvoiceIssueRequested, uuid4(), due_in_days=5),
        asked(InvoiceIssueRequested, deal, due_in_days=5, amount=Decimal(-1), title="x"),
        asked(InvoiceIssueRequested, deal, due_in_days=5, amount=Decimal(1), title="x", series="odd"),
    )
    assert await answers(system) == [
        ("refused", "no_lines"),
        ("refused", "no_deal"),
        ("refused", "bad_invoice"),
        ("refused", "unknown_series"),
    ]
    assert await said(system, "invoice.issued.v1") == []


async def test_a_note_of_a_rule_stands_on_the_deal_sealed_and_waits_for_a_key(system: System, deal: UUID) -> None:
    system.leads.down = True
    await system.parts.consumer.watermark.apply(
        system.log.append(UUID(int=1), asked(DealNoteRequested, deal, text="Stands for two weeks"))
    )
    await worked(system)
    assert await answers(system) == []

    system.leads.down = False
    await system.pool.execute("UPDATE tasks SET due_at = now()")
    await worked(system)
    await hears(system, asked(DealNoteRequested, uuid4(), text="x"))

    (noted,) = await said(system, "deal.noted.v1")
    shown = (await system.manager.get(f"/deals/{deal}")).text
    assert "two weeks" not in str(noted)
    assert "Stands for two weeks" in shown
    assert (noted["cause"]["rule"], noted["cause"]["depth"]) == ("r", 2)
    assert await answers(system) == [("done", None), ("refused", "no_deal")]


async def test_a_deal_is_won_or_lost_as_people_do_it_and_the_words_are_sealed(system: System, deal: UUID) -> None:
    lost = UUID((await system.opened())["deal_id"])
    await hears(
        system,
        asked(DealClosingRequested, deal, outcome="won"),
        asked(DealClosingRequested, deal, outcome="won"),
        asked(DealClosingRequested, deal, outcome="lost", reason="too_expensive", comment="x"),
        asked(DealClosingRequested, lost, outcome="lost", reason="no such reason", comment="x"),
        asked(DealClosingRequested, lost, outcome="lost", reason="too_expensive"),
        asked(DealClosingRequested, lost, outcome="lost", reason="too_expensive", comment="Too dear"),
        asked(DealClosingRequested, uuid4(), outcome="won"),
    )
    assert await answers(system) == [
        ("done", None),
        ("unchanged", None),
        ("refused", "already_won"),
        ("refused", "unknown_reason"),
        ("refused", "comment_required"),
        ("done", None),
        ("refused", "no_deal"),
    ]
    (won,), (told,) = await said(system, "deal.won.v1"), await said(system, "deal.lost.v1")
    assert {won["cause"]["depth"], told["cause"]["depth"]} == {2}
    assert "Too dear" not in str(told)
    assert (await system.manager.get(f"/deals/{lost}")).json()["state"] == "lost"


async def test_nothing_is_noted_or_asked_of_a_customer_who_was_erased(system: System, deal: UUID) -> None:
    customer = await system.pool.fetchval("SELECT customer_id FROM deals WHERE deal_id = $1", deal)
    await system.erased(customer)
    await hears(system, asked(DealNoteRequested, deal, text="x"))
    await hears(system, asked(InvoiceIssueRequested, deal, due_in_days=1, amount=Decimal(1), title="x"))
    assert await answers(system) == [("refused", "no_key")] * 2


async def test_a_number_is_counted_up_and_a_text_is_not(system: System, deal: UUID) -> None:
    for code, kind in (("calls", "number"), ("colour", "choice")):
        options = [{"code": "red", "title": "Red"}] if kind == "choice" else []
        put = await system.callers["head"].put(
            f"/deal-fields/{code}", {"title": code, "kind": kind, "personal": False, "options": options}
        )
        assert put.status_code == 200, put.text
    for add in ({"calls": 1}, {"calls": 2.5}, {"calls": -0.5}, {"colour": 1}, {"nothing": 1}):
        await hears(system, asked(DealFieldsRequested, deal, fields={}, add=add))
    assert (await system.manager.get(f"/deals/{deal}")).json()["fields"] == {"calls": 3}
    assert await answers(system) == [*[("done", None)] * 3, ("refused", "not_a_number"), ("refused", "unknown_field")]


async def test_what_cannot_be_done_after_all_attempts_is_answered_once(system: System, deal: UUID) -> None:
    """Given that leads gives no keys, when the last attempt of each request fails, then each is refused: given up."""
    system.leads.down = True
    await hears(
        system,
        asked(DealNoteRequested, deal, text="x"),
        asked(DealClosingRequested, deal, outcome="lost", reason="too_expensive", comment="x"),
        asked(InvoiceIssueRequested, deal, due_in_days=5, amount=Decimal(10), title="x"),
        asked(DocumentMakingRequested, deal, kind="offer"),
    )
    left = await system.pool.fetchval("SELECT count(*) FROM tasks WHERE kind = ANY($1)", KINDS)
    done = len(await answers(system))
    await system.pool.execute("UPDATE tasks SET due_at = now(), attempts = 11 WHERE kind = ANY($1)", KINDS)
    await worked(system)
    await worked(system)

    assert left > 0
    assert (await answers(system))[done:] == [("refused", "gave_up")] * left
    assert {one["deal_id"] for one in await said(system, "deal.request-answered.v1")} == {str(deal)}


def test_each_kind_of_task_answers_when_it_is_given_up() -> None:
    kinds = {
        MAKE: asked(DocumentMakingRequested, uuid4(), kind="offer"),
        ISSUE: asked(InvoiceIssueRequested, uuid4(), due_in_days=5),
        NOTE: asked(DealNoteRequested, uuid4(), text="x"),
        CLOSE: asked(DealClosingRequested, uuid4(), outcome="won"),
    }
    for kind, request in kinds.items():
        told = request.model_dump(mode="json")
        payload = told if kind == MAKE else {"request": told, "asked_at": CLOCK.isoformat()}
        (answer,) = given_up(Task(uuid4(), kind, payload, CLOCK, 12, uuid4(), Origin("t", uuid4())), "OSError")
        (event,) = answer.events
        assert (event.request_id, event.request) == (request.request_id, request.type)  # type: ignore[attr-defined]


async def test_whatever_comes_twice_late_or_out_of_order_is_done_and_answered_once(system: System, deal: UUID) -> None:
    """Given one request of each kind, when they come again in any order and a task is run again after its work was
    done and before that was kept, then there is one of everything.
    """
    put = await system.callers["head"].put(
        "/deal-fields/calls", {"title": "Calls", "kind": "number", "personal": False}
    )
    assert put.status_code == 200, put.text
    other = UUID((await system.opened())["deal_id"])
    requests = [
        lines(deal, ("SITE", "1")),
        asked(InvoiceIssueRequested, deal, due_in_days=5, amount=Decimal(10), title="x"),
        asked(DealNoteRequested, deal, text="once"),
        asked(DealClosingRequested, other, outcome="lost", reason="too_expensive", comment="Too dear"),
        asked(DealFieldsRequested, deal, fields={}, add={"calls": 1}),
    ]
    await hears(system, *requests[:1])
    for request in requests[1:4]:
        await system.parts.consumer.watermark.apply(system.log.append(request.request_id, request))
    desk = system.parts.deal.desk
    handlers = {
        ISSUE: Issuing(system.parts.invoices.desk),
        NOTE: Writing(desk, DealNoteRequested),
        CLOSE: Writing(desk, DealClosingRequested),
    }
    for row in await system.pool.fetch("SELECT * FROM tasks WHERE kind = ANY($1)", list(handlers)):
        cause = Origin(row["actor"], row["correlation_id"], row["causation_id"])
        task = Task(row["id"], row["kind"], orjson.loads(row["payload"]), row["due_at"], 1, uuid4(), cause)
        (answer,) = await handlers[task.kind](task)
        assert answer.events[0].outcome == "done"
    await worked(system)
    await hears(system, requests[4])
    dice = random.Random(3)
    for _ in range(3):
        for request in dice.sample(requests, len(requests)):
            await system.hears(uuid4(), request, occurred_at=datetime.now(UTC))
        await worked(system)
    await system.pool.execute("UPDATE watermarks SET position = 0")
    for record in system.log.records:
        await system.parts.consumer.watermark.apply([record])
    await worked(system)

    assert await answers(system) == [("done", None)] * 5
    for type_ in (
        "deal.lost.v1",
        "deal.lines-changed.v1",
        "invoice.issued.v1",
        "deal.noted.v1",
        "deal.fields-changed.v1",
    ):
        assert len(await said(system, type_)) == 1, type_
