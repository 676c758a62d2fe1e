"""What is wrong with a rule, told when it is saved: each fault with its place."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from events import contracts
from events.event import REGISTRY
from pydantic import ValidationError

from automation.actions.effect import Known
from automation.rules.computing import check_compute
from automation.rules.condition_check import check
from automation.rules.rule import SOURCES, Rule
from automation.rules.where_check import check_where
from automation.timing.watch import watch_faults
from automation.timing.when_check import check_timing


def parse(item: Any, known: Known) -> tuple[Rule | None, list[str]]:
    """The rule, if it has the shape of one, and everything that is wrong: ``.path: why``."""
    try:
        rule = Rule.model_validate(item)
    except ValidationError as error:
        return None, [f"{_path(fault['loc'])}: {_message(fault)}" for fault in error.errors()]
    return rule, list(faults(rule, known))


def faults(rule: Rule, known: Known) -> Iterator[str]:
    """What a rule of the right shape cannot mean."""
    event = REGISTRY.get(rule.trigger)
    if event is None or event.owner() not in SOURCES:
        near = difflib.get_close_matches(rule.trigger, REGISTRY, n=1)
        yield f".trigger: no event is named {rule.trigger}" + (f"; is {near[0]} meant?" if near else "")
        return
    if event is contracts.automation.RuleSuppressed:
        yield ".trigger: a rule cannot be fired by the suppression of a rule: it would fire for ever"
    if not rule.actions:
        yield ".actions: a rule needs at least one"
    if rule.when:
        yield from (f".when: {fault}" for fault in check(rule.when, event))
    if rule.where:
        yield from (f".where: {fault}" for fault in check_where(rule.where, event, before=True))
    yield from (f".compute{fault}" for fault in check_compute(rule.compute, event))
    known = replace(known, computed=frozenset(rule.compute))
    for number, action in enumerate(rule.actions):
        yield from (f".actions[{number}]{fault}" for fault in action.faults(event, known))
        yield from (f".actions[{number}]{fault}" for fault in check_timing(action, event))
    yield from watch_faults(event, rule.date, rule.schedule, rule.where)
    doubled = [name for name, count in Counter(action.id for action in rule.actions).items() if count > 1]
    yield from (f".actions: two actions have the id {name}" for name in doubled)


def _path(location: tuple[int | str, ...]) -> str:
    # Pydantic names the chosen member of a union too: the step after the number of an action.
    steps = [step for at, step in enumerate(location) if not (at == 2 and location[0] == "actions")]
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)


def _message(fault: Any) -> str:
    return str(fault["msg"]).removeprefix("Value error, ")
