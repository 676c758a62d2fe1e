"""The life of a hand-over: asked for, done in passes of batches by durable tasks, and given back if it was for a time.

Each batch is a whole transaction. Work that nobody can take yet is asked again when the first who could is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg
from events import tasks
from events.contracts.leads import HandoverCompleted, HandoverRequested
from events.privacy import Keyring
from events.problems import Conflict, FieldError, Invalid, NotFound
from events.sources import Sources
from events.sqlfile import sql
from events.store import Append, Cause, Connection, Store, append_all, deterministic_id

from leads.card.responsible import is_active
from leads.handover.choosing import SQL, Terms
from leads.handover.moving import Moved, Moving, keep_items
from leads.identity.cards import members_of, root_of

TASK: Final = "leads.handover"
RETURN: Final = "leads.handover-return"
BATCHES_A_TASK = 50
LEAST_PAUSE: Final = timedelta(minutes=1)
_NEXT: Final = {"customers": "organisations", "organisations": "contacts"}

_INSERT = """
INSERT INTO handovers (id, version, from_manager_id, to_manager_id, reason, customer_ids, directions, requested_at,
                       starts_at, until)
VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING RETURNING 1
"""
_STAGE = "UPDATE handovers SET stage = $2, reached = NULL WHERE id = $1"
_COMPLETE = "UPDATE handovers SET completed_at = $2, version = version + 1 WHERE id = $1"
_AGAIN = """
UPDATE handovers SET stage = 'customers', reached = NULL, pass = pass + 1, remaining = 0, waiting = 0, wait_until = NULL
 WHERE id = $1 RETURNING pass
