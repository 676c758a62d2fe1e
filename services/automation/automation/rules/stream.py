"""The life of a rule that is kept by the service: versions are saved, one of them is switched on, and off. Pure.

A version fires for what is recorded from its being switched on until another one is, or the rule is switched off. Old
versions stay as they were: what they began they end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from events.contracts.automation import RuleDisabled, RuleEnabled, RuleSaved
from events.decider import Decider, Rejected
from events.envelope import Recorded
from events.event import Event
from events.store import deterministic_id


@dataclass(frozen=True, slots=True)
class NoRule:
    """Nothing was saved yet."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A rule: its newest ``version``, which one is ``enabled``, and whether one of the file gave way to it."""

    rule: str
    version: int
    definition: Mapping[str, Any]
    versions: frozenset[int]
    enabled: int | None = None
    takes_over: bool = False
    has_taken_over: bool = False


State = NoRule | Kept


@dataclass(frozen=True, slots=True)
class Save:
    """A version. ``of_file`` is the version of the rule of the same name in the file, if there is one."""

    rule: str
    definition: Mapping[str, Any]
    of_file: int | None = None
    take_over: bool = False


@dataclass(frozen=True, slots=True)
class Enable:
    """That version fires from now on; None: the newest."""

    version: int | None = None


@dataclass(frozen=True, slots=True)
class Disable:
    """None fires."""


Command = Save | Enable | Disable


def decide(command: Command, state: State) -> Sequence[Event]:
    """The events of a command; nothing where it is already so. Raises :class:`events.decider.Rejected`."""
    match command, state:
        case Save(rule=rule, definition=definition, of_file=of_file, take_over=take_over), NoRule():
            if of_file is not None and not take_over:
                raise Rejected("rule_of_file", f"The file of rules has a rule {rule}: say that this one takes it over.")
            first = (of_file or 0) + 1
            saved = RuleSaved(rule=rule, version=first, definition=dict(definition), takes_over=of_file is not None)
            return (saved,)
        case Save(definition=definition), Kept():
            if definition == state.definition:
                return ()
            return (RuleSaved(rule=state.rule, version=state.version + 1, definition=dict(definition)),)
        case _, NoRule():
            raise Rejected("no_rule", "There is no such rule, or it is one of the file: take it over first.")
        case Enable(version=version), Kept():
            wanted = state.version if version is None else version
            if wanted not in state.versions:
                raise Rejected("no_version", f"The rule has no version {wanted}.")
            return () if state.enabled == wanted else (RuleEnabled(rule=state.rule, version=wanted),)
        case Disable(), Kept():
            return _disabled(state)
    raise AssertionError("every command meets every state")


def _disabled(state: Kept) -> Sequence[Event]:
    if state.enabled is not None:
        return (RuleDisabled(rule=state.rule, version=state.enabled),)
    if state.takes_over and not state.has_taken_over:
        return (RuleDisabled(rule=state.rule, version=min(state.versions) - 1),)
    return ()


def evolve(state: State, event: Event) -> State:
    """The state after an event; total."""
    match event, state:
        case RuleSaved(), NoRule():
            versions = frozenset((event.version,))
            return Kept(event.rule, event.version, event.definition, versions, takes_over=event.takes_over)
        case RuleSaved(), Kept():
            versions = state.versions | {event.version}
            return replace(state, version=event.version, definition=event.definition, versions=versions)
        case RuleEnabled(), Kept():
            return replace(state, enabled=event.version, has_taken_over=True)
        case RuleDisabled(), Kept():
            return replace(state, enabled=None, has_taken_over=True)
    return state


RULE: Decider[Command, State] = Decider(NoRule(), decide, evolve)


@dataclass(frozen=True, slots=True)
class Period:
    """The time in which a version fires: ``since`` until before ``until``, by ``recorded_at``."""

    version: int
    since: datetime
    until: datetime | None = None


def periods(history: Iterable[Recorded]) -> list[Period]:
    """When which version fired, in order."""
    found: list[Period] = []
    for entry in history:
        if isinstance(entry.event, RuleEnabled | RuleDisabled):
            if found and found[-1].until is None:
                found[-1] = replace(found[-1], until=entry.recorded_at)
            if isinstance(entry.event, RuleEnabled):
                found.append(Period(entry.event.version, entry.recorded_at))
    return found


def taken_over_at(history: Iterable[Recorded]) -> datetime | None:
    """From when on the rule of the file has given way; None as long as nothing was switched."""
    switched = (entry for entry in history if isinstance(entry.event, RuleEnabled | RuleDisabled))
    return next((entry.recorded_at for entry in switched), None)


def stream_of(rule: str) -> UUID:
    """The stream of a rule."""
    return deterministic_id("rule", rule)
