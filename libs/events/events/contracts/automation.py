"""What the automation service says: managers' tasks, letters, and what it asks of others."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from events.event import Event
from events.sealed import Sealed

TaskPriority = Literal["low", "normal", "high", "urgent"]


class Cause(BaseModel):
    """Why automation acted: the rule, its version and action, and the event that fired it. ``depth`` counts causes."""

    model_config = ConfigDict(frozen=True)

    rule: str
    rule_version: int
    action: str
    event_id: UUID
    event_type: str
    depth: int = 1


class TaskCreated(Event):
    """Work for a person. The title comes from the rule and holds no personal data.

    With ``follows_responsible`` its assignee is whoever is responsible for the lead, now and after a change. Without
    ``priority`` it is normal.
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


class TaskAssigned(Event):
    """The task has a new assignee; ``follows_responsible`` as in :class:`TaskCreated`, from now on."""

    type: ClassVar[str] = "task.assigned.v1"

    task_id: UUID
    assignee: str
    previous_assignee: str | None = None
    follows_responsible: bool = False
    cause: Cause | None = None


class TaskCompleted(Event):
    """The work was done; ``result`` is from a list."""

    type: ClassVar[str] = "task.completed.v1"

    task_id: UUID
    result: str
    comment: Sealed[str] | None = None
    customer_id: UUID | None = None


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


class MessageRequested(Event):
    """A rule decided to write to the customer; a worker will send it once. ``link`` is an address that it tells."""

    type: ClassVar[str] = "message.requested.v1"

    message_id: UUID
    customer_id: UUID
    medium: str
    template: str
    cause: Cause | None = None
    link: Sealed[str] | None = None


class MessageSent(Event):
    """The provider accepted the message; ``message_id`` was the idempotency key."""

    type: ClassVar[str] = "message.sent.v1"

    message_id: UUID
    customer_id: UUID
    medium: str
    template: str
    attempts: int = 1
    cause: Cause | None = None


class MessageFailed(Event):
    """The message will not be sent; ``reason`` is a code without personal data."""

    type: ClassVar[str] = "message.failed.v1"

    message_id: UUID
    customer_id: UUID
    medium: str
    template: str
    reason: str
    cause: Cause | None = None


class MessageOpened(Event):
    """The recipient opened the message, once or again; providers tell, or a picture in the letter was fetched."""

    type: ClassVar[str] = "message.opened.v1"

    message_id: UUID
    customer_id: UUID
    medium: str


class MessageClicked(Event):
    """The recipient followed a link of the message; ``link`` is its place in the template, not an address."""

    type: ClassVar[str] = "message.clicked.v1"

    message_id: UUID
    customer_id: UUID
    medium: str
    link: str | None = None


class RuleSuppressed(Event):
    """A rule matched but its action was withheld (loop guard, cap, no consent): the reason is visible."""

    type: ClassVar[str] = "rule.suppressed.v1"

    suppression_id: UUID
    cause: Cause
    reason: str
    customer_id: UUID | None = None


class DealStageChangeRequested(Event):
    """Automation asks; deals decides."""

    type: ClassVar[str] = "deal.stage-change-requested.v1"

    request_id: UUID
    deal_id: UUID
    to_stage: str
    cause: Cause
