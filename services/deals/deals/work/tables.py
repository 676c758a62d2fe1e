"""The tables of work, written in the transaction that appends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from events.sqlfile import sql as _sql
from events.store import Connection

from deals.work.states import NAMES, Accepted, Completed, NoWork, Stage, State

sql = partial(_sql, directory=Path(__file__).parent / "sql")


async def save_works(connection: Connection, works: Sequence[tuple[State, int, datetime]]) -> None:
    """Writes work as (state, stream version, when it was opened)."""
    if not works:
        return
    rows = [_row(state, version, opened_at) for state, version, opened_at in works]
    await connection.execute(sql("works_save"), *map(list, zip(*rows, strict=True)))
    stages = [
        row for state, _, _ in works if not isinstance(state, NoWork) for row in _stages(state.work.stages, state)
    ]
    await connection.execute(sql("stages_save"), *map(list, zip(*stages, strict=True)))


def _row(state: State, version: int, opened_at: datetime) -> tuple[object, ...]:
    if isinstance(state, NoWork):
        raise TypeError("work that was never opened has no row")
    work = state.work
    completed = state if isinstance(state, Completed) else None
    return (
        work.work_id,
        version,
        work.deal_id,
        work.customer_id,
        work.direction,
        work.manager_id,
        work.template,
        NAMES[type(state)],
        opened_at,
        sum(not made for made in work.edits.values()),
        state.accepted_on if isinstance(state, Accepted | Completed) else None,
        completed.completed_on if completed else None,
        completed.guarantee_until if completed else None,
        completed.guarantee_ended if completed else False,
    )


def _stages(stages: dict[str, Stage], state: State) -> list[tuple[object, ...]]:
    assert not isinstance(state, NoWork)
    return [
        (
            state.work.work_id,
            code,
            place,
            stage.plan.title,
            stage.plan.role,
            stage.plan.responsible_id,
            stage.status,
            stage.plan.starts_on,
            stage.plan.due_on,
            stage.started_on,
            stage.finished_on,
            stage.is_overdue,
        )
        for place, (code, stage) in enumerate(stages.items())
    ]
