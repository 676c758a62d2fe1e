"""The rules of targets, as sentences."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from deals.targets.domain import TARGET, SetTarget, Subject, WithdrawTarget, days_of
from events.contracts.deals import TargetChanged, TargetSet, TargetWithdrawn
from events.decider import Rejected
from events.event import Event
from events.testing import Given
from hypothesis import given as for_any
from hypothesis import strategies as st

EAST = Subject("2026-Q1", "department", "east", "revenue_won", "RUB")
SET = TargetSet(
    target_id=EAST.target_id,
    period="2026-Q1",
    first_day=date(2026, 1, 1),
    last_day=date(2026, 3, 31),
    owner_kind="department",
    owner_id="east",
    measure="revenue_won",
    amount=Decimal(100),
    currency="RUB",
)
WITHDRAWN = TargetWithdrawn(target_id=EAST.target_id, previous_amount=Decimal(100), reason="Отдел закрыт")


def given(*events: Event) -> Given:  # type: ignore[type-arg]
    return Given(TARGET, events)


def test_a_target_is_set_for_the_days_of_its_period() -> None:
    given().when(SetTarget(EAST, Decimal(100))).then(SET)
    given(SET).when(SetTarget(EAST, Decimal("100.00"))).then_nothing()


def test_a_target_is_changed_with_a_reason_only() -> None:
    changed = TargetChanged(
        target_id=EAST.target_id, amount=Decimal(120), previous_amount=Decimal(100), reason="Новый менеджер"
    )
    given(SET).when(SetTarget(EAST, Decimal(120), "Новый менеджер")).then(changed)
    given(SET).when(SetTarget(EAST, Decimal(120))).then_rejected("reason_required")


def test_a_target_is_withdrawn_and_can_be_set_again() -> None:
    given(SET).when(WithdrawTarget(EAST.target_id, "Отдел закрыт")).then(WITHDRAWN)
    given(SET, WITHDRAWN).when(WithdrawTarget(EAST.target_id, "Ещё раз")).then_nothing()
    given().when(WithdrawTarget(EAST.target_id, "Нет такого")).then_rejected("no_target")
    again = TargetChanged(target_id=EAST.target_id, amount=Decimal(90), reason="Отдел открыт снова")
    given(SET, WITHDRAWN).when(SetTarget(EAST, Decimal(90), "Отдел открыт снова")).then(again)


def test_a_percentage_is_a_hundred_at_most() -> None:
    conversion = Subject("2026", "company", "", "conversion")
    given().when(SetTarget(conversion, Decimal(101))).then_rejected("too_much")


@pytest.mark.parametrize(
    ("subject", "code"),
    [
        (("2026-13", "manager", "anna", "calls", None), "unknown_period"),
        (("2026-Q5", "manager", "anna", "calls", None), "unknown_period"),
        (("1999", "manager", "anna", "calls", None), "unknown_period"),
        (("2026", "manager", "anna", "smiles", None), "unknown_measure"),
        (("2026", "manager", "anna", "calls", "RUB"), "currency"),
        (("2026", "manager", "anna", "revenue_won", None), "currency"),
        (("2026", "manager", "", "calls", None), "owner"),
        (("2026", "company", "anna", "calls", None), "owner"),
    ],
)
def test_what_cannot_be_a_target_is_refused(subject: tuple[str, ...], code: str) -> None:
    with pytest.raises(Rejected) as refusal:
        Subject(*subject)  # type: ignore[arg-type]
    assert refusal.value.code == code


@for_any(st.integers(2000, 2098))
def test_months_and_quarters_are_partitions_of_their_year(year: int) -> None:
    for periods in ([f"{year}-{month:02d}" for month in range(1, 13)], [f"{year}-Q{part}" for part in range(1, 5)]):
        days = [days_of(period) for period in periods]
        assert (days[0][0], days[-1][1]) == days_of(str(year))
        for (_, last), (first, _) in pairwise(days):
            assert first - last == timedelta(days=1)
