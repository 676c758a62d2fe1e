"""How open tasks would be spread more evenly: moves from who has much, or is away, to who has little; pure.

A load is open tasks divided by the manager's weight. First goes what is with those who are away; then, as long as it
makes two people more equal, a task of the most loaded to the least loaded who works in its line of business. Tasks due
last go first: they are least likely to be begun.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

from automation.managers.picking import Manager

Why = Literal["away", "overloaded"]


@dataclass(frozen=True, slots=True)
class Movable:
    """A task that may go to somebody else."""

    task_id: UUID
    version: int
    assignee: str
    direction: str | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """A task that should; the numbers are open tasks of both before it."""

    task: Movable
    to: str
    why: Why
    has: int
    other_has: int


def balanced(tasks: Sequence[Movable], managers: Mapping[str, Manager], most: int) -> list[Move]:
    """The moves, ``most`` at most, in their order. Tasks stand in the order in which they should go."""
    now = dict(managers)
    of: dict[str, list[Movable]] = {}
    for task in tasks:
        of.setdefault(task.assignee, []).append(task)
    moves: list[Move] = []
    while len(moves) < most and (move := _next(of, now)):
        moves.append(move)
        of[move.task.assignee].remove(move.task)
        for name, more in ((move.task.assignee, -1), (move.to, 1)):
            if manager := now.get(name):
                now[name] = replace(manager, open_tasks=manager.open_tasks + more)
    return moves


def _next(of: Mapping[str, Sequence[Movable]], now: Mapping[str, Manager]) -> Move | None:
    for name in sorted(of, key=lambda name: _urgency(now.get(name), name)):
        manager = now.get(name)
        if manager is None:
            continue
        for task in of[name]:
            for other in _targets(task, now):
                if manager.is_away:
                    return Move(task, other.manager_id, "away", manager.open_tasks, other.open_tasks)
                if _load(other, 1) <= _load(manager, -1):
                    return Move(task, other.manager_id, "overloaded", manager.open_tasks, other.open_tasks)
                break
    return None


def _targets(task: Movable, now: Mapping[str, Manager]) -> Iterator[Manager]:
    """Who could take it, the least loaded first."""
    able = [
        one
        for one in now.values()
        if one.manager_id != task.assignee
        and not one.is_away
        and (not task.direction or not one.directions or task.direction in one.directions)
    ]
    yield from sorted(able, key=lambda one: (_load(one), one.manager_id))


def _urgency(manager: Manager | None, name: str) -> tuple[bool, float, str]:
    return (not manager.is_away, -_load(manager), name) if manager else (True, 0.0, name)


def _load(manager: Manager, more: int = 0) -> float:
    return (manager.open_tasks + more) / max(manager.weight, 1)
