"""Values of custom fields: each kind takes what it says, and nothing that is stored cannot be stored again."""

from typing import Any
from uuid import UUID

import orjson
import pytest
from events.contracts.leads import FieldChange, FieldDefined, FieldOption
from events.custom_fields import BadValue, changes, missing, normal, redefine
from events.decider import Rejected
from events.privacy import CustomerKey
from hypothesis import given
from hypothesis import strategies as st

USERS = frozenset(("anna", "boris"))
OPTIONS = tuple(FieldOption(code=code, title=code) for code in ("red", "green", "blue"))
KINDS = ("text", "number", "money", "date", "moment", "choice", "multi_choice", "flag", "link", "user")

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["red", "anna", "2026-01-01"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["amount", "currency", "x"]), inner),
    max_leaves=5,
)
right = {
    "text": st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=50),
    "number": st.integers(-(10**14), 10**14) | st.floats(-1e14, 1e14),
    "money": st.builds(
        lambda amount, currency: {"amount": str(amount), "currency": currency},
        st.decimals(-(10**12), 10**12, places=2),
        st.sampled_from(["RUB", "USD"]),
    ),
    "date": st.dates().map(str),
    "moment": st.datetimes(timezones=st.timezones()).map(lambda at: at.isoformat()),
    "choice": st.sampled_from(["red", "green"]),
    "multi_choice": st.lists(st.sampled_from(["red", "green", "blue"]), min_size=1),
    "flag": st.booleans(),
    "link": st.sampled_from(["https://example.com/a?b=c", "http://xn--e1afmkfd.xn--p1ai/"]),
    "user": st.sampled_from(["anna", "boris"]),
}


def field(kind: str, **more: Any) -> FieldDefined:
    options = OPTIONS if "choice" in kind else ()
    return FieldDefined(**{"subject": "customer", "code": "f", "title": "F", "kind": kind, "options": options, **more})


@given(st.sampled_from(KINDS), anything)
def test_any_value_is_taken_in_normal_form_or_refused_and_nothing_else(kind: str, value: Any) -> None:
    try:
        stored = normal(field(kind), value, USERS)
    except BadValue:
        return
    assert normal(field(kind), orjson.loads(orjson.dumps(stored)), USERS) == stored


@given(st.data(), st.sampled_from(KINDS))
def test_right_values_of_every_kind_are_taken(data: st.DataObject, kind: str) -> None:
    stored = normal(field(kind), data.draw(right[kind]), USERS)
    assert stored is not None
    assert normal(field(kind), stored, USERS) == stored


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", ""),
        ("text", "x" * 10_001),
        ("number", True),
        ("number", "1"),
        ("number", float("nan")),
        ("number", 10**15),
        ("number", -(10**400)),
        ("number", float("-inf")),
        ("money", {"amount": "1.005", "currency": "RUB"}),
        ("money", {"amount": "1", "currency": "rub"}),
        ("money", {"amount": "NaN", "currency": "RUB"}),
        ("date", "2026-02-30"),
        ("moment", "2026-03-02T09:30:00"),
        ("choice", "yellow"),
        ("multi_choice", []),
        ("flag", 1),
        ("link", "javascript:alert(1)"),
        ("link", "https://exa mple.com"),
        ("user", "nobody"),
    ],
)
def test_what_does_not_fit_the_kind_is_refused(kind: str, value: Any) -> None:
    with pytest.raises(BadValue):
        normal(field(kind), value, USERS)


def test_a_retired_option_is_not_chosen_any_more() -> None:
    retired = field("choice", options=(OPTIONS[0], FieldOption(code="old", title="Old", retired=True)))
    with pytest.raises(BadValue):
        normal(retired, "old", USERS)


def test_options_that_are_left_out_are_kept_as_retired() -> None:
    less = redefine(field("choice"), field("choice", options=OPTIONS[:1]))
    assert less is not None
    assert [(option.code, option.retired) for option in less.options] == [
        ("red", False),
        ("green", True),
        ("blue", True),
    ]
    assert redefine(less, field("choice", options=OPTIONS[:1])) is None


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (field("text"), field("number"), "kind_fixed"),
        (field("text"), field("text", personal=True), "personal_fixed"),
        (None, field("choice", options=()), "no_options"),
        (None, field("choice", options=OPTIONS + OPTIONS), "option_twice"),
        (None, field("text", options=OPTIONS), "options_not_here"),
    ],
)
def test_a_definition_that_would_break_what_is_stored_is_refused(
    before: FieldDefined | None, after: FieldDefined, code: str
) -> None:
    with pytest.raises(Rejected) as refused:
        redefine(before, after)
    assert refused.value.code == code


def _refused(given: dict[str, Any], definition: FieldDefined, direction: str | None = None) -> str:
    with pytest.raises(Rejected) as refused:
        changes({"f": definition}, given, {}, direction, USERS, None)
    return refused.value.code


def test_unknown_foreign_required_and_personal_fields_are_refused() -> None:
    assert _refused({"g": 1}, field("number")) == "unknown_field"
    assert _refused({"f": 1}, field("number", directions=("retail",)), "wholesale") == "field_not_here"
    assert _refused({"f": None}, field("number", required=True)) == "required_field"
    assert _refused({"f": "x"}, field("text", personal=True)) == "no_key"


def test_only_what_differs_changes_and_what_is_personal_is_sealed() -> None:
    key = CustomerKey(UUID(int=1), bytes(32))
    defined = {
        "a": field("number", code="a"),
        "b": field("text", code="b", personal=True),
        "c": field("flag", code="c"),
    }
    found = changes(defined, {"a": 1, "b": "chess", "c": None}, {"a": 1.0, "c": True}, None, USERS, key.seal_json)
    assert [change.field for change in found] == ["b", "c"]
    assert found[0].value is None
    assert key.open(found[0].sealed or "") == '{"value":"chess"}'
    assert found[1] == FieldChange(field="c")


def test_required_fields_of_this_line_of_business_are_missing_while_they_are_empty() -> None:
    defined = {
        "a": field("text", code="a", required=True),
        "b": field("text", code="b", required=True, directions=("retail",)),
        "c": field("text", code="c"),
    }
    assert missing(defined, frozenset(), None) == ["a", "b"]
    assert missing(defined, frozenset(("a",)), "wholesale") == []
