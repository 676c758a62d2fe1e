"""Looking rules up by what their conditions want to be equal leaves none out that evaluating all of them would find."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from automation.rules.candidates import Candidates, keys_of
from automation.rules.conditions import Facts, asked
from automation.rules.matching import matching
from automation.rules.rule import InForce, Rule, Rules
from events.contracts.leads import LeadCaptured, Touch
from events.envelope import Recorded
from events.testing import AT
from hypothesis import given
from hypothesis import strategies as st

NIL = UUID(int=0)
TASK = {"do": "create_task", "id": "task", "kind": "call", "title": {"ru": "Задача", "en": "Task"}}
COMPARED = (
    "event.touch.channel == 'fair'",
    "'site' == event.touch.channel",
    'event.touch.channel in ["fair", "phone"]',
    "event.touch.campaign == 'spring'",
    "event.direction == 'retail'",
    "event.lead_id == '00000000-0000-0000-0000-000000000000'",
    "event.touch.nothing.there == 'a'",
    "event.extra.size == 'm'",
    "event.touch.is_test == 'true'",
)
OTHERS = (
    "event.touch.campaign == null",
    "event.touch.channel != 'fair'",
    "event.touch.campaign.startsWith('s')",
    "lower(event.touch.channel) == 'fair'",
    "event.touch.campaign == event.direction",
    "event.touch.channel == 'f\\u0061ir'",
    "event.touch.channel == r'fair'",
    "event.touch.channel in []",
    "event.touch.is_test ? event.direction == 'retail' : event.touch.channel == 'fair'",
    "event.touch.channel.matches('a') && [1].map(x, x).map(x, x).map(x, x).map(x, x).map(x, x).map(x, x) == []",
    "!event.touch.is_test",
    "1 / 0 == 1",
)
conditions = st.recursive(
    st.sampled_from(("", *COMPARED, *OTHERS)),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(("&&", "||")), inner).map(
            lambda p: f"({p[0] or 'true'}) {p[1]} {p[2] or 'true'}"
        ),
        inner.map(lambda one: f"!({one or 'true'})"),
        st.tuples(inner, inner).map(lambda p: f"{p[0] or 'true'} && {p[1] or 'true'}"),
    ),
    max_leaves=5,
)
events = st.builds(
    lambda channel, campaign, direction, is_test: LeadCaptured(
        lead_id=NIL,
        customer_id=NIL,
        touch=Touch(
            touch_id=NIL, channel=channel, intake="api", source="s", kind="form", campaign=campaign, is_test=is_test
        ),
        direction=direction,
    ),
    st.sampled_from(("fair", "site", "phone", "true")),
    st.sampled_from((None, "spring", "fair", "retail")),
    st.sampled_from((None, "retail")),
    st.booleans(),
)


@given(written=st.lists(conditions, min_size=1, max_size=8), event=events)
def test_the_same_rules_match_as_if_every_condition_were_evaluated(written: list[str], event: LeadCaptured) -> None:
    """Those that hold, in their order, and those that could be too dear to be evaluated."""
    recorded = _recorded(event)
    of_all = [
        (n, held is None) for n, when in enumerate(written) if (held := asked(when, Facts.of(recorded))) is not False
    ]

    found = [(int(rule.id[1:]), beyond) for rule, beyond in matching(_rules(written), recorded)]

    assert found == of_all


def test_of_many_rules_that_differ_in_a_text_only_those_of_the_event_s_are_evaluated() -> None:
    """By the part that fewest share; a choice stands under each of its texts."""
    written = [
        f"!event.touch.is_test && event.touch.channel == 'fair' && event.touch.campaign == 'c-{n}'" for n in range(50)
    ]
    written += ["event.direction == 'retail' || event.touch.campaign in ['c-7', 'c-8']", "event.touch.channel != 'x'"]
    event = LeadCaptured(
        lead_id=NIL,
        customer_id=NIL,
        touch=Touch(touch_id=NIL, channel="fair", intake="api", source="s", kind="form", campaign="c-7"),
    )

    assert Candidates(written).of(event) == [7, 50, 51]


def test_a_rule_that_was_not_in_force_then_is_no_candidate() -> None:
    """Whatever its condition."""
    when = "event.touch.channel == 'fair'"
    rule = _rules([when]).rules[0]
    event = LeadCaptured(
        lead_id=NIL,
        customer_id=NIL,
        touch=Touch(touch_id=NIL, channel="fair", intake="api", source="s", kind="form"),
    )

    def found(**times: Any) -> list[Rule]:
        return Rules((), (InForce(rule, **times),)).candidates(_recorded(event))

    assert found(since=AT) == [rule]
    assert found(since=AT + timedelta(seconds=1)) == found(until=AT) == []


@pytest.mark.parametrize("condition", ["event.touch.channel == 'a' || event.touch.is_test", *OTHERS])
def test_what_is_not_said_by_texts_alone_is_always_evaluated(condition: str) -> None:
    """It has no keys."""
    assert keys_of(condition) == []


def _rules(written: list[str]) -> Rules:
    return Rules(
        tuple(
            Rule.model_validate(
                {
                    "id": f"r{n}",
                    "version": 1,
                    "title": TASK["title"],
                    "trigger": LeadCaptured.type,
                    "when": when,
                    "actions": [TASK],
                }
            )
            for n, when in enumerate(written)
        )
    )


def _recorded(event: LeadCaptured) -> Recorded:
    body = event.to_json()
    return Recorded("leads", 0, 1, NIL, 1, NIL, event.type, body, "user:anna", NIL, None, None, AT, AT)
