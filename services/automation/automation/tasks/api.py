"""The HTTP API of managers' tasks: list, read, and the commands.

One task is read from its stream, so whoever gets an answer reads what he wrote; the list is read from a table that the
consumer fills, and follows within moments.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from events.auth import CurrentPrincipal, require
from events.calls import IfMatch
from events.cursor import Cursor, Limit
from events.inputs import OfCustomer
from events.problems import FieldError, Invalid, NotFound
from events.store import deterministic_id
from fastapi import APIRouter, Depends, Header, Query, Response
from pydantic import AwareDatetime
from uuid_utils.compat import uuid7

from automation.sight import is_seen
from automation.tasks import domain
from automation.tasks.desk import Tasks
from automation.tasks.models import (
    Assignment,
    Completion,
    Loads,
    Moves,
    Moving,
    NewComment,
    NewTask,
    Prioritising,
    Rescheduling,
    State,
    TaskDetails,
    TaskPage,
)

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


def router(tasks: Tasks) -> APIRouter:
    """The routes under /tasks."""
    routes = APIRouter(prefix="/tasks", tags=["tasks"])
    _many(routes, tasks)
    _one(routes, tasks)
    _changes(routes, tasks)
    return routes


def _many(routes: APIRouter, tasks: Tasks) -> None:
    @routes.get("", dependencies=[Depends(require("tasks:read"))], summary="Tasks, by the time they are due")
    async def list_tasks(
        principal: CurrentPrincipal,
        assignee: Annotated[str | None, Query(max_length=100)] = None,
        state: State | None = None,
        due_before: AwareDatetime | None = None,
        lead_id: UUID | None = None,
        customer_id: OfCustomer = None,
        cursor: Cursor = None,
        limit: Limit = 100,
    ) -> TaskPage:
        return await tasks.page((assignee, state, due_before, lead_id, customer_id), cursor, limit, principal)

    @routes.get("/load", dependencies=[Depends(require("tasks:read"))], summary="Who has how much to do")
    async def read_loads(principal: CurrentPrincipal) -> Loads:
        return await tasks.loads(principal)

    @routes.post("/assign", dependencies=[Depends(require("tasks:write"))], summary="Give many tasks to somebody")
    async def assign_many(body: Moving, principal: CurrentPrincipal) -> Moves:
        return await tasks.move(body, principal)


def _one(routes: APIRouter, tasks: Tasks) -> None:
    @routes.get("/{task_id}", dependencies=[Depends(require("tasks:read"))], summary="One task")
    async def read_task(task_id: UUID, principal: CurrentPrincipal) -> TaskDetails:
        return await tasks.visible(task_id, principal)

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
        about = {"deal": body.deal_id, "lead": body.lead_id, "customer": body.customer_id}
        if not await is_seen(tasks.store.pool, principal, **about):
            raise NotFound("There is no such deal, lead or customer.")
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
        known = await tasks.visible(task_id, principal)
        comment = await tasks.seal(known.customer_id, body.comment)
        await tasks.run(task_id, domain.Complete(body.result, comment), principal, if_match)
        return await tasks.read(task_id, principal)


def _changes(routes: APIRouter, tasks: Tasks) -> None:
    @routes.post("/{task_id}/assign", dependencies=[Depends(require("tasks:write"))], summary="Give a task to somebody")
    async def assign_task(
        task_id: UUID, body: Assignment, principal: CurrentPrincipal, if_match: IfMatch = None
    ) -> TaskDetails:
        await tasks.visible(task_id, principal)
        await tasks.run(task_id, domain.Assign(body.assignee), principal, if_match)
        return await tasks.read(task_id, principal)

    @routes.post("/{task_id}/reschedule", dependencies=[Depends(require("tasks:write"))], summary="Put a task off")
    async def reschedule_task(
        task_id: UUID, body: Rescheduling, principal: CurrentPrincipal, if_match: IfMatch = None
    ) -> TaskDetails:
        await tasks.visible(task_id, principal)
        await tasks.run(task_id, domain.Reschedule(body.due_at, body.remind_at), principal, if_match)
        return await tasks.read(task_id, principal)

    @routes.post(
        "/{task_id}/prioritise", dependencies=[Depends(require("tasks:write"))], summary="Say how urgent it is"
    )
    async def prioritise_task(
        task_id: UUID, body: Prioritising, principal: CurrentPrincipal, if_match: IfMatch = None
    ) -> TaskDetails:
        await tasks.visible(task_id, principal)
        await tasks.run(task_id, domain.Prioritise(body.priority), principal, if_match)
        return await tasks.read(task_id, principal)

    @routes.post(
        "/{task_id}/comments", status_code=201, dependencies=[Depends(require("tasks:write"))], summary="Add a comment"
    )
    async def comment_on_task(
        task_id: UUID, body: NewComment, principal: CurrentPrincipal, if_match: IfMatch = None
    ) -> TaskDetails:
        known = await tasks.visible(task_id, principal)
        if known.customer_id is None:
            fault = FieldError("a comment is sealed with a customer's key, and the task names none", pointer="#/text")
            raise Invalid("The request has faults.", errors=[fault])
        comment = await tasks.seal(known.customer_id, body.text)
        assert comment is not None
        await tasks.run(task_id, domain.Comment(comment), principal, if_match)
        return await tasks.read(task_id, principal)
