"""The life of a rule that the service keeps: given, when, then; and when which version fired."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from automation.rules.rule import InForce, Rule, Rules
from automation.rules.stream import RULE, Disable, Enable, Period, Save, periods, stream_of, taken_over_at
from events.contracts.automation import RuleDisabled, RuleEnabled, RuleSaved
from events.testing import AT, Log, given

CONTENT: dict[str, Any] = {"title": {"ru": "О", "en": "T"}, "trigger": "payment.received.v1", "actions": []}
OTHER = CONTENT | {"when": "!event.is_test"}


def saved(version: int = 1, definition: Any = CONTENT, *, takes_over: bool = False) -> RuleSaved:
    return RuleSaved(rule="thank", version=version, definition=definition, takes_over=takes_over)


ENABLED, DISABLED = RuleEnabled(rule="thank", version=1), RuleDisabled(rule="thank", version=1)


def test_a_rule_is_saved_as_a_draft() -> None:
    given(RULE).when(Save("thank", CONTENT)).then(saved())


def test_a_change_is_a_new_version_and_no_change_is_nothing() -> None:
    given(RULE, saved()).when(Save("thank", OTHER)).then(saved(2, OTHER))
    given(RULE, saved()).when(Save("thank", CONTENT)).then_nothing()


def test_a_rule_of_the_file_is_taken_over_only_on_purpose_and_its_versions_go_on() -> None:
    given(RULE).when(Save("thank", CONTENT, of_file=3)).then_rejected("rule_of_file")
    taken = saved(4, takes_over=True)
    given(RULE).when(Save("thank", CONTENT, of_file=3, take_over=True)).then(taken)
    given(RULE, taken).when(Disable()).then(RuleDisabled(rule="thank", version=3))
    given(RULE, taken, RuleDisabled(rule="thank", version=3)).when(Disable()).then_nothing()


def test_one_version_at_a_time_is_switched_on() -> None:
    given(RULE, saved()).when(Enable()).then(ENABLED)
    given(RULE, saved(), ENABLED).when(Enable(1)).then_nothing()
    given(RULE, saved(), ENABLED, saved(2, OTHER)).when(Enable()).then(RuleEnabled(rule="thank", version=2))
    given(RULE, saved(), saved(2, OTHER)).when(Enable(1)).then(ENABLED)
    given(RULE, saved()).when(Enable(2)).then_rejected("no_version")


def test_what_is_not_on_is_not_switched_off() -> None:
    given(RULE, saved(), ENABLED).when(Disable()).then(DISABLED)
    given(RULE, saved()).when(Disable()).then_nothing()
    given(RULE).when(Disable()).then_rejected("no_rule")


def hour(n: int) -> datetime:
    return AT + timedelta(hours=n)


def history(*events: Any) -> list[Any]:
    log = Log()
    for n, event in enumerate(events):
        log.append(stream_of("thank"), event, occurred_at=hour(n))
    return [record.recorded() for record in log.records]


def test_a_version_fires_from_its_being_switched_on_until_another_one_is() -> None:
    second = RuleEnabled(rule="thank", version=2)
    told = history(saved(), ENABLED, saved(2, OTHER), second, RuleDisabled(rule="thank", version=2), ENABLED)
    assert periods(told) == [Period(1, hour(1), hour(3)), Period(2, hour(3), hour(4)), Period(1, hour(5))]
    assert taken_over_at(told) == hour(1)
    assert taken_over_at(told[:1]) is None


def test_an_event_fires_the_version_of_the_time_when_it_was_recorded_however_late_it_comes() -> None:
    title = {"ru": "О", "en": "T"}
    old, first, second = (
        Rule(id="thank", version=version, title=title, trigger="payment.received.v1", actions=())
        for version in (1, 2, 3)
    )
    rules = Rules((old,), (InForce(first, hour(1), hour(3)), InForce(second, hour(4))), {"thank": hour(1)})

    fired = [[rule.version for rule in rules.on("payment.received.v1", hour(n))] for n in range(5)]

    assert fired == [[1], [2], [2], [], [3]]
    assert rules.on("deal.won.v1", hour(0)) == []
    assert rules.triggers == {"payment.received.v1"}
