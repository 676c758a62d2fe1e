"""What the routes of tasks work with: commands on streams, a task as its stream tells it, pages from the table."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from events import disclosure
from events.auth import Principal
from events.calls import cause_of_call, directions_of, expected_version
from events.contracts.automation import TaskCommented, TaskCompleted, TaskCreated
from events.cursor import read_cursor, write_cursor
from events.decider import Decision, Rejected, execute
from events.envelope import Recorded
from events.keys_client import KeysUnavailable
from events.privacy import Keys
from events.problems import Conflict, FieldError, Invalid, NotFound, StaleVersion
from events.sealed import Sealed
from events.sqlfile import sql
from events.store import Conflict as Contested
from events.store import Store

from automation.parts import Language
from automation.sight import is_seen
from automation.tasks import domain
from automation.tasks.models import Comment, Load, Loads, Moved, Moves, Moving, Task, TaskDetails, TaskPage
from automation.tasks.rights import Reach, reach_of

_SQL = Path(__file__).parent / "sql"
AT_ONCE = 32


@dataclass(frozen=True)
class Tasks:
    """What the routes work with."""

    store: Store
    keys: Keys
    language: Language
    now: Callable[[], datetime]

    async def run(
        self, task_id: UUID, command: domain.Command, principal: Principal, if_match: str | None = None
    ) -> Decision[domain.Task]:
        """Runs a command as the caller; raises ``NotFound``, ``StaleVersion``, ``Rejected``, ``store.Conflict``."""
        version, origin = expected_version(if_match), cause_of_call(principal)
        try:
            return await execute(self.store, domain.TASK, task_id, command, origin, self.now(), version)
        except Rejected as rejected:
            if rejected.code == "no_such_task":
                raise NotFound("There is no such task.") from None
            raise
        except Contested:
            if version is not None:
                raise StaleVersion(f"The task is not at version {version} any more.") from None
            raise

    async def visible(self, task_id: UUID, principal: Principal) -> TaskDetails:
        """The task, if the caller may see and change it. Raises ``NotFound``."""
        task = await self.read(task_id, principal)
        if task.created_by != principal.actor and not await self._reaches(principal, task):
            raise NotFound("There is no such task.")
        return task

    async def _reaches(self, principal: Principal, task: TaskDetails) -> bool:
        if task.assignee == principal.name:
            return True
        about = {"deal": task.deal_id, "lead": task.lead_id, "customer": task.customer_id}
        covered = (await self.reach(principal)).covers(task.assignee)
        return covered and await is_seen(self.store.pool, principal, **about)

    async def reach(self, principal: Principal) -> Reach:
        """Whose tasks the caller may see and change."""
        return await reach_of(self.store.pool, principal)

    async def read(self, task_id: UUID, principal: Principal) -> TaskDetails:
        """The task as its stream tells it, whoever asks. Raises ``NotFound``."""
        history = await self.store.load(task_id)
        events = [entry.event for entry in history]
        task = domain.TASK.fold(events)
        if isinstance(task, domain.NotCreated):
            raise NotFound("There is no such task.")
        completed = task if isinstance(task, domain.Completed) else None
        last = task.last if isinstance(task, domain.Completed) else task
        created = last.created
        follows = [event.follows_responsible for event in events if hasattr(event, "follows_responsible")]
        details = TaskDetails(
            **created.model_dump(include={"kind", "title", "customer_id", "lead_id", "deal_id"}),
            task_id=task_id,
            due_at=last.due_at,
            priority=last.priority,
            remind_at=last.remind_at,
            version=len(history),
            state="completed" if completed else "open",
            assignee=last.assignee,
            follows_responsible=follows[-1],
            result=completed.result if completed else None,
            cause=created.cause,
            created_at=history[0].occurred_at,
            created_by=history[0].actor,
            completed_at=next((entry.occurred_at for entry in history if isinstance(entry.event, TaskCompleted)), None),
        )
        return details.model_copy(update=await self._texts(created, completed, history, principal))

    @disclosure.shown
    async def _texts(
        self,
        created: TaskCreated,
        completed: domain.Completed | None,
        history: Sequence[Recorded],
        principal: Principal,
    ) -> dict[str, Any]:
        sealed = {"comment": created.comment, "result_comment": completed.comment if completed else None}
        added = [(entry, entry.event.comment) for entry in history if isinstance(entry.event, TaskCommented)]
        if created.customer_id is None or not (any(sealed.values()) or added):
            return {}
        if "customers:read" not in principal.permissions:
            return {"texts": "not_allowed"}
        try:
            key = (await self.keys.read([created.customer_id])).get(created.customer_id)
        except KeysUnavailable:
            return {"texts": "unavailable"}
        if key is None:
            return {"texts": "erased"}
        comments = [Comment(at=entry.occurred_at, actor=entry.actor, text=key.open(text)) for entry, text in added]
        return {"comments": comments} | {name: key.open(text) for name, text in sealed.items() if text}

    async def seal(self, customer_id: UUID | None, comment: str | None) -> Sealed[str] | None:
        """The comment, sealed. Raises ``Invalid``, ``Conflict``, and ``KeysUnavailable``."""
        if comment is None:
            return None
        if customer_id is None:
            fault = FieldError("a comment is sealed with a customer's key: name the customer", pointer="#/comment")
            raise Invalid("The request has faults.", errors=[fault])
        key = (await self.keys.read([customer_id])).get(customer_id)
        if key is None:
            raise Conflict("The customer is erased or unknown: nothing can be written about this person.")
        return key.seal(comment)

    async def page(self, filters: Sequence[Any], cursor: str | None, limit: int, principal: Principal) -> TaskPage:
        """A page of tasks by (due_at, task_id)."""
        place, seen = read_cursor(cursor), (await self.reach(principal)).listed
        whose = seen, directions_of(principal), principal.name
        rows = await self.store.pool.fetch(sql("list_tasks", _SQL), *filters, *place, limit + 1, *whose)
        tasks = [listed(row) for row in rows[:limit]]
        more = len(rows) > limit
        return TaskPage(tasks=tasks, next=write_cursor(tasks[-1].due_at, tasks[-1].task_id) if more else None)

    async def loads(self, principal: Principal) -> Loads:
        """The open work of everybody whom the caller may see."""
        seen = (await self.reach(principal)).listed
        whose = seen, directions_of(principal), principal.name
        rows = await self.store.pool.fetch(sql("task_loads", _SQL), self.now(), *whose)
        return Loads(loads=[Load(**row) for row in rows])

    async def move(self, moving: Moving, principal: Principal) -> Moves:
        """Gives tasks to another person, each by itself: one that is done or unknown holds up none of the others."""
        origin, now, reach = cause_of_call(principal), self.now(), await self.reach(principal)

        async def one(task_id: UUID) -> Moved:
            try:
                if not await self._may_move(task_id, reach, principal):
                    raise Rejected("no_such_task", "There is no such task.")
                command = domain.Assign(moving.assignee)
                decision = await execute(self.store, domain.TASK, task_id, command, origin, now)
            except (Rejected, Contested) as refused:
                reason = refused.code if isinstance(refused, Rejected) else "changed_meanwhile"
                return Moved(task_id=task_id, outcome="refused", reason=reason)
            return Moved(task_id=task_id, outcome="moved" if decision.appended else "unchanged")

        # A handful at once: they share commits, and a thousand would take every connection of the pool.
        ids, moved = list(dict.fromkeys(moving.task_ids)), []
        for start in range(0, len(ids), AT_ONCE):
            moved += await asyncio.gather(*(one(task_id) for task_id in ids[start : start + AT_ONCE]))
        return Moves(tasks=moved)

    async def _may_move(self, task_id: UUID, reach: Reach, principal: Principal) -> bool:
        """One that is not there may be, and is then refused."""
        task = domain.TASK.fold([entry.event for entry in await self.store.load(task_id)])
        last = task.last if isinstance(task, domain.Completed) else task
        if isinstance(last, domain.NotCreated) or last.assignee == principal.name:
            return True
        about = {"deal": last.created.deal_id, "lead": last.created.lead_id, "customer": last.created.customer_id}
        return reach.covers(last.assignee) and await is_seen(self.store.pool, principal, **about)


def listed(row: asyncpg.Record) -> Task:
    """A task as its row tells it."""
    return Task(**{**row, "cause": orjson.loads(row["cause"]) if row["cause"] else None})
