"""Tasks that follow their lead's manager, and those of a customer who is handed over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import asyncpg
from events.contracts.automation import Cause, TaskAssigned, TaskCreated
from events.contracts.leads import CustomerResponsibleChanged, LeadAssigned
from events.envelope import Recorded
from events.sqlfile import sql
from events.store import Append, Connection
from events.store import Cause as Origin

from automation.actions.effect import ACTOR

_SQL = Path(__file__).parent / "sql"


async def follow(connection: Connection, recorded: Sequence[Recorded]) -> Sequence[Append]:
    """Assignments of open tasks to who is responsible now: for the leads, customers and tasks of a batch."""
    tasks = {entry.stream_id: entry for entry in recorded if isinstance(entry.event, TaskCreated | TaskAssigned)}
    leads = {entry.event.lead_id: entry for entry in recorded if isinstance(entry.event, LeadAssigned)}
    customers = {
        entry.event.customer_id: entry for entry in recorded if isinstance(entry.event, CustomerResponsibleChanged)
    }
    decisions = []
    if tasks or leads:
        for row in await connection.fetch(sql("unfollowed_tasks", _SQL), list(tasks), list(leads)):
            why = leads.get(row["lead_id"]) or tasks[row["task_id"]]
            decisions.append(_assigned(row, why, why.recorded_at, follows=True))
    if tasks or customers:
        for row in await connection.fetch(sql("tasks_handed_over", _SQL), list(tasks), list(customers)):
            why = customers.get(row["customer_id"]) or tasks[row["task_id"]]
            # As of the hand-over: what came after it goes on from here, in whatever order the events arrive.
            decisions.append(_assigned(row, why, row["at"], follows=False))
    return decisions


def _assigned(row: asyncpg.Record, why: Recorded, at: datetime, *, follows: bool) -> Append:
    event = TaskAssigned(
        task_id=row["task_id"],
        assignee=row["manager_id"],
        previous_assignee=row["assignee"],
        follows_responsible=follows,
        cause=Cause.model_validate_json(row["cause"]) if row["cause"] else None,
    )
    return Append(
        row["task_id"], row["version"], [event], Origin(ACTOR, why.correlation_id, why.id, why.traceparent), at
    )
