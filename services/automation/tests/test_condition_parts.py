"""A condition taken apart: what each part of it comes to, and what it asked."""

from __future__ import annotations

from typing import Any

import pytest
from automation.rules.condition_parts import ConditionPart, parts_of
from automation.rules.conditions import VARIABLES, Facts, holds
from hypothesis import given
from hypothesis import strategies as st

FACTS = Facts({"event": {"a": True, "b": False, "n": 3, "text": "x || y", "of": {"name": "q"}}, "actor": "user:anna"})


def taken_apart(condition: str) -> ConditionPart:
    return parts_of(condition, FACTS, VARIABLES)


def shape(part: ConditionPart) -> Any:
    return (part.joined_by, [shape(one) for one in part.parts]) if part.parts else (part.text, part.value)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("event.a", ("event.a", True)),
        ("event.a && event.b", ("&&", [("event.a", True), ("event.b", False)])),
        (
            "event.a && (event.b || event.n > 2) && true",
            ("&&", [("event.a", True), ("||", [("event.b", False), ("event.n > 2", True)]), ("true", True)]),
        ),
        (
            "event.b || event.a && event.b",
            ("||", [("event.b", False), ("&&", [("event.a", True), ("event.b", False)])]),
        ),
        ("((event.a))", ("event.a", True)),
        ("(event.a) || (event.b)", ("||", [("event.a", True), ("event.b", False)])),
        ("!(event.a && event.b)", ("!(event.a && event.b)", True)),
        ("event.text == 'x || y'", ("event.text == 'x || y'", True)),
        ("event.a ? event.b || event.a : event.b", ("event.a ? event.b || event.a : event.b", True)),
        ("[1, 2].exists(x, x == 1 || x == 2)", ("[1, 2].exists(x, x == 1 || x == 2)", True)),
        ("event.none == 1 || event.a", ("||", [("event.none == 1", None), ("event.a", True)])),
    ],
)
def test_a_condition_is_taken_apart_where_it_says_and_and_or(condition: str, expected: Any) -> None:
    assert shape(taken_apart(condition)) == expected


def test_each_part_says_what_it_asked_and_why_it_cannot_be_worked_out() -> None:
    first, second = taken_apart("event.of.name == 'q' && event.nothing.at_all == 1").parts
    assert first.asked == {"event.of.name": "q"}
    assert (second.value, second.asked) == (None, {"event.nothing.at_all": None})
    assert second.why


@given(st.recursive(
    st.sampled_from(["event.a", "event.b", "event.none", "event.n == 3", "'&&' == actor"]),
    lambda inner: st.tuples(inner, st.sampled_from([" && ", "||"]), inner).map(lambda t: f"({t[0]}){t[1]}({t[2]})"),
    max_leaves=6,
))  # fmt: skip
def test_the_whole_comes_to_what_the_rule_makes_of_it(condition: str) -> None:
    assert (taken_apart(condition).value is True) == holds(condition, FACTS)
