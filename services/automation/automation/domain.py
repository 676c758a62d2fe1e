"""A manager's task: what can be done with it, and when it refuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from events.contracts.automation import TaskAssigned, TaskCompleted, TaskCreated
from events.decider import Decider, Rejected
from events.event import Event
from events.sealed import Sealed

TaskKind = Literal["first_contact", "call_back", "call", "meeting", "send_offer", "follow_up", "other"]
TaskResult = Literal["done", "no_answer", "call_later", "not_interested", "not_needed"]


@dataclass(frozen=True)
class NotCreated:
    """Nothing is known of the task."""


@dataclass(frozen=True)
class Open:
    """Work to be done. ``created`` says what; ``assignee`` may have changed since."""

    created: TaskCreated
    assignee: str | None


@dataclass(frozen=True)
class Completed:
    """The work was done."""

    created: TaskCreated
    assignee: str | None
    result: str
    comment: Sealed[str] | None


Task = NotCreated | Open | Completed


@dataclass(frozen=True)
class Create:
    """Make a task by hand. One for a lead and for nobody follows whoever is responsible for the lead."""

    task_id: UUID
    kind: TaskKind
    title: str
    due_at: datetime
    assignee: str | None = None
    customer_id: UUID | None = None
    lead_id: UUID | None = None
    deal_id: UUID | None = None
    comment: Sealed[str] | None = None


@dataclass(frozen=True)
class Assign:
    """Give the task to somebody else; it no longer follows the lead's manager."""

    assignee: str


@dataclass(frozen=True)
class Complete:
    """Say what came of the work."""

    result: TaskResult
    comment: Sealed[str] | None = None


Command = Create | Assign | Complete


def decide(command: Command, task: Task) -> Sequence[Event]:
    """The events of a command. Raises ``Rejected`` (already_exists, no_such_task, already_completed)."""
    match command, task:
        case Create(), NotCreated():
            return [_created(command)]
        case Create(), Open(created=created) | Completed(created=created):
            return _same_again(command, created)
        case _, NotCreated():
            raise Rejected("no_such_task", "There is no such task.")
        case Assign(assignee=assignee), Open(created=created, assignee=previous):
            if assignee == previous:
                return []
            return [TaskAssigned(task_id=created.task_id, assignee=assignee, previous_assignee=previous)]
        case Complete(result=result, comment=comment), Open(created=created):
            return [
                TaskCompleted(task_id=created.task_id, result=result, comment=comment, customer_id=created.customer_id)
            ]
        case Complete(result=result), Completed(result=known) if result == known:
            return []
    raise Rejected("already_completed", "The task is completed already.")


def _created(command: Create) -> TaskCreated:
    return TaskCreated(
        task_id=command.task_id,
        kind=command.kind,
        title=command.title,
        due_at=command.due_at,
        assignee=command.assignee,
        follows_responsible=command.assignee is None and command.lead_id is not None,
        customer_id=command.customer_id,
        lead_id=command.lead_id,
        deal_id=command.deal_id,
        comment=command.comment,
    )


def _same_again(command: Create, created: TaskCreated) -> Sequence[Event]:
    """A repeat of the same request makes nothing; sealing is never the same twice, so the comment is not compared."""
    if replace(command, comment=None) != Create(
        task_id=created.task_id,
        kind=created.kind,  # type: ignore[arg-type]
        title=created.title,
        due_at=created.due_at,
        assignee=created.assignee,
        customer_id=created.customer_id,
        lead_id=created.lead_id,
        deal_id=created.deal_id,
    ):
        raise Rejected("already_exists", "This Idempotency-Key was used for another task.")
    return []


def evolve(task: Task, event: Event) -> Task:
    """The task after an event; total."""
    match event, task:
        case TaskCreated(), NotCreated():
            return Open(event, event.assignee)
        case TaskAssigned(), Open():
            return replace(task, assignee=event.assignee)
        case TaskCompleted(), Open(created=created, assignee=assignee):
            return Completed(created, assignee, event.result, event.comment)
    return task


TASK: Decider[Command, Task] = Decider(NotCreated(), decide, evolve)