"""


@dataclass(frozen=True, slots=True)
class NewHandover:
    """A wish: the terms, from when (None: at once), and for a substitution until when."""

    terms: Terms
    starts_at: datetime | None = None
    until: datetime | None = None


class Handovers:
    """Asks for hand-overs, and does them."""

    def __init__(self, store: Store, keyring: Keyring, sources: Sources) -> None:
        self.store = store
        self.moving = Moving(keyring, sources)

    async def request(self, new: NewHandover, cause: Cause, now: datetime) -> None:
        """Stores the wish and the tasks that fulfil it; nothing where it was asked before. Raises ``NotFound``,
        ``Invalid`` and ``Conflict``.
        """
        terms, starts = new.terms, new.starts_at or now
        assert terms.handover_id is not None
        if new.until is not None and new.until <= max(starts, now):
            raise Invalid(errors=[FieldError("must be later than it starts, and than now", "#/until")])
        async with self.store.pool.acquire() as connection, connection.transaction():
            await check(connection, terms)
            ids = await members(connection, terms.customer_ids)
            asked = (terms.from_manager_id, terms.to_manager_id, terms.reason, ids, terms.directions)
            if not await connection.fetchval(_INSERT, terms.handover_id, *asked, now, new.starts_at, new.until):
                return
            due = [_task(terms.handover_id, ("start",), max(starts, now), cause)]
            if new.until is not None:
                due.append(return_task(terms.handover_id, "until", new.until, cause))
            await tasks.add(connection, due)
            event = HandoverRequested(
                handover_id=terms.handover_id,
                from_manager_id=terms.from_manager_id,
                to_manager_id=terms.to_manager_id,
                reason=terms.reason,
                customers=None if terms.customer_ids is None else len(terms.customer_ids),
                starts_at=new.starts_at,
                until=new.until,
            )
            appends = [Append(terms.handover_id, 0, (event,), cause, now)]
            appended = await append_all(connection, appends)
        self.store.count(appends, appended)

    async def perform(self, task: tasks.Task) -> Sequence[Append]:
        """The handler of the task: batch after batch; a long one goes on as another task."""
        handover_id = UUID(task.payload["handover_id"])
        for number in range(1, BATCHES_A_TASK + 1):
            if not await self._batch(handover_id, task, more_to_come=number == BATCHES_A_TASK):
                break
        return ()

    async def _batch(self, handover_id: UUID, task: tasks.Task, more_to_come: bool) -> bool:
        """Moves a batch; False when there is nothing left to move now."""
        async with self.store.pool.acquire() as connection, connection.transaction():
            now = await connection.fetchval("SELECT now()")
            row = await connection.fetchrow("SELECT * FROM handovers WHERE id = $1 FOR UPDATE", handover_id)
            if row is None or row["completed_at"] is not None:
                return False
            move = getattr(self.moving, row["stage"])
            moved: Moved | None = await move(connection, terms_of(row), row["reached"], task.cause, now)
            goes_on = moved is not None or row["stage"] in _NEXT
            if moved is not None:
                await keep_items(connection, handover_id, moved, now)
                await connection.execute(sql("handover_save", SQL), handover_id, *moved.row())
                appends = moved.appends
            elif goes_on:
                await connection.execute(_STAGE, handover_id, _NEXT[row["stage"]])
                appends = []
            else:
                appends = await self._end_of_pass(connection, row, task.cause, now)
            if more_to_come and goes_on:
                place = (row["pass"], row["stage"], moved.reached if moved else "end")
                await tasks.add(connection, [_task(handover_id, place, now, task.cause)])
            appended = await append_all(connection, appends)
        self.store.count(appends, appended)
        return goes_on

    async def _end_of_pass(
        self, connection: Connection, row: asyncpg.Record, cause: Cause, now: datetime
    ) -> list[Append]:
        if row["waiting"]:
            again = max(row["wait_until"], now + LEAST_PAUSE)
            number = await connection.fetchval(_AGAIN, row["id"])
            await tasks.add(connection, [_task(row["id"], (number,), again, cause)])
            return []
        return await complete(connection, row, cause, now)


async def complete(connection: Connection, row: asyncpg.Record, cause: Cause, now: datetime) -> list[Append]:
    """Says that all that could be moved has changed hands."""
    await connection.execute(_COMPLETE, row["id"], now)
    event = HandoverCompleted(
        handover_id=row["id"],
        from_manager_id=row["from_manager_id"],
        to_manager_id=row["to_manager_id"],
        customers=row["customers"],
        leads=row["leads"],
        left=row["remaining"] + row["waiting"],
        organisations=row["organisations"],
        contacts=row["contacts"],
    )
    return [Append(row["id"], row["version"], (event,), cause, now)]


def terms_of(row: asyncpg.Record) -> Terms:
    """As they were asked for."""
    return Terms(
        row["id"], row["from_manager_id"], row["to_manager_id"], row["reason"], row["customer_ids"], row["directions"]
    )


def _task(handover_id: UUID, place: Sequence[object], due: datetime, cause: Cause) -> tasks.NewTask:
    task_id = deterministic_id(TASK, handover_id, *place)
    return tasks.NewTask(task_id, TASK, {"handover_id": str(handover_id)}, due, cause)


def return_task(handover_id: UUID, why: str, due: datetime, cause: Cause) -> tasks.NewTask:
    """Gives everything back that can be."""
    task_id = deterministic_id(RETURN, handover_id, why)
    return tasks.NewTask(task_id, RETURN, {"handover_id": str(handover_id)}, due, cause)


async def check(connection: Connection, terms: Terms) -> None:
    """Raises ``NotFound``, ``Conflict`` and ``Invalid`` for managers between whom nothing can be handed over."""
    if not await connection.fetchval("SELECT true FROM managers WHERE id = $1", terms.from_manager_id):
        raise NotFound("There is no such manager.")
    if terms.to_manager_id == terms.from_manager_id:
        raise Conflict("The work is to go to another manager.", hint="rule: same_manager", code="same_manager")
    if terms.to_manager_id is not None and not await is_active(connection, terms.to_manager_id):
        raise Invalid("There is no such active manager.", hint="rule: unknown_manager", code="unknown_manager")


async def members(connection: Connection, ids: Sequence[UUID] | None) -> list[UUID] | None:
    """All members of the cards of these ids."""
    if ids is None:
        return None
    trees = await members_of(connection, set((await root_of(connection, ids)).values()))
    return [member for tree in trees.values() for member in tree]
