"""Handing over all open work of a manager: in batches, each of which is a whole transaction.

What is still to be moved are the rows that name him, after the customer reached; so the work can stop anywhere and go
on, and doing it twice changes nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg
from events import tasks
from events.contracts.leads import HandoverCompleted, HandoverRequested
from events.event import Event
from events.privacy import Keyring
from events.problems import Conflict, Invalid, NotFound
from events.sqlfile import sql
from events.store import Append, Cause, Connection, Store, append_all, deterministic_id

from leads.card.commands import appends_of
from leads.card.domain import decider
from leads.card.locked import SQL, Whole, lock
from leads.card.orders import HandOver
from leads.card.responsible import is_active, move_leads
from leads.card.tables import write_customers
from leads.identity.cards import members_of, root_of

TASK = "leads.handover"
BATCH = 200
BATCHES_A_TASK = 50

_INSERT = """
INSERT INTO handovers (id, version, from_manager_id, to_manager_id, reason, customer_ids, directions, requested_at)
VALUES ($1, 1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING 1
"""
_SAVE = """
UPDATE handovers SET reached = coalesce($2, reached), customers = customers + $3, leads = leads + $4,
       remaining = remaining + $5, completed_at = $6::timestamptz,
       version = version + ($6::timestamptz IS NOT NULL)::int
 WHERE id = $1
"""


@dataclass(frozen=True, slots=True)
class NewHandover:
    """``to_manager_id`` None: to those whose turn it is. ``customer_ids`` None: all of his work."""

    handover_id: UUID
    from_manager_id: str
    to_manager_id: str | None
    reason: str
    customer_ids: Sequence[UUID] | None
    directions: Sequence[str] | None


@dataclass
class Dealer:
    """Gives work to who has waited longest of those who take its line of business. ``turns`` is who got some, in order
    of their last.
    """

    waiting: list[tuple[str, Collection[str], int]]
    turns: dict[str, None] = field(default_factory=dict)

    def next(self, direction: str | None) -> str | None:
        """Whose turn it is; None if there is nobody."""
        fit = [one for one in self.waiting if not one[1] or direction is None or direction in one[1]]
        if not fit:
            return None
        chosen = min(fit, key=lambda one: (one[2], one[0]))
        last = max(turn for _, _, turn in self.waiting)
        self.waiting[self.waiting.index(chosen)] = (chosen[0], chosen[1], last + 1)
        self.turns.pop(chosen[0], None)
        self.turns[chosen[0]] = None
        return chosen[0]


class Handovers:
    """Asks for hand-overs, and does them."""

    def __init__(self, store: Store, keyring: Keyring) -> None:
        self.store = store
        self._keyring = keyring

    async def request(self, new: NewHandover, cause: Cause, now: datetime) -> None:
        """Stores the wish and the task that fulfils it; nothing where it was asked before. Raises ``NotFound``,
        ``Invalid`` and ``Conflict``.
        """
        async with self.store.pool.acquire() as connection, connection.transaction():
            await _check(connection, new)
            ids = await _members(connection, new.customer_ids)
            inserted = await connection.fetchval(
                _INSERT,
                new.handover_id,
                new.from_manager_id,
                new.to_manager_id,
                new.reason,
                ids,
                new.directions,
                now,
            )
            if inserted is None:
                return
            await tasks.add(connection, [_task(new.handover_id, None, now, cause)])
            event = HandoverRequested(
                handover_id=new.handover_id,
                from_manager_id=new.from_manager_id,
                to_manager_id=new.to_manager_id,
                reason=new.reason,
                customers=None if new.customer_ids is None else len(new.customer_ids),
            )
            appends = [Append(new.handover_id, 0, (event,), cause, now)]
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
        """Moves a batch; False when there is nothing left to move."""
        async with self.store.pool.acquire() as connection, connection.transaction():
            now = await connection.fetchval("SELECT now()")
            row = await connection.fetchrow("SELECT * FROM handovers WHERE id = $1 FOR UPDATE", handover_id)
            if row is None or row["completed_at"] is not None:
                return False
            found = await connection.fetch(
                sql("handover_batch", SQL),
                row["from_manager_id"],
                row["reached"],
                row["customer_ids"],
                row["directions"],
                BATCH,
            )
            ids = [one["customer_id"] for one in found]
            if not ids:
                appends = [_completed(row, task.cause, now)]
                await connection.execute(_SAVE, handover_id, None, 0, 0, 0, now)
            else:
                appends = await self._move(connection, row, ids, task.cause, now)
                if more_to_come:
                    await tasks.add(connection, [_task(handover_id, ids[-1], now, task.cause)])
            appended = await append_all(connection, appends)
        self.store.count(appends, appended)
        return bool(ids)

    async def _move(
        self, connection: Connection, row: asyncpg.Record, ids: Sequence[UUID], cause: Cause, now: datetime
    ) -> list[Append]:
        """The cards of these customers, and their open leads; a card that nobody can be found for stays."""
        wholes = {whole.root: whole for whole in (await lock(connection, self._keyring, ids)).values()}
        dealer = await self._dealer(connection, row)
        chosen: dict[UUID, tuple[Whole, str]] = {}
        for root, whole in wholes.items():
            to = row["to_manager_id"] or (dealer.next(whole.row["direction"]) if dealer else None)
            if to is not None:
                chosen[root] = whole, to
        decided: dict[UUID, tuple[Whole, Sequence[Event]]] = {
            root: (whole, _decide(whole, to, row)) for root, (whole, to) in chosen.items()
        }
        appends = appends_of(decided, cause, now)
        if appends:
            versions = {append.stream_id: append.expected_version + len(append.events) for append in appends}
            await write_customers(connection, versions, [e for append in appends for e in append.events], now)
        targets = {member: to for whole, to in chosen.values() for member in whole.members}
        leads = await move_leads(
            connection,
            targets,
            f"Handed over from {row['from_manager_id']}: {row['reason']}.",
            cause,
            now,
            from_manager_id=row["from_manager_id"],
            seen=("*",) if row["directions"] is None else row["directions"],
        )
        if dealer is not None and dealer.turns:
            await connection.execute(sql("handover_turns", SQL), list(dealer.turns), now)
        customers = sum(1 for _, events in decided.values() if events)
        left = len(wholes) - len(chosen)
        await connection.execute(_SAVE, row["id"], ids[-1], customers, len(leads), left, None)
        return [*appends, *leads]

    async def _dealer(self, connection: Connection, row: asyncpg.Record) -> Dealer | None:
        if row["to_manager_id"] is not None:
            return None
        found = await connection.fetch(sql("handover_candidates", SQL), row["from_manager_id"])
        return Dealer([(one["id"], one["directions"], one["turn"]) for one in found])


def _decide(whole: Whole, to: str, row: asyncpg.Record) -> Sequence[Event]:
    """A card of another line of business may have a lead of one that is seen: then only the lead goes."""
    seen = row["directions"]
    if whole.card.erased or not (seen is None or whole.directions & {None, *seen}):
        return ()
    return decider(whole.root).decide(HandOver(row["from_manager_id"], to, row["reason"], row["id"]), whole.card)


def _completed(row: asyncpg.Record, cause: Cause, now: datetime) -> Append:
    event = HandoverCompleted(
        handover_id=row["id"],
        from_manager_id=row["from_manager_id"],
        to_manager_id=row["to_manager_id"],
        customers=row["customers"],
        leads=row["leads"],
        left=row["remaining"],
    )
    return Append(row["id"], row["version"], (event,), cause, now)


def _task(handover_id: UUID, reached: UUID | None, now: datetime, cause: Cause) -> tasks.NewTask:
    task_id = deterministic_id(TASK, handover_id, reached or "start")
    return tasks.NewTask(task_id, TASK, {"handover_id": str(handover_id)}, now, cause)


async def _check(connection: Connection, new: NewHandover) -> None:
    if not await connection.fetchval("SELECT true FROM managers WHERE id = $1", new.from_manager_id):
        raise NotFound("There is no such manager.")
    if new.to_manager_id == new.from_manager_id:
        raise Conflict("The work is to go to another manager.", hint="rule: same_manager", code="same_manager")
    if new.to_manager_id is not None and not await is_active(connection, new.to_manager_id):
        raise Invalid("There is no such active manager.", hint="rule: unknown_manager", code="unknown_manager")


async def _members(connection: Connection, ids: Sequence[UUID] | None) -> list[UUID] | None:
    """All members of the cards of these ids."""
    if ids is None:
        return None
    trees = await members_of(connection, set((await root_of(connection, ids)).values()))
    return [member for tree in trees.values() for member in tree]
