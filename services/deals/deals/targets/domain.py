"""The rules of targets: set, changed for a reason, withdrawn. Pure."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

from events.contracts.deals import TargetChanged, TargetOwnerKind, TargetSet, TargetWithdrawn
from events.decider import Decider, Rejected
from events.event import Event
from events.store import deterministic_id

from deals.targets.measures import MEASURES

_PERIOD: Final = re.compile(r"(20\d\d)(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?")


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is to reach what and when: a target has one for ever. Raises ``Rejected`` for what cannot be."""

    period: str
    owner_kind: TargetOwnerKind
    owner_id: str
    measure: str
    currency: str | None = None

    def __post_init__(self) -> None:
        days_of(self.period)
        measure = MEASURES.get(self.measure)
        if measure is None:
            raise Rejected("unknown_measure", f"There is no measure {self.measure}.")
        if (measure.unit == "money") != (self.currency is not None):
            word = "needs a" if measure.unit == "money" else "has no"
            raise Rejected("currency", f"The measure {self.measure} {word} currency.")
        if (self.owner_kind == "company") != (self.owner_id == ""):
            raise Rejected("owner", "Name the department or manager; the company has no name.")

    @property
    def target_id(self) -> UUID:
        """The same for the same subject."""
        return deterministic_id(
            "target", self.period, self.owner_kind, self.owner_id, self.measure, self.currency or ""
        )


@dataclass(frozen=True, slots=True)
class NoTarget:
    """Nothing was set."""


@dataclass(frozen=True, slots=True)
class Standing:
    """It is to be reached."""

    amount: Decimal


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """It does not hold any more."""


State = NoTarget | Standing | Withdrawn


@dataclass(frozen=True, slots=True)
class SetTarget:
    """``reason`` is needed for a change."""

    subject: Subject
    amount: Decimal
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class WithdrawTarget:
    target_id: UUID
    reason: str


Command = SetTarget | WithdrawTarget


def decide(command: Command, state: State) -> Sequence[Event]:
    """The events of a command. Raises ``Rejected``: ``no_target``, ``reason_required``, ``too_much``."""
    match command, state:
        case SetTarget(), _:
            return _set(command, state)
        case WithdrawTarget(), NoTarget():
            raise Rejected("no_target", "There is no such target.")
        case WithdrawTarget(target_id=target_id, reason=reason), Standing(amount=amount):
            return (TargetWithdrawn(target_id=target_id, previous_amount=amount, reason=reason),)
    return ()


def _set(command: SetTarget, state: State) -> Sequence[Event]:
    subject = command.subject
    if MEASURES[subject.measure].unit == "percent" and command.amount > 100:
        raise Rejected("too_much", "A percentage is 100 at most.")
    if isinstance(state, NoTarget):
        first, last = days_of(subject.period)
        return (
            TargetSet(
                target_id=subject.target_id,
                period=subject.period,
                first_day=first,
                last_day=last,
                owner_kind=subject.owner_kind,
                owner_id=subject.owner_id,
                measure=subject.measure,
                amount=command.amount,
                currency=subject.currency,
            ),
        )
    previous = state.amount if isinstance(state, Standing) else None
    if previous == command.amount:
        return ()
    if command.reason is None:
        raise Rejected("reason_required", "Say why the target is changed.")
    return (
        TargetChanged(
            target_id=subject.target_id, amount=command.amount, previous_amount=previous, reason=command.reason
        ),
    )


def evolve(state: State, event: Event) -> State:
    """The state after an event; total."""
    match event, state:
        case TargetSet(amount=amount), NoTarget():
            return Standing(amount)
        case TargetChanged(amount=amount), Standing() | Withdrawn():
            return Standing(amount)
        case TargetWithdrawn(), Standing():
            return Withdrawn()
    return state


TARGET: Final[Decider[Command, State]] = Decider(NoTarget(), decide, evolve)


def days_of(period: str) -> tuple[date, date]:
    """The first and last day of ``2026-03``, ``2026-Q1`` or ``2026``; raises ``Rejected``."""
    found = _PERIOD.fullmatch(period)
    if found is None:
        raise Rejected("unknown_period", "A period is a month (2026-03), a quarter (2026-Q1) or a year (2026).")
    year, quarter, month = int(found[1]), found[2], found[3]
    if month:
        first, last = int(month), int(month)
    elif quarter:
        first, last = int(quarter) * 3 - 2, int(quarter) * 3
    else:
        first, last = 1, 12
    return date(year, first, 1), date(year, last, monthrange(year, last)[1])
