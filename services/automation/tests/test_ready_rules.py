"""The catalogue of ready rules: each is sound, and fires on its example."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import events
import orjson
import pytest
from automation.facts.asking import never
from automation.facts.shape import EARLIER, SHAPES
from automation.messages.letters import Templates
from automation.messages.shelf import known_files
from automation.messages.wording import Wording
from automation.rules.check import faults
from automation.rules.conditions import Facts, holds, plain
from automation.rules.matching import fired
from automation.rules.ready import ReadyRule, ready_rules
from automation.rules.rule import Rule, Rules
from events.contracts.automation import RuleSuppressed
from events.event import decode
from events.store import deterministic_id
from events.testing import Log

GOLDEN = Path(events.__file__).parent / "golden"
CASES = {"missed-call", "overdue-invoice", "stalled-deal", "birthday", "guarantee-ends", "after-work"}


def rule_of(ready: ReadyRule) -> Rule:
    return Rule.model_validate({**ready.rule.model_dump(), "id": ready.id, "version": 1})


def example_of(ready: ReadyRule) -> Any:
    """The golden example of the trigger with what makes the rule fire."""
    told = orjson.loads((GOLDEN / f"{ready.rule.trigger}.json").read_bytes())
    for path, value in ready.example.items():
        inside = told
        *steps, last = path.split(".")
        for step in steps:
            inside = inside[step]
        inside[last] = value
    event = decode(ready.rule.trigger, orjson.dumps(told))
    (record,) = Log().append(deterministic_id("example"), event)
    return record.recorded()


def known_of(ready: ReadyRule) -> dict[str, Any]:
    cards = {name: plain(SHAPES[name].model_validate(told)) for name, told in ready.known.items()}
    return dict.fromkeys(SHAPES) | cards | {EARLIER: dict(never())}


def test_the_catalogue_has_the_common_cases() -> None:
    assert {ready.id for ready in ready_rules()} >= CASES


@pytest.mark.parametrize("ready", ready_rules(), ids=lambda ready: ready.id)
def test_a_ready_rule_has_no_faults_with_its_templates(ready: ReadyRule) -> None:
    known = known_files(Templates())
    own = frozenset(template.name for template in ready.templates)
    assert list(faults(rule_of(ready), type(known)(known.templates | own, known.shapes))) == []
    assert set(ready.about) == {"ru", "en"}
    for template in ready.templates:
        assert set(template.texts) == {"ru", "en"}
        assert all(Wording(text).has_letter for text in template.texts.values())


@pytest.mark.parametrize("ready", ready_rules(), ids=lambda ready: ready.id)
def test_a_ready_rule_fires_on_its_example(ready: ReadyRule) -> None:
    recorded = example_of(ready)
    firings = list(fired(Rules((rule_of(ready),)), recorded, "ru"))
    asked = Facts.of(recorded, known_of(ready))

    assert [one.action.id for one in firings] == [action.id for action in ready.rule.actions]
    assert holds(ready.rule.where, asked)
    assert all(holds(one.action.still, asked) for one in firings)
    effects = [one.effect().event for one in firings]
    assert not [effect for effect in effects if isinstance(effect, RuleSuppressed)]
