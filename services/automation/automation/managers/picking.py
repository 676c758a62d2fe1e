"""Who of the managers it is to be: the least busy, whose turn it is, or one of the best; pure, and with reasons.

The best are those whose deals went best within a time, of those who closed enough to tell; among them the least busy is
chosen, so that one does not get everything. Who is away, or works in other lines of business, is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from events.contracts.automation import Candidate, ChoiceReason, ManagerChoice
from events.contracts.automation.choosing import Out

MOST_TOLD: Final = 20
"""Candidates that an event names: the one chosen, the best, and then the least busy."""


@dataclass(frozen=True, slots=True)
class Manager:
    """A manager as he stands. ``directions`` empty: he works in all. ``chosen_at``: when somebody chose him last."""

    manager_id: str
    directions: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    department: str | None = None
    weight: int = 1
    is_away: bool = False
    open_tasks: int = 0
    chosen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sales:
    """How a manager's deals went; ``amount`` is that of deals won in one currency."""

    won: int = 0
    lost: int = 0
    amount: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Picked:
    """Who it is, and why."""

    manager_id: str | None
    reason: ChoiceReason
    candidates: tuple[Candidate, ...]


def pick(
    choice: ManagerChoice,
    managers: Sequence[Manager],
    sales: Mapping[str, Sales],
    direction: str | None,
    current: str | None = None,
) -> Picked:
    """Chooses for something of a line of business. ``current`` has it now: one of the best keeps it."""
    among = [one for one in managers if _is_meant(one, choice)]
    best = _best(choice, among, sales) if choice.by == "best" else {}
    told = {one.manager_id: _candidate(one, choice, sales, best, direction) for one in among}
    able = [one for one in among if told[one.manager_id].out is None]
    if choice.by == "best" and current in best:
        return Picked(current, "has_it_already", _named(told, current))
    if not able:
        return Picked(None, "nobody", _named(told, None))
    chosen = min(able, key=_turn if choice.by == "round_robin" else _load).manager_id
    return Picked(chosen, choice.by, _named(told, chosen))


def _is_meant(manager: Manager, choice: ManagerChoice) -> bool:
    return (
        (not choice.managers or manager.manager_id in choice.managers)
        and (not choice.teams or bool(manager.teams & set(choice.teams)))
        and (not choice.departments or manager.department in choice.departments)
    )


def _best(choice: ManagerChoice, managers: Sequence[Manager], sales: Mapping[str, Sales]) -> dict[str, int]:
    """The places of the best, from 1."""
    told = {one.manager_id: sales.get(one.manager_id, Sales()) for one in managers}
    enough = {manager: of for manager, of in told.items() if of.won and of.won + of.lost >= choice.at_least}
    ranked = sorted(enough, key=lambda manager: (-_worth(choice, enough[manager]), manager))
    return {manager: place for place, manager in enumerate(ranked[: choice.top], 1)}


def _worth(choice: ManagerChoice, sales: Sales) -> Decimal:
    match choice.measure:
        case "won_amount":
            return sales.amount
        case "won_share":
            return Decimal(sales.won) / (sales.won + sales.lost)
        case "won_deals":
            return Decimal(sales.won)


def _candidate(
    manager: Manager,
    choice: ManagerChoice,
    sales: Mapping[str, Sales],
    best: Mapping[str, int],
    direction: str | None,
) -> Candidate:
    name = manager.manager_id
    of = sales.get(name, Sales()) if choice.by == "best" else None
    out: Out | None = None
    if direction and manager.directions and direction not in manager.directions:
        out = "other_direction"
    elif manager.is_away:
        out = "away"
    elif of is not None and of.won + of.lost < choice.at_least:
        out = "too_few_deals"
    elif of is not None and name not in best:
        out = "not_among_the_best"
    return Candidate(
        manager_id=name,
        open_tasks=manager.open_tasks,
        place=best.get(name),
        won=of.won if of else None,
        lost=of.lost if of else None,
        amount=of.amount if of and choice.currency else None,
        out=out,
    )


def _load(manager: Manager) -> tuple[float, float, str]:
    return manager.open_tasks / max(manager.weight, 1), _since(manager), manager.manager_id


def _turn(manager: Manager) -> tuple[float, str]:
    return _since(manager), manager.manager_id


def _since(manager: Manager) -> float:
    return manager.chosen_at.timestamp() if manager.chosen_at else 0.0


def _named(told: Mapping[str, Candidate], chosen: str | None) -> tuple[Candidate, ...]:
    def order(one: Candidate) -> tuple[bool, bool, int, int, str]:
        return one.manager_id != chosen, one.out is not None, one.place or MOST_TOLD, one.open_tasks, one.manager_id

    return tuple(sorted(told.values(), key=order)[:MOST_TOLD])
