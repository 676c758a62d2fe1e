"""Conditions in CEL: what they come to for an event, and what is refused when a rule is saved."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from automation.rules.condition_check import MAX_LENGTH, check
from automation.rules.conditions import Facts, holds
from events.event import REGISTRY
from events.testing import Log
from hypothesis import given
from hypothesis import strategies as st

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def facts(**event: Any) -> Facts:
    return Facts({"event": event, "type": "a.happened.v1", "occurred_at": AT, "recorded_at": AT, "actor": "user:anna"})


def faults(condition: str, type_: str = "lead.captured.v1") -> list[str]:
    return list(check(condition, REGISTRY[type_]))


@pytest.mark.parametrize(
    ("condition", "event", "expected"),
    [
        ("", {}, True),
        ("event.a.b == 'x'", {"a": {"b": "x"}}, True),
        ("event.a.b == 'x'", {"a": {}}, False),
        ("event.a.b == 'x'", {"a": None}, False),
        ("event.a.b == 'x' || event.c", {"a": {}, "c": True}, True),
        ("!event.a", {"a": False}, True),
        ("event.a in ['x', 'y']", {"a": "y"}, True),
        ("!(event.a in ['x'])", {"a": None}, True),
        ("event.a != null", {"a": 0}, True),
        ("event.amount >= 1000", {"amount": 1000.5}, True),
        ("event.lines.exists(line, line.quantity > 2)", {"lines": [{"quantity": 1}, {"quantity": 3}]}, True),
        ("occurred_at - event.at < duration('2h')", {"at": datetime(2026, 3, 2, 8, tzinfo=UTC)}, True),
        ("lower(event.city) == 'москва'", {"city": "МОСКВА"}, True),
        ("event.city.matches('^М')", {"city": "Москва"}, True),
        ("event.a", {"a": "yes"}, False),
        ("event.a + 1 > 2", {"a": "1"}, False),
        ("actor == 'user:anna' && type.startsWith('a.')", {}, True),
    ],
)
def test_a_condition_holds_where_it_comes_to_true(condition: str, event: dict[str, Any], expected: bool) -> None:
    assert holds(condition, facts(**event)) is expected


def test_a_field_left_out_is_null_and_a_sealed_one_only_there_or_not() -> None:
    # given a lead whose words are sealed
    event = REGISTRY["lead.captured.v1"].model_validate(
        {
            "lead_id": "5b994190-f5cf-52df-8ca6-b4f20422af9d",
            "customer_id": "f9eddbd3-5747-56d6-ac22-5c215e604e2e",
            "touch": {
                "touch_id": "212c4bca-89a9-5be3-8f79-76140946e77c", "channel": "site", "intake": "web_form",
                "source": "shop", "kind": "form", "text": "s1." + "A" * 40,
            },
        }
    )  # fmt: skip
    (received,) = Log().append(event.lead_id, event)
    known = Facts.of(received.recorded())
    # then
    assert holds("event.touch.text != null", known)
    assert not holds("event.touch.text.startsWith('s1.')", known)
    assert holds("event.direction == null && event.touch.campaign == null", known)
    assert holds("event.lead_id == '5b994190-f5cf-52df-8ca6-b4f20422af9d'", known)


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("event.touch.channel == 'site' &&", "line 1, character 33: mismatched input '<EOF>'"),
        ("event.tuch.channel == 'site'", "character 1: the event has no field tuch; it has: lead_id"),
        ("!event.is_returning && event.touch.chanel == 'site'", "character 24: touch has no field chanel"),
        ("event.is_returning == 'no'", "is_returning can never be 'no'"),
        ("event.touch.text == 'hello'", "touch.text is sealed"),
        ("event.touch.text.contains('hello')", "touch.text is sealed"),
        ("evnt.is_returning", "character 1: there is no variable evnt; there are: event, type"),
        ("system('rm') == 1", "character 1: there is no function system"),
        ("event.touch.channel", "must come to true or false"),
        ("event.touch.channel + 1 == 2", "Unsupported operation"),
        ("[1].all(x, [1].all(y, x == y))", "a walk over a list inside another"),
        ("true" + " && true" * 500, f"longer than {MAX_LENGTH} characters"),
    ],
)
def test_a_fault_is_told_with_its_place(condition: str, said: str) -> None:
    told = faults(condition)
    assert len(told) == 1
    assert said in told[0]


@pytest.mark.parametrize(
    ("condition", "type_"),
    [
        ("event.touch.wanted_call_at == null || event.touch.wanted_call_at > occurred_at", "lead.captured.v1"),
        ("has(event.touch.text) && event.touch.text != null", "lead.captured.v1"),
        ("event.touch.click_ids.gclid != ''", "lead.captured.v1"),
        ("event.touch.campaign.contains('event.nothing')", "lead.captured.v1"),
        ("event.temperature in ['hot', 'warm'] && lower(actor) == 'user:anna'", "lead.qualified.v1"),
        ("event.value.amount >= 100000 && event.value.currency == 'RUB'", "deal.opened.v1"),
        ("occurred_at.getDayOfWeek() in [0, 6]", "deal.opened.v1"),
    ],
)
def test_a_sound_condition_has_no_faults(condition: str, type_: str) -> None:
    assert faults(condition, type_) == []


@given(st.text(max_size=80))
def test_no_text_breaks_the_check(text: str) -> None:
    assert all(isinstance(fault, str) for fault in check(text, REGISTRY["lead.captured.v1"]))
