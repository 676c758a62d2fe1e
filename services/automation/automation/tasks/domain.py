"""A manager's task: what can be done with it, and when it refuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from events.contracts.automation import (
    TaskAssigned,
    TaskCommented,
    TaskCompleted,
    TaskCreated,
    TaskPrioritised,
    TaskPriority,
    TaskRescheduled,
)
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
    """Work to be done. ``created`` says what; the rest may have changed since."""

    created: TaskCreated
    assignee: str | None
    due_at: datetime
    priority: TaskPriority = "normal"
    remind_at: datetime | None = None


@dataclass(frozen=True)
class Completed:
    """The work was done. ``last`` is how the task stood before."""

    last: Open
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
    priority: TaskPriority = "normal"
    remind_at: datetime | None = None


@dataclass(frozen=True)
class Reschedule:
    """Do it at another time. Without ``remind_at`` nobody is reminded any more."""

    due_at: datetime
    remind_at: datetime | None = None


@dataclass(frozen=True)
class Prioritise:
    """Make it more or less urgent."""

    priority: TaskPriority


@dataclass(frozen=True)
class Comment:
    """Add words, also to work that is done."""

    comment: Sealed[str]


@dataclass(frozen=True)
class Assign:
    """Give the task to somebody else; it no longer follows the lead's manager."""

    assignee: str


@dataclass(frozen=True)
class Complete:
    """Say what came of the work."""

    result: TaskResult
    comment: Sealed[str] | None = None


Command = Create | Assign | Complete | Reschedule | Prioritise | Comment


def decide(command: Command, task: Task) -> Sequence[Event]:
    """The events of a command.

    Raises ``Rejected`` (already_exists, no_such_task, already_completed, late_reminder, no_customer).
    """
    match command, task:
        case Create(), NotCreated():
            _reminded_in_time(command.due_at, command.remind_at)
            return [_created(command)]
        case Create(), Open(created=created) | Completed(last=Open(created=created)):
            return _same_again(command, created)
        case _, NotCreated():
            raise Rejected("no_such_task", "There is no such task.")
        case Comment(comment=comment), Open(created=created) | Completed(last=Open(created=created)):
            return [_commented(comment, created)]
        case Complete(result=result), Completed(result=known) if result == known:
            return []
        case Complete(result=result, comment=comment), Open(created=created):
            return [_completed(result, comment, created)]
        case _, Open():
            return _changed(command, task)
    raise Rejected("already_completed", "The task is completed already.")


def _completed(result: str, comment: Sealed[str] | None, created: TaskCreated) -> TaskCompleted:
    return TaskCompleted(
        task_id=created.task_id,
        result=result,
        comment=comment,
        kind=created.kind,
        customer_id=created.customer_id,
        lead_id=created.lead_id,
        deal_id=created.deal_id,
    )


def _changed(command: Command, task: Open) -> Sequence[Event]:
    task_id = task.created.task_id
    match command:
        case Assign(assignee=assignee) if assignee != task.assignee:
            return [TaskAssigned(task_id=task_id, assignee=assignee, previous_assignee=task.assignee)]
        case Reschedule(due_at=due_at, remind_at=remind_at) if (due_at, remind_at) != (task.due_at, task.remind_at):
            _reminded_in_time(due_at, remind_at)
            return [TaskRescheduled(task_id=task_id, due_at=due_at, previous_due_at=task.due_at, remind_at=remind_at)]
        case Prioritise(priority=priority) if priority != task.priority:
            return [TaskPrioritised(task_id=task_id, priority=priority, previous_priority=task.priority)]
    return []


def _reminded_in_time(due_at: datetime, remind_at: datetime | None) -> None:
    if remind_at is not None and remind_at > due_at:
        raise Rejected("late_reminder", "The reminder would come after the task is due.")


def _commented(comment: Sealed[str], created: TaskCreated) -> TaskCommented:
    if created.customer_id is None:
        raise Rejected("no_customer", "A comment is sealed with a customer's key, and this task is about nobody.")
    return TaskCommented(task_id=created.task_id, comment=comment, customer_id=created.customer_id)


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
        priority=_unless_normal(command.priority),
        remind_at=command.remind_at,
    )


def _unless_normal(priority: TaskPriority) -> TaskPriority | None:
    return None if priority == "normal" else priority


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
        priority=created.priority or "normal",
        remind_at=created.remind_at,
    ):
        raise Rejected("already_exists", "This Idempotency-Key was used for another task.")
    return []


def evolve(task: Task, event: Event) -> Task:
    """The task after an event; total."""
    match event, task:
        case TaskCreated(), NotCreated():
            return Open(event, event.assignee, event.due_at, event.priority or "normal", event.remind_at)
        case TaskAssigned(), Open():
            return replace(task, assignee=event.assignee)
        case TaskRescheduled(), Open():
            return replace(task, due_at=event.due_at, remind_at=event.remind_at)
        case TaskPrioritised(), Open():
            return replace(task, priority=event.priority)
        case TaskCompleted(), Open():
            return Completed(task, event.result, event.comment)
    return task


TASK: Decider[Command, Task] = Decider(NotCreated(), decide, evolve)
