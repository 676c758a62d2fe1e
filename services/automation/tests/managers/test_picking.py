"""Who of the managers it is to be, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from automation.managers.picking import Manager, Picked, Sales, pick
from events.contracts.automation import ManagerChoice
from events.testing import AT
from hypothesis import given
from hypothesis import strategies as st

ANNA = Manager("anna", open_tasks=3, chosen_at=AT)
BORIS = Manager("boris", open_tasks=1, chosen_at=AT + timedelta(1))
VERA = Manager("vera", open_tasks=2, teams=frozenset({"north"}), department="sales")
ALL = [ANNA, BORIS, VERA]
SALES = {
    "anna": Sales(12, 8, Decimal(900)),
    "boris": Sales(9, 0, Decimal(100)),
    "vera": Sales(3, 0, Decimal(5000)),
}


def picked(by: str, firm: Any = ALL, direction: str | None = None, current: str | None = None, **how: Any) -> Picked:
    return pick(ManagerChoice(by=by, **how), firm, SALES, direction, current)


def out(found: Picked) -> dict[str, str]:
    return {one.manager_id: one.out for one in found.candidates if one.out}


def test_the_least_busy_is_who_has_the_fewest_tasks_for_his_weight() -> None:
    assert picked("least_busy").manager_id == "boris"
    assert picked("least_busy", [replace(ANNA, weight=4), BORIS, VERA]).manager_id == "anna"


def test_it_is_the_turn_of_who_was_never_chosen_then_of_who_was_longest_ago() -> None:
    assert picked("round_robin").manager_id == "vera"
    assert picked("round_robin", [ANNA, BORIS]).manager_id == "anna"


def test_of_the_best_the_least_busy_is_chosen_and_who_closed_too_few_is_not_among_them() -> None:
    best = picked("best", top=2)
    assert (best.manager_id, best.reason, out(best)) == ("boris", "best", {"vera": "too_few_deals"})
    assert [(one.manager_id, one.place) for one in best.candidates] == [("boris", 2), ("anna", 1), ("vera", None)]
    assert picked("best", top=1).manager_id == "anna"
    assert picked("best", measure="won_share", top=1).manager_id == "boris"
    assert picked("best", measure="won_amount", currency="RUB", at_least=1, top=1).manager_id == "vera"


def test_one_of_the_best_keeps_what_he_has() -> None:
    assert picked("best", top=2, current="anna").reason == "has_it_already"
    assert picked("best", top=2, current="vera").manager_id == "boris"


def test_who_is_away_or_in_another_line_of_business_is_left_out_with_the_reason() -> None:
    away, wholesale = replace(BORIS, is_away=True), replace(VERA, directions=frozenset({"wholesale"}))
    found = picked("least_busy", [ANNA, away, wholesale], "retail")
    assert (found.manager_id, out(found)) == ("anna", {"boris": "away", "vera": "other_direction"})


def test_among_those_named_alone_and_nobody_if_none_of_them_can() -> None:
    assert picked("least_busy", teams=("north",)).manager_id == "vera"
    assert picked("least_busy", departments=("sales",)).manager_id == "vera"
    assert picked("least_busy", managers=("anna", "vera")).manager_id == "vera"
    nobody = picked("least_busy", managers=("gleb",))
    assert (nobody.manager_id, nobody.reason) == (None, "nobody")


@given(
    st.lists(
        st.builds(
            Manager,
            manager_id=st.sampled_from("abcdef"),
            weight=st.integers(1, 3),
            is_away=st.booleans(),
            open_tasks=st.integers(0, 9),
        ),
        unique_by=lambda one: one.manager_id,
    ),
    st.sampled_from(["least_busy", "round_robin", "best"]),
)
def test_whoever_is_chosen_could_be_and_the_order_of_managers_makes_no_difference(
    managers: list[Manager], by: str
) -> None:
    found = picked(by, managers, at_least=1)
    assert found == picked(by, managers[::-1], at_least=1)
    assert found.manager_id is None or found.manager_id not in out(found)
