"""Managers' tasks."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from events.contracts.automation.choosing import ManagerChoice
from events.contracts.cause import Cause
from events.event import Event
from events.sealed import Sealed

TaskPriority = Literal["low", "normal", "high", "urgent"]


class TaskCreated(Event):
    """Work for a person. The title comes from the rule and holds no personal data.

    With ``follows_responsible`` its assignee is whoever is responsible for the lead, now and after a change; with a
    ``choice`` one is chosen who is told by ``task.assigned.v1``. Without ``priority`` it is normal.
    """

    type: ClassVar[str] = "task.created.v1"

    task_id: UUID
    kind: str
    title: str
    due_at: datetime
    assignee: str | None = None
    follows_responsible: bool = False
    customer_id: UUID | None = None
    lead_id: UUID | None = None
    deal_id: UUID | None = None
    cause: Cause | None = None
    comment: Sealed[str] | None = None
    priority: TaskPriority | None = None
    remind_at: datetime | None = None
    choice: ManagerChoice | None = None


class TaskAssigned(Event):
    """The task has a new assignee; ``follows_responsible`` as in :class:`TaskCreated`, from now on."""

    type: ClassVar[str] = "task.assigned.v1"

    task_id: UUID
    assignee: str
    previous_assignee: str | None = None
    follows_responsible: bool = False
    cause: Cause | None = None


class TaskCompleted(Event):
    """The work was done; ``result`` is from a list. ``kind`` and what it was about are the task's."""

    type: ClassVar[str] = "task.completed.v1"

    task_id: UUID
    result: str
    comment: Sealed[str] | None = None
    kind: str | None = None
    customer_id: UUID | None = None
    lead_id: UUID | None = None
    deal_id: UUID | None = None
    cause: Cause | None = None


class TaskRescheduled(Event):
    """The task is due at another time; ``remind_at`` is when its assignee is to be reminded from now on, if at all."""

    type: ClassVar[str] = "task.rescheduled.v1"

    task_id: UUID
    due_at: datetime
    previous_due_at: datetime
    remind_at: datetime | None = None


class TaskPrioritised(Event):
    """The task became more or less urgent."""

    type: ClassVar[str] = "task.prioritised.v1"

    task_id: UUID
    priority: TaskPriority
    previous_priority: TaskPriority


class TaskCommented(Event):
    """Somebody added words to the task."""

    type: ClassVar[str] = "task.commented.v1"

    task_id: UUID
    comment: Sealed[str]
    customer_id: UUID


class TaskReminded(Event):
    """The moment came at which the assignee is to be reminded; once for each ``remind_at``. ``cause`` is the task's."""

    type: ClassVar[str] = "task.reminded.v1"

    task_id: UUID
    remind_at: datetime
    assignee: str | None = None
    customer_id: UUID | None = None
    lead_id: UUID | None = None
    deal_id: UUID | None = None
    cause: Cause | None = None


class TaskOverdue(Event):
    """The task was open when the time came at which it was due; once for each ``due_at``. ``cause`` is the task's."""

    type: ClassVar[str] = "task.overdue.v1"

    task_id: UUID
    due_at: datetime
    assignee: str | None = None
    customer_id: UUID | None = None
    lead_id: UUID | None = None
    deal_id: UUID | None = None
    cause: Cause | None = None
