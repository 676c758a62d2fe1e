"""What the automation service says: managers' tasks, letters, and what it asks of others."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from events.event import Event
from events.sealed import Sealed


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

    With ``follows_responsible`` its assignee is whoever is responsible for the lead, now and after a change.
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


class MessageRequested(Event):
    """A rule decided to write to the customer; a worker will send it once."""

    type: ClassVar[str] = "message.requested.v1"

    message_id: UUID
    customer_id: UUID
    medium: str
    template: str
    cause: Cause | None = None


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
