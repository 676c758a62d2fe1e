"""The managers at a moment: what each may get, whether he is there, how much he has, and whose turn it is. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from events.hours import Schedule

from leads.routing.models import Turns

MOST_WEIGHT: Final = 10
TURN: Final = 2520
"""Length of a turn at weight 1. All weights up to 10 divide it, so shares are whole numbers."""
LIMIT_LOOKS_AGAIN: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Absence:
    """From ``starts`` until before ``ends``."""

    starts: datetime
    ends: datetime
    reason: str
    deputy_id: str | None = None


@dataclass(frozen=True, slots=True)
class Manager:
    """Somebody who gets leads. Empty lists mean everything; ``last`` is the number of his last lead among all given."""

    id: str
    name: str
    schedule: Schedule
    active: bool = True
    department: str | None = None
    teams: frozenset[str] = frozenset()
    directions: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    open_limit: int | None = None
    weight: int = 1
    absences: Sequence[Absence] = ()
    load: int = 0
    last: int = 0

    def absence_at(self, at: datetime) -> Absence | None:
        """The absence that goes on at a moment; of several the one that ends last."""
        here = [absence for absence in self.absences if absence.starts <= at < absence.ends]
        return max(here, key=lambda absence: absence.ends, default=None)


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why a manager cannot take a lead; ``until`` is when to look again, None if waiting would not help."""

    why: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """The last turn of a manager under a rule: where it began and ended in the time of the rule's turns."""

    started: int
    finished: int


@dataclass
class Desk:
    """All managers, and the turns taken under each rule. ``give`` is how it changes while a batch is decided.

    Turns are start-time fair queuing (Goyal, Vin, Cheng: "Start-time Fair Queuing", 1996): a turn lasts 1/weight, the
    next one goes to whom it would begin first for, and who was away begins with the others instead of catching up.
    """

    managers: Mapping[str, Manager]
    turns: dict[str, dict[str, Turn]] = field(default_factory=dict)
    given: int = 0

    def chosen_by(self, target: Turns) -> list[Manager]:
        """The managers a rule chooses from, by id."""
        named, teams, departments = set(target.managers), set(target.teams), set(target.departments)
        everybody = not (named or teams or departments)
        return [
            one
            for _, one in sorted(self.managers.items())
            if everybody or one.id in named or one.teams & teams or one.department in departments
        ]

    def next_start(self, rule: str, manager: Manager) -> int:
        """Where the next turn of a manager under a rule would begin."""
        taken = self.turns.get(rule, {})
        now = max((turn.started for turn in taken.values()), default=0)
        return max(now, taken[manager.id].finished) if manager.id in taken else now

    def give(self, manager_id: str, rule: str | None) -> None:
        """Counts a lead as given; with a rule, as a turn under it."""
        manager = self.managers[manager_id]
        if rule is not None:
            start = self.next_start(rule, manager)
            self.turns.setdefault(rule, {})[manager_id] = Turn(start, start + TURN // manager.weight)
        self.given += 1
        last = max((one.last for one in self.managers.values()), default=0) + 1
        self.managers = {**self.managers, manager_id: replace(manager, load=manager.load + 1, last=last)}


def away(manager: Manager, at: datetime) -> Hindrance | None:
    """Why he gets nothing at all at this moment, or None."""
    if not manager.active:
        return Hindrance("not active")
    if absence := manager.absence_at(at):
        return Hindrance(f"absent ({absence.reason}) until {absence.ends:%Y-%m-%d %H:%M %Z}", absence.ends)
    return None


def hindrance(
    manager: Manager, at: datetime, direction: str | None, source: str, language: str | None
) -> Hindrance | None:
    """Why a manager cannot take such a lead now, or None."""
    if not manager.active:
        return Hindrance("not active")
    if manager.directions and direction is not None and direction not in manager.directions:
        return Hindrance(f"does not get the line of business {direction}")
    if manager.sources and source and source not in manager.sources:
        return Hindrance(f"does not get leads of the source {source}")
    if manager.languages and language is not None and language not in manager.languages:
        return Hindrance(f"does not speak {language}")
    if (gone := away(manager, at)) is not None:
        return gone
    if not manager.schedule.is_open(at):
        opens = manager.schedule.opens_at(at)
        said = f"works again {opens.astimezone(manager.schedule.zone):%Y-%m-%d %H:%M %Z}" if opens else "no hours ahead"
        return Hindrance(f"outside of working hours, {said}", opens)
    if manager.open_limit is not None and manager.load >= manager.open_limit:
        return Hindrance(f"has {manager.load} leads in work, the limit", at + LIMIT_LOOKS_AGAIN)
    return None
