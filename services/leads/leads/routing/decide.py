"""Whom a lead goes to, and the whole way to that answer. Pure: the same facts, rules, desk and time give the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from leads.channels.codes import IMPORTED
from leads.routing.desk import Desk, Hindrance, Manager, away, hindrance
from leads.routing.models import ByHand, Conditions, Considered, Named, Rule, Ruleset, ToCallList, Tried, Turns

OWN_MANAGER = "own-manager"
"""Name of the step before all rules: a returning customer's own manager."""
SOURCE_DEFAULT = "source-default"
"""Name of the step after all rules: who the leads of the source go to by default."""
NOBODY = "nobody can take it now"


@dataclass(frozen=True, slots=True)
class Facts:
    """What rules may ask of a lead. ``regions`` and ``fields`` are casefolded; they are empty where no rule asks."""

    lead_id: UUID | None
    source: str
    channel: str
    intake: str
    direction: str | None = None
    campaign: str | None = None
    is_returning: bool = False
    is_test: bool = False
    temperature: str | None = None
    category: str | None = None
    own_manager: str | None = None
    default_manager: str | None = None
    is_blacklisted: bool = False
    language: str | None = None
    regions: frozenset[str] = frozenset()
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Given:
    """To a manager; ``explanation`` in plain words. ``turn_of`` is the rule under which it counts as his turn."""

    manager_id: str
    strategy: str
    rule: str
    explanation: str
    turn_of: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """To a call list."""

    call_list: str
    rule: str


@dataclass(frozen=True, slots=True)
class Waits:
    """Nobody can take it before ``until``; then it is asked again."""

    until: datetime
    rule: str


@dataclass(frozen=True, slots=True)
class Unsorted:
    """It stays where it is."""

    why: str


