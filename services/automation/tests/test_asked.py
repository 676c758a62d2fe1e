"""What conditions ask of an event is all that they get, and it makes no difference."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import events
import pytest
from automation.rules.asked import asked, handed
from automation.rules.conditions import Facts, holds
from events.event import decode
from events.testing import Log
from hypothesis import given
from hypothesis import strategies as st

GOLDEN = Path(events.__file__).parent / "golden"
EVENT = decode("lead.captured.v1", (GOLDEN / "lead.captured.v1.json").read_bytes())
(RECEIVED,) = Log().append(EVENT.lead_id, EVENT)  # type: ignore[attr-defined]
ATOMS = [
    "event.touch.channel == 'site'",
    "event.touch.campaign != null",
    "event.touch.click_ids.gclid != ''",
    "event.touch != null",
    "has(event.touch.text)",
    "event.direction in ['retail']",
    "event.touch.channel.contains('e')",
    "event.is_returning",
    "event['direction'] == 'retail'",
    "event.nothing == 1",
    "actor == 'test' && type == 'lead.captured.v1'",
    "'event.touch' == type",
]


@pytest.mark.parametrize(
    ("conditions", "tree"),
    [
        (["event.a.b == 1", "event.a.c", "event.d"], {"a": {"b": {}, "c": {}}, "d": {}}),
        (["event.a.b", "event.a"], {"a": {}}),
        (["event.a", "event.a.b"], {"a": {}}),
        (["event.a.exists(x, x.b == 1)"], {"a": {}}),
        (["actor == 'event.a'", ""], {}),
        (["event.a", "event['b']"], None),
    ],
)
def test_the_fields_that_conditions_ask_are_read_off(conditions: list[str], tree: Any) -> None:
    assert asked(conditions) == tree


@given(st.lists(st.sampled_from(ATOMS), min_size=1, max_size=4))
def test_conditions_come_to_the_same_with_what_they_asked_as_with_the_whole_event(conditions: list[str]) -> None:
    recorded = RECEIVED.recorded()
    whole, part = Facts.of(recorded), Facts.of(recorded, event=handed(EVENT, asked(conditions)))
    assert [holds(one, part) for one in conditions] == [holds(one, whole) for one in conditions]
