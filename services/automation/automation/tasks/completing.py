"""Tasks that a rule completes because their reason is gone.

Looked at whenever a wish or a task is heard of, and again with whatever moves a task on: so the order between them does
not matter. A task is done by the first wish that was made after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import asyncpg
from events.contracts.automation import (
    Cause,
    TaskAssigned,
    TaskCommented,
    TaskCompleted,
    TaskCompletionRequested,
    TaskCreated,
    TaskOverdue,
    TaskPrioritised,
    TaskReminded,
    TaskRescheduled,
)
from events.envelope import Recorded
from events.sqlfile import sql
from events.store import Append, Connection
from events.store import Cause as Origin

from automation.actions.effect import ACTOR

_SQL = Path(__file__).parent / "sql"
OF_TASKS = (
    TaskCreated, TaskAssigned, TaskRescheduled, TaskPrioritised, TaskCommented, TaskReminded, TaskOverdue,
)  # fmt: skip


async def complete(connection: Connection, recorded: Sequence[Recorded]) -> Sequence[Append]:
    """The ends of open tasks that rules want to see done."""
    tasks = {entry.stream_id: entry for entry in recorded if isinstance(entry.event, OF_TASKS)}
    wishes = {entry.event.request_id: entry for entry in recorded if isinstance(entry.event, TaskCompletionRequested)}
    if not tasks and not wishes:
        return []
    rows = await connection.fetch(sql("tasks_to_complete", _SQL), list(tasks), list(wishes))
    return [_completed(row, wishes.get(row["request_id"]) or tasks[row["task_id"]]) for row in rows]


def _completed(row: asyncpg.Record, why: Recorded) -> Append:
    event = TaskCompleted(
        task_id=row["task_id"],
        result=row["result"],
        kind=row["kind"],
        customer_id=row["customer_id"],
        lead_id=row["lead_id"],
        deal_id=row["deal_id"],
        cause=Cause.model_validate_json(row["cause"]),
    )
    at = max(row["asked_at"], row["created_at"])
    return Append(
        row["task_id"], row["version"], [event], Origin(ACTOR, why.correlation_id, why.id, why.traceparent), at
    )
