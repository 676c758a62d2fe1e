"""Handing over all open deals of a manager: in batches, each of which is a whole transaction.

What is still to be moved are the deals that name him; so the work can stop anywhere and go on, and doing it twice
changes nothing. Every deal tells of it in its own history.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg
from events import tasks
from events.contracts.deals import DealHandoverCompleted, DealHandoverRequested
from events.problems import Conflict
from events.sqlfile import sql as _sql
from events.store import Append, Cause, Connection, append_all, deterministic_id

from deals.deal.batch import Order
from deals.deal.commands import Commands
from deals.deal.orders import HandOverDeal

TASK: Final = "deals.handover"
BATCH: Final = 200
BATCHES_A_TASK: Final = 50

sql = partial(_sql, directory=Path(__file__).parent / "sql")

_INSERT = """
INSERT INTO deal_handovers (handover_id, from_manager_id, to_manager_id, reason, directions, requested_at)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING true
"""
_SAVE = "UPDATE deal_handovers SET deals = deals + $2, completed_at = $3 WHERE handover_id = $1"


@dataclass(frozen=True, slots=True)
class NewHandover:
    """``directions`` are the lines of business whose deals go over; None: all."""

    handover_id: UUID
    from_manager_id: str
    to_manager_id: str
    reason: str
    directions: Sequence[str] | None


class Handovers:
    """Asks for hand-overs, and does them."""

    def __init__(self, commands: Commands) -> None:
        self.commands = commands

    async def request(self, new: NewHandover, cause: Cause, now: datetime) -> None:
        """Stores the wish and the task that fulfils it; nothing where it was asked before. Raises ``Conflict``."""
        if new.from_manager_id == new.to_manager_id:
            raise Conflict("The deals are to go to another manager.", hint="rule: same_manager")
        event = DealHandoverRequested(
            handover_id=new.handover_id,
            from_manager_id=new.from_manager_id,
            to_manager_id=new.to_manager_id,
            reason=new.reason,
        )
        decision = Append(new.handover_id, 0, (event,), cause, now)
        told = (new.handover_id, new.from_manager_id, new.to_manager_id, new.reason, new.directions, now)
        async with self.commands.store.pool.acquire() as connection, connection.transaction():
            if await connection.fetchval(_INSERT, *told) is None:
                return
            await tasks.add(connection, [_task(new.handover_id, 0, now, cause)])
            appended = await append_all(connection, [decision])
        self.commands.store.count([decision], appended)

    async def perform(self, task: tasks.Task) -> Sequence[Append]:
        """The handler of the task: batch after batch; a long one goes on as another task."""
        await self.commands.pipelines.wait()
        for number in range(1, BATCHES_A_TASK + 1):
            if not await self._batch(task, more_to_come=number == BATCHES_A_TASK):
                break
        return ()

    async def _batch(self, task: tasks.Task, more_to_come: bool) -> bool:
        """Moves a batch; False when there is nothing left to move."""
        handover_id, now = UUID(task.payload["handover_id"]), datetime.now(UTC)
        async with self.commands.store.pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(
                "SELECT * FROM deal_handovers WHERE handover_id = $1 FOR UPDATE", handover_id
            )
            if row is None or row["completed_at"] is not None:
                return False
            found = await connection.fetch(sql("deals_to_hand_over"), row["from_manager_id"], row["directions"], BATCH)
            if not found:
                await connection.execute(_SAVE, handover_id, 0, now)
                appends = [_completed(row, task.cause, now)]
            else:
                appends = await self._move(connection, row, [one["deal_id"] for one in found], task.cause, now)
                if more_to_come:
                    await tasks.add(connection, [_task(handover_id, row["deals"] + len(found), now, task.cause)])
            appended = await append_all(connection, appends)
        self.commands.store.count(appends, appended)
        return bool(found)

    async def _move(
        self, connection: Connection, row: asyncpg.Record, ids: Sequence[UUID], cause: Cause, now: datetime
    ) -> list[Append]:
        batch = await self.commands.batch(connection, ids, now)
        command = HandOverDeal(row["from_manager_id"], row["to_manager_id"], row["reason"], row["handover_id"])
        moved = sum(batch.take(Order(deal_id, command, cause)).happened for deal_id in ids)
        await connection.execute(_SAVE, row["handover_id"], moved, None)
        return await self.commands.write(connection, batch)


def _completed(row: asyncpg.Record, cause: Cause, now: datetime) -> Append:
    event = DealHandoverCompleted(
        handover_id=row["handover_id"],
        from_manager_id=row["from_manager_id"],
        to_manager_id=row["to_manager_id"],
        deals=row["deals"],
    )
    return Append(row["handover_id"], 1, (event,), cause, now)


def _task(handover_id: UUID, done: int, now: datetime, cause: Cause) -> tasks.NewTask:
    payload = {"handover_id": str(handover_id)}
    return tasks.NewTask(deterministic_id(TASK, handover_id, done), TASK, payload, now, cause)