Outcome = Given | Listed | Waits | Unsorted


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome and the steps that led to it."""

    outcome: Outcome
    steps: Sequence[Tried]


def decide(
    facts: Facts, ruleset: Ruleset, desk: Desk, at: datetime, on: Literal["captured", "qualified"] = "captured"
) -> Decision:
    """The first rule that fits and finds somebody decides; where none does, the default responsible of the source."""
    by_hand = _by_hand(facts, ruleset)
    if by_hand is not None:
        return Decision(Unsorted(by_hand), ())
    steps: list[Tried] = []
    if on == "captured" and ruleset.returning_to_own_manager and facts.own_manager is not None:
        outcome, step = _own(facts, desk, at)
        steps.append(step)
        if outcome is not None:
            return Decision(outcome, steps)
    for rule in ruleset.rules:
        if not rule.active or rule.on != on:
            continue
        failed = _failed(rule.when, facts)
        if failed is not None:
            steps.append(Tried(rule=rule.id, failed=failed))
            continue
        outcome, step = _apply(rule, facts, desk, at)
        steps.append(step)
        if outcome is not None:
            return Decision(outcome, steps)
    if on == "captured" and facts.default_manager is not None:
        given, considered = _named(SOURCE_DEFAULT, facts.default_manager, desk, at)
        said = f"given to {given.manager_id}" if given else NOBODY
        steps.append(Tried(rule=SOURCE_DEFAULT, strategy="manager", considered=considered, outcome=said))
        return Decision(given or Unsorted("Nobody was found."), steps)
    return Decision(Unsorted("No rule found anybody."), steps)


def _by_hand(facts: Facts, ruleset: Ruleset) -> str | None:
    """Why no rule is asked, None if they are."""
    if facts.is_blacklisted:
        return "The customer is on the black list."
    if facts.is_test:
        return "The request is a test."
    if facts.direction is not None and facts.direction in ruleset.by_hand_directions:
        return f"Leads of {facts.direction} are given by hand."
    return None


def _failed(when: Conditions, facts: Facts) -> str | None:
    """The first condition that does not hold, in words; None if all hold."""
    if facts.intake in IMPORTED and facts.intake not in when.intakes:
        return "the lead is imported, and the rule does not name imports"
    if when.returning is not None and when.returning != facts.is_returning:
        return "the customer is returning" if facts.is_returning else "the customer is new"
    asked: tuple[tuple[str, Sequence[str], str | None], ...] = (
        ("source", when.sources, facts.source),
        ("channel", when.channels, facts.channel),
        ("intake", when.intakes, facts.intake),
        ("direction", when.directions, facts.direction),
        ("campaign", when.campaigns, facts.campaign),
        ("language", when.languages, facts.language),
        ("temperature", when.temperatures, facts.temperature),
        ("category", when.categories, facts.category),
        *((f"field {name}", values, facts.fields.get(name.casefold())) for name, values in when.fields.items()),
    )
    for what, wanted, value in asked:
        if wanted and value not in wanted:
            # Values of the sealed request stay out of the explanation.
            shown = "another" if what.startswith("field") else value
            return f"{what} is {'not known' if value is None else shown}, wanted: {', '.join(wanted)}"
    if when.regions and not facts.regions & set(when.regions):
        return f"region is {'another' if facts.regions else 'not known'}, wanted: {', '.join(when.regions)}"
    return None


def _own(facts: Facts, desk: Desk, at: datetime) -> tuple[Outcome | None, Tried]:
    """The own manager gets his customer whatever his hours and load; in his absence the deputy does."""
    assert facts.own_manager is not None
    step = Tried(rule=OWN_MANAGER, strategy="own_manager")
    chosen, stands_in, considered = _there(facts.own_manager, facts.direction, desk, at)
    step.considered = considered
    if chosen is None:
        step.outcome = "not there, and no deputy is"
        return None, step
    step.outcome = f"given to {chosen.id}"
    why = f"deputy of {facts.own_manager}, whose customer" if stands_in else "the manager whose customer"
    given = Given(chosen.id, "own_manager", OWN_MANAGER, f"Returning customer: {chosen.name} is {why} this is.")
    return given, step


def _apply(rule: Rule, facts: Facts, desk: Desk, at: datetime) -> tuple[Outcome | None, Tried]:
    step = Tried(rule=rule.id, strategy=rule.to.strategy)
    outcome: Outcome | None
    hindrances: list[Hindrance] = []
    match rule.to:
        case ByHand():
            outcome = Unsorted(f"Rule {rule.id}: given by hand.")
        case ToCallList(call_list=call_list):
            outcome = Listed(call_list, rule.id)
            step.outcome = f"put on the call list {call_list}"
        case Named(manager_id=manager_id):
            outcome, step.considered = _named(rule.id, manager_id, desk, at)
            named = desk.managers.get(manager_id)
            hindrances = [gone] if named and (gone := away(named, at)) else []
        case Turns():
            outcome, step.considered, hindrances = _turn(rule.id, rule.to, facts, desk, at)
    if isinstance(outcome, Given):
        step.outcome = f"given to {outcome.manager_id}"
    elif outcome is None:
        step.outcome = NOBODY
        outcome = _otherwise(rule, hindrances)
    return outcome, step


def _named(rule: str, manager_id: str, desk: Desk, at: datetime) -> tuple[Given | None, list[Considered]]:
    chosen, stands_in, considered = _there(manager_id, None, desk, at)
    if chosen is None:
        return None, considered
    why = f"names {manager_id}, and {chosen.name} is the deputy" if stands_in else f"names {chosen.name}"
    who = "The source" if rule == SOURCE_DEFAULT else f"Rule {rule}"
    return Given(chosen.id, "manager", rule, f"{who} {why}."), considered


def _otherwise(rule: Rule, hindrances: Sequence[Hindrance]) -> Outcome | None:
    if rule.otherwise == "next_rule":
        return None
    moments = [one.until for one in hindrances if one.until is not None]
    if rule.otherwise == "wait" and moments:
        return Waits(min(moments), rule.id)
    return Unsorted(f"Rule {rule.id}: nobody can take it now.")


def _there(
    manager_id: str, direction: str | None, desk: Desk, at: datetime
) -> tuple[Manager | None, bool, list[Considered]]:
    """The manager if he is there, else the deputy of his absence, and whether it is the deputy."""
    considered: list[Considered] = []
    manager = desk.managers.get(manager_id)
    for candidate, stands_in in ((manager, False), (_deputy(manager, desk, at), True)):
        if candidate is None:
            continue
        out = away(candidate, at)
        if out is None and direction is not None and candidate.directions and direction not in candidate.directions:
            out = Hindrance(f"does not get the line of business {direction}")
        considered.append(_considered(candidate, out))
        if out is None:
            return candidate, stands_in, considered
    return None, False, considered


def _deputy(manager: Manager | None, desk: Desk, at: datetime) -> Manager | None:
    absence = manager.absence_at(at) if manager is not None else None
    return desk.managers.get(absence.deputy_id) if absence and absence.deputy_id else None


def _turn(
    rule: str, target: Turns, facts: Facts, desk: Desk, at: datetime
) -> tuple[Given | None, list[Considered], list[Hindrance]]:
    pool = [(one, hindrance(one, at, facts.direction, facts.source, facts.language)) for one in desk.chosen_by(target)]
    considered = [_considered(one, out) for one, out in pool]
    free = [one for one, out in pool if out is None]
    if not free:
        return None, considered, [out for _, out in pool if out is not None]
    among = f"among {len(free)} of {len(pool)} managers who can take it"
    if target.strategy == "least_busy":
        chosen = min(free, key=lambda one: (one.load, one.last, one.id))
        why = f"Least busy: {chosen.name} has the fewest leads in work ({chosen.load}) {among}."
        return Given(chosen.id, "least_busy", rule, why), considered, []
    chosen = min(free, key=lambda one: (desk.next_start(rule, one), one.last, one.id))
    share = f", weight {chosen.weight}" if chosen.weight != 1 else ""
    why = f"Round robin: it is the turn of {chosen.name}{share} {among}."
    return Given(chosen.id, "round_robin", rule, why, turn_of=rule), considered, []


def _considered(manager: Manager, out: Hindrance | None) -> Considered:
    until = out.until.isoformat() if out and out.until else None
    return Considered(manager_id=manager.id, load=manager.load, out=out.why if out else None, until=until)
