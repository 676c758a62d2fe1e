"""Tasks whose hour comes: a worker looks once a second which are overdue or to be reminded of, and says so once each.

It looks into the table of tasks, so a task that is done or put off in time costs nothing. Many processes may look: each
takes what no other holds. An event is appended on the version that the table knows; where the stream has moved on since
then (with the very event, which the table has not heard of yet), nothing is said, and the next look knows better.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import asyncpg
import orjson
from events.contracts.automation import TaskOverdue, TaskReminded
from events.event import Event
from events.poller import Poller
from events.sqlfile import sql
from events.store import Append, Appended, Cause, Store, append, deterministic_id

from automation.actions.effect import ACTOR

_SQL = Path(__file__).parent / "sql"
PORTION = 500
POLL_SECONDS = 1.0


class FallingDue(Poller):
    """A component; the clock is the database's, whatever that of the process says."""

    def __init__(self, store: Store) -> None:
        super().__init__("automation.falling-due", self.look, POLL_SECONDS)
        self._store = store

    async def look(self, at: datetime | None = None) -> int:
        """Tells of a portion of the tasks whose hour has come by ``at``, or by now; returns of how many."""
        async with self._store.pool.acquire() as connection, connection.transaction():
            now = at or await connection.fetchval("SELECT clock_timestamp()")
            rows = await connection.fetch(sql("tasks_falling_due", _SQL), now, PORTION)
            if not rows:
                return 0
            decisions = [_told(row, now) for row in rows]
            results = await append(connection, decisions)
        self._store.count(decisions, results)
        return sum(isinstance(result, Appended) for result in results)


def _told(row: asyncpg.Record, now: datetime) -> Append:
    about = {name: row[name] for name in ("task_id", "assignee", "customer_id", "lead_id", "deal_id")}
    about["cause"] = orjson.loads(row["cause"]) if row["cause"] else None
    events: list[Event] = []
    if row["is_to_remind"]:
        events.append(TaskReminded(**about, remind_at=row["remind_at"]))
    if row["is_overdue"]:
        events.append(TaskOverdue(**about, due_at=row["due_at"]))
    return Append(row["task_id"], row["version"], events, Cause(ACTOR, deterministic_id(row["task_id"], "hour")), now)
