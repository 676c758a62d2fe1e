"""The HTTP API of managers' tasks: list, read, and the commands.

One task is read from its stream, so whoever gets an answer reads what he wrote; the list is read from a table that the
consumer fills, and follows within moments.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from events.auth import CurrentPrincipal, Principal, require
from events.calls import IfMatch, cause_of_call, expected_version
from events.contracts.automation import TaskCreated
from events.cursor import Cursor, Limit, read_cursor, write_cursor
from events.decider import Decision, Rejected, execute
from events.keys_client import KeysUnavailable
from events.privacy import Keys
from events.problems import Conflict, FieldError, Invalid, NotFound, StaleVersion
from events.sealed import Sealed
from events.sqlfile import sql
from events.store import Conflict as Moved
from events.store import Store, deterministic_id
from fastapi import APIRouter, Depends, Header, Query, Response
from pydantic import AwareDatetime
from uuid_utils.compat import uuid7

from automation import domain
from automation.react import _SQL
from automation.rules import Language
from automation.tasks_models import Assignment, Completion, NewTask, State, Task, TaskDetails, TaskPage

IdempotencyKey = Annotated[
    str | None, Header(max_length=200, description="The same key makes the same task; a repeat is answered with it.")
]

TITLES: dict[domain.TaskKind, tuple[str, str]] = {
    "first_contact": ("Связаться с клиентом", "Contact the customer"),
    "call_back": ("Перезвонить", "Call back"),
    "call": ("Позвонить", "Call"),
    "meeting": ("Встреча", "Meeting"),
    "send_offer": ("Отправить предложение", "Send an offer"),
    "follow_up": ("Напомнить о себе", "Follow up"),
    "other": ("Задача", "Task"),
}
"""Titles of tasks made by hand, ru and en. Free words go to the comment, which is sealed."""


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
        except Moved:
            if version is not None:
                raise StaleVersion(f"The task is not at version {version} any more.") from None
            raise

    async def read(self, task_id: UUID, principal: Principal) -> TaskDetails:
        """The task as its stream tells it. Raises ``NotFound``."""
        history = await self.store.load(task_id)
        events = [entry.event for entry in history]
        task = domain.TASK.fold(events)
        if isinstance(task, domain.NotCreated):
            raise NotFound("There is no such task.")
        completed = task if isinstance(task, domain.Completed) else None
        created = task.created
        follows = [event.follows_responsible for event in events if hasattr(event, "follows_responsible")]
        details = TaskDetails(
            **created.model_dump(include={"kind", "title", "due_at", "customer_id", "lead_id", "deal_id"}),
            task_id=task_id,
            version=len(history),
            state="completed" if completed else "open",
            assignee=task.assignee,
            follows_responsible=follows[-1],
            result=completed.result if completed else None,
            cause=created.cause,
            created_at=history[0].occurred_at,
            completed_at=history[-1].occurred_at if completed else None,
        )
        return details.model_copy(update=await self._texts(created, completed, principal))

    async def _texts(
        self, created: TaskCreated, completed: domain.Completed | None, principal: Principal
    ) -> dict[str, Any]:
        sealed = {"comment": created.comment, "result_comment": completed.comment if completed else None}
        if created.customer_id is None or not any(sealed.values()):
            return {}
        if "customers:read" not in principal.permissions:
            return {"texts": "not_allowed"}
        try:
            key = (await self.keys.read([created.customer_id])).get(created.customer_id)
        except KeysUnavailable:
            return {"texts": "unavailable"}
        if key is None:
            return {"texts": "erased"}
        return {name: key.open(text) for name, text in sealed.items() if text}

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

    async def page(self, filters: Sequence[Any], cursor: str | None, limit: int) -> TaskPage:
        """A page of tasks by (due_at, task_id)."""
        rows = await self.store.pool.fetch(sql("list_tasks", _SQL), *filters, *read_cursor(cursor), limit + 1)
        tasks = [Task(**{**row, "cause": orjson.loads(row["cause"]) if row["cause"] else None}) for row in rows[:limit]]
        more = len(rows) > limit
        return TaskPage(tasks=tasks, next=write_cursor(tasks[-1].due_at, tasks[-1].task_id) if more else None)


def router(tasks: Tasks) -> APIRouter:
    """The routes under /tasks."""
    routes = APIRouter(prefix="/tasks", tags=["tasks"])

    @routes.get("", dependencies=[Depends(require("tasks:read"))], summary="Tasks, by the time they are due")
    async def list_tasks(
        assignee: Annotated[str | None, Query(max_length=100)] = None,
        state: State | None = None,
        due_before: AwareDatetime | None = None,
        lead_id: UUID | None = None,
        customer_id: UUID | None = None,
        cursor: Cursor = None,
        limit: Limit = 100,
    ) -> TaskPage:
        return await tasks.page((assignee, state, due_before, lead_id, customer_id), cursor, limit)

    @routes.get("/{task_id}", dependencies=[Depends(require("tasks:read"))], summary="One task")
    async def read_task(task_id: UUID, principal: CurrentPrincipal) -> TaskDetails:
        return await tasks.read(task_id, principal)

    @routes.post(
        "",
        status_code=201,
        dependencies=[Depends(require("tasks:write"))],
        summary="Make a task by hand",
        responses={200: {"model": TaskDetails, "description": "A repeat: the task is there already."}},
    )
    async def create_task(
        body: NewTask, principal: CurrentPrincipal, response: Response, idempotency_key: IdempotencyKey = None
    ) -> TaskDetails:
        task_id = deterministic_id("task", principal.actor, idempotency_key) if idempotency_key else uuid7()
        title = TITLES[body.kind][0 if tasks.language == "ru" else 1]
        comment = await tasks.seal(body.customer_id, body.comment)
        command = domain.Create(task_id, title=title, comment=comment, **body.model_dump(exclude={"comment"}))
        decision = await tasks.run(task_id, command, principal)
        if decision.appended is None:
            response.status_code = 200
        response.headers["Location"] = f"/tasks/{task_id}"
        return await tasks.read(task_id, principal)

    @routes.post("/{task_id}/complete", dependencies=[Depends(require("tasks:write"))], summary="Complete a task")
    async def complete_task(
        task_id: UUID, body: Completion, principal: CurrentPrincipal, if_match: IfMatch = None
    ) -> TaskDetails:
        known = await tasks.read(task_id, principal)
        comment = await tasks.seal(known.customer_id, body.comment)
        await tasks.run(task_id, domain.Complete(body.result, comment), principal, if_match)
        return await tasks.read(task_id, principal)

    @routes.post("/{task_id}/assign", dependencies=[Depends(require("tasks:write"))], summary="Give a task to somebody")
    async def assign_task(
        task_id: UUID, body: Assignment, principal: CurrentPrincipal, if_match: IfMatch = None
    ) -> TaskDetails:
        await tasks.run(task_id, domain.Assign(body.assignee), principal, if_match)
        return await tasks.read(task_id, principal)

    return routes
