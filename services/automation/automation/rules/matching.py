"""Which rules an event fires, action by action. The event, and when it was recorded, decide alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from events.contracts.automation import Cause
from events.envelope import Recorded

from automation.actions import Action
from automation.actions.effect import Firing
from automation.parts import Language
from automation.rules.asked import handed
from automation.rules.conditions import Facts, asked
from automation.rules.rule import Rule, Rules
from automation.timing.pending import Pending
from automation.timing.watch import is_for


def matching(rules: Rules, recorded: Recorded) -> Iterator[tuple[Rule, bool]]:
    """The rules that were in force when it was recorded, whose trigger it is, and whose ``when`` holds, or was not
    evaluated because it could cost too much: then ``True`` stands beside it.
    """
    candidates = rules.candidates(recorded)
    if not candidates:
        return
    known = Facts.of(recorded, event=handed(recorded.event, rules.asked(recorded.type)))
    for rule in candidates:
        if is_for(rule.id, recorded.event) and (holding := asked(rule.when, known)) is not False:
            yield rule, holding is None


def fired(rules: Rules, recorded: Recorded, language: Language) -> Iterator[Pending]:
    """What the event fires."""
    for rule, beyond in matching(rules, recorded):
        found = (firing(rule, action, recorded, language) for action in rule.actions)
        yield from (replace(one, over_limit=True) for one in found) if beyond else found


def firing(rule: Rule, action: Action, recorded: Recorded, language: Language) -> Pending:
    """The firing of one action. An effect of an effect is one deeper than what caused it."""
    before = getattr(recorded.event, "cause", None)
    cause = Cause(
        rule=rule.id,
        rule_version=rule.version,
        action=action.id,
        event_id=recorded.id,
        event_type=recorded.type,
        depth=(before.depth if isinstance(before, Cause) else 0) + 1,
    )
    return Pending(Firing(cause, recorded, language), action, rule.where, rule.per_customer, rule.compute)
