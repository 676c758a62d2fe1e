"""Open tasks spread more evenly, by HTTP: proposed with the reasons, or moved at once."""

from __future__ import annotations

import asyncio
from typing import Literal
from uuid import UUID

import asyncpg
from events.auth import CurrentPrincipal, Principal, require
from events.calls import directions_of
from events.decider import Rejected
from events.inputs import Input, Moment
from events.problems import NotFound, StaleVersion
from events.sqlfile import sql
from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from automation.managers.balancing import Movable, Move, Why, balanced
from automation.managers.office import SQL, managers_now
from automation.managers.picking import Manager
from automation.tasks import domain
from automation.tasks.desk import AT_ONCE, Tasks
from automation.tasks.models import Login

MOST_LOOKED_AT = 5_000
RIGHTS = [Depends(require("tasks:write")), Depends(require("tasks:colleagues"))]


class Balancing(Input):
    """Whose tasks, and which. Nobody named: all whose tasks the caller may work on."""

    assignees: list[Login] = Field(default_factory=list, max_length=500)
    kinds: list[domain.TaskKind] = Field(default_factory=list)
    due_before: Moment | None = None
    of_own_customers: bool = Field(False, description="Also tasks about customers for whom their assignee answers.")
    most: int = Field(100, ge=1, le=1_000, description="Moves at most.")
    apply: bool = Field(False, description="Move them; else they are only proposed.")


class BalancedLoad(BaseModel):
    """What somebody has to do, before the moves and after them."""

    assignee: str
    weight: int = Field(description="Who has twice the weight can do twice as much.")
    is_away: bool
    before: int
    after: int


class ProposedMove(BaseModel):
    """A task, to whom it should go, and why: its assignee is `away`, or `overloaded` with `has` open tasks while the
    other has `other_has`. `outcome`: `changed` if somebody did something with it meanwhile.
    """

    task_id: UUID
    assignee: str
    to: str
    why: Why
    has: int
    other_has: int
    outcome: Literal["proposed", "moved", "changed"] = "proposed"


class Balanced(BaseModel):
    """The moves in their order, each counting those before it; and everybody's load."""

    moves: list[ProposedMove]
    loads: list[BalancedLoad]


def router(tasks: Tasks, pool: asyncpg.Pool) -> APIRouter:
    """``POST /tasks/balance``."""
    routes = APIRouter(prefix="/tasks", tags=["tasks"])

    @routes.post("/balance", dependencies=RIGHTS, summary="Spread open tasks more evenly: proposals, or moves")
    async def balance_tasks(body: Balancing, principal: CurrentPrincipal) -> Balanced:
        managers = await _managers(tasks, pool, body, principal)
        which = list(managers), body.kinds, body.due_before, MOST_LOOKED_AT, body.of_own_customers
        rows = await pool.fetch(sql("tasks_to_balance", SQL), *which, directions_of(principal))
        movable = [Movable(row["task_id"], row["version"], row["assignee"], row["direction"]) for row in rows]
        moves = balanced(movable, managers, body.most)
        told = [_told(move) for move in moves]
        if body.apply:
            told = await _moved(tasks, moves, told, principal)
        return Balanced(moves=told, loads=_loads(managers, told))

    return routes


async def _managers(tasks: Tasks, pool: asyncpg.Pool, body: Balancing, principal: Principal) -> dict[str, Manager]:
    """Those among whom tasks are spread, by name."""
    reach, named = await tasks.reach(principal), frozenset(body.assignees)
    found = await managers_now(pool, tasks.now())
    return {name: one for name, one in found.items() if reach.covers(name) and (not named or name in named)}


async def _moved(tasks: Tasks, moves: list[Move], told: list[ProposedMove], principal: Principal) -> list[ProposedMove]:
    async def one(move: Move, said: ProposedMove) -> ProposedMove:
        try:
            await tasks.run(move.task.task_id, domain.Assign(move.to), principal, f'"{move.task.version}"')
        except (NotFound, StaleVersion, Rejected):
            return said.model_copy(update={"outcome": "changed"})
        return said.model_copy(update={"outcome": "moved"})

    done: list[ProposedMove] = []
    for start in range(0, len(moves), AT_ONCE):
        portion = slice(start, start + AT_ONCE)
        done += await asyncio.gather(*map(one, moves[portion], told[portion]))
    return done


def _told(move: Move) -> ProposedMove:
    about = {"task_id": move.task.task_id, "assignee": move.task.assignee, "to": move.to, "why": move.why}
    return ProposedMove(**about, has=move.has, other_has=move.other_has)


def _loads(managers: dict[str, Manager], moves: list[ProposedMove]) -> list[BalancedLoad]:
    after = {name: one.open_tasks for name, one in managers.items()}
    for move in moves:
        if move.outcome != "changed":
            after[move.assignee] -= 1
            after[move.to] += 1
    return [
        BalancedLoad(assignee=name, weight=one.weight, is_away=one.is_away, before=one.open_tasks, after=after[name])
        for name, one in managers.items()
    ]
