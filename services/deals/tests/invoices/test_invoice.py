"""The rules of an invoice, and what it asks for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from deals.invoices.billing import billed
from deals.invoices.domain import INVOICE, Cancel, FallDue, Invoice, Issue
from deals.money import Item, money, priced
from events.contracts.deals import InvoiceCancelled, InvoiceIssued, InvoiceOverdue
from events.decider import Rejected
from events.event import Event
from events.testing import given
from hypothesis import assume
from hypothesis import given as for_all
from hypothesis import strategies as st

WHOSE = {"invoice_id": UUID(int=1), "number": "I-000001", "deal_id": UUID(int=2), "customer_id": UUID(int=3)}
LINES = priced([Item("Support", Decimal(2), Decimal(60), tax_rate=Decimal(20))], "RUB")
ISSUE = Issue(**WHOSE, kind="full", lines=LINES.lines, total=LINES.value, due_on=date(2026, 3, 31))
ISSUED = InvoiceIssued(**WHOSE, kind="full", lines=LINES.lines, total=LINES.value, due_on=date(2026, 3, 31))
CANCELLED = InvoiceCancelled(**WHOSE, reason="mistake")
OVERDUE = InvoiceOverdue(**WHOSE, due=money(Decimal(120), "RUB"), due_on=date(2026, 3, 31))
APRIL = FallDue(date(2026, 4, 1), Decimal(120))


def test_an_invoice_is_issued_once() -> None:
    given(INVOICE).when(ISSUE).then(ISSUED)
    given(INVOICE, ISSUED).when(ISSUE).then_nothing()


def test_an_invoice_of_nothing_is_refused() -> None:
    given(INVOICE).when(replace(ISSUE, total=money(Decimal(0), "RUB"))).then_rejected("nothing_to_pay")


def test_an_invoice_is_cancelled_once() -> None:
    given(INVOICE, ISSUED).when(Cancel("mistake")).then(CANCELLED)
    given(INVOICE, ISSUED, CANCELLED).when(Cancel("replaced")).then_nothing()
    given(INVOICE).when(Cancel("mistake")).then_rejected("no_invoice")


def test_an_invoice_is_overdue_when_its_day_has_passed_and_something_is_due() -> None:
    given(INVOICE, ISSUED).when(APRIL).then(OVERDUE)
    given(INVOICE, ISSUED).when(replace(APRIL, today=date(2026, 3, 31))).then_nothing()
    given(INVOICE, ISSUED).when(replace(APRIL, due=Decimal(0))).then_nothing()


def test_an_invoice_is_overdue_once_and_a_cancelled_one_never() -> None:
    given(INVOICE, ISSUED, OVERDUE).when(APRIL).then_nothing()
    given(INVOICE, ISSUED, CANCELLED).when(APRIL).then_nothing()
    given(INVOICE).when(APRIL).then_rejected("no_invoice")


@for_all(st.lists(st.sampled_from([ISSUED, CANCELLED, OVERDUE]), max_size=8))
def test_evolve_never_fails_on_any_sequence_of_events(history: list[Event]) -> None:
    INVOICE.fold(history)


def test_what_is_folded_is_what_was_issued() -> None:
    state = INVOICE.fold([ISSUED, OVERDUE, CANCELLED])
    assert isinstance(state, Invoice)
    assert (state.total, state.cancelled, state.told_overdue) == (LINES.value, True, True)


GOODS = priced(
    [
        Item("A", Decimal(3), Decimal("33.33"), tax_rate=Decimal(20)),
        Item("B", Decimal(1), Decimal("100.01"), tax_rate=Decimal(10)),
        Item("C", Decimal(1), Decimal(7)),
    ],
    "RUB",
).lines


def test_a_full_invoice_has_the_deals_lines() -> None:
    assert billed("full", "D-1", "RUB", GOODS, ()) is None


def test_a_prepayment_has_a_line_for_each_rate_of_tax() -> None:
    asked = billed("prepayment", "D-1", "RUB", GOODS, (), Decimal(30))
    assert asked is not None
    assert [(line.tax_rate, line.gross) for line in asked.lines] == [
        (Decimal(20), Decimal("30.00")),
        (Decimal(10), Decimal("30.00")),
        (None, Decimal("2.10")),
    ]
    assert "30 %" in asked.lines[0].title


@pytest.mark.parametrize(
    ("kind", "lines", "before", "percent", "code"),
    [
        ("full", (), (), None, "no_lines"),
        ("prepayment", GOODS, (), None, "percent_required"),
        ("final", GOODS, GOODS, None, "nothing_left_to_invoice"),
    ],
    ids=["no lines", "no percent", "nothing left"],
)
def test_what_cannot_be_billed_is_refused(kind, lines, before, percent, code) -> None:
    with pytest.raises(Rejected) as refused:
        billed(kind, "D-1", "RUB", lines, before, percent)
    assert refused.value.code == code


ITEMS = st.lists(
    st.builds(
        Item,
        title=st.just("x"),
        quantity=st.integers(1, 9).map(Decimal),
        price=st.decimals("0.01", "9999.99", places=2),
        tax_rate=st.sampled_from([None, Decimal(10), Decimal(20)]),
    ),
    min_size=1,
    max_size=6,
)


@for_all(ITEMS, st.lists(st.integers(1, 40).map(Decimal), max_size=2), st.sampled_from(["RUB", "JPY", "KWD"]))
def test_prepayments_and_the_final_invoice_come_to_the_deal_for_each_rate(items, percents, currency) -> None:
    whole = priced(items, currency)
    assume(whole.value.amount > 100)
    before = [
        line
        for percent in percents
        for line in (billed("prepayment", "D-1", currency, whole.lines, (), percent) or whole).lines
    ]
    final = billed("final", "D-1", currency, whole.lines, before)
    assert final is not None
    for rate in {line.tax_rate for line in whole.lines}:
        due = sum(line.gross for line in whole.lines if line.tax_rate == rate)
        past = sum(line.gross for line in before if line.tax_rate == rate)
        assert sum(line.gross for line in final.lines if line.tax_rate == rate) == max(due - past, 0)
