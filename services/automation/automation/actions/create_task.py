"""The action that makes a task for a manager."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

from events.contracts.automation import TaskCreated, TaskPriority
from events.event import Event
from pydantic import Field

from automation.actions.asking import path_faults
from automation.actions.choosing import Choose
from automation.actions.effect import COMPUTED, Effect, Firing, Known, Timed
from automation.parts import Part, Title
from automation.rules.condition_check import type_at
from automation.tasks.domain import TaskKind

RESPONSIBLE = "responsible"
MANAGER = "manager"


class Due(Part):
    """When a task is due: so long after the trigger was recorded, or at the time that a field of it, or a computed
    value (``computed.at``), holds.
    """

    minutes: int = Field(0, ge=0, le=525_600)
    hours: int = Field(0, ge=0, le=8_760)
    field: str | None = None

    def faults(self, event: type[Event], known: Known) -> Iterator[str]:
        """A field that the trigger has not, or that is no time."""
        if self.field is None:
            return
        if self.field.startswith(f"{COMPUTED}."):
            yield from path_faults(".due.field", self.field, event, known)
            return
        try:
            kind = type_at(event, self.field)
        except LookupError as error:
            yield f".due.field: {error}"
            return
        if kind not in (datetime, datetime | None):
            yield f".due.field: {self.field} is not a time"

    def at(self, firing: Firing) -> datetime:
        """At once where the field holds no time."""
        if self.field is not None:
            named = firing.value(self.field)
            return named if isinstance(named, datetime) else firing.at
        return firing.at + timedelta(hours=self.hours, minutes=self.minutes)


class CreateTask(Timed):
    """Makes a task for a manager. ``assignee``: ``responsible`` (follows the lead's manager), ``manager`` (whom the
    trigger names) or a fixed login; or ``choose`` says among whom one is chosen when the task is there.
    """

    do: Literal["create_task"]
    kind: TaskKind
    title: Title
    due: Due = Due()
    assignee: str | None = Field(None, min_length=1, max_length=100)
    choose: Choose | None = None
    priority: TaskPriority = "normal"

    def faults(self, event: type[Event], known: Known) -> Iterator[str]:
        """An assignee or a time that the trigger cannot tell."""
        if self.assignee and self.choose:
            yield ".choose: name an assignee or say how to choose one, not both"
        if self.assignee == RESPONSIBLE and "lead_id" not in event.model_fields:
            yield f".assignee: {event.type} has no lead_id, so nobody is responsible"
        if self.assignee == MANAGER and "manager_id" not in event.model_fields:
            yield f".assignee: {event.type} names no manager"
        yield from self.due.faults(event, known)

    def effect(self, firing: Firing) -> Effect:
        """The task."""
        follows = self.assignee == RESPONSIBLE
        created = TaskCreated(
            task_id=firing.effect_id,
            kind=self.kind,
            title=self.title.in_(firing.language),
            due_at=self.due.at(firing),
            assignee=self._assignee(firing),
            follows_responsible=follows,
            customer_id=firing.subject("customer_id"),
            lead_id=firing.subject("lead_id"),
            deal_id=firing.subject("deal_id"),
            cause=firing.cause,
            priority=None if self.priority == "normal" else self.priority,
            choice=self.choose.asked() if self.choose else None,
        )
        return Effect(created.task_id, created, firing.origin, firing.at)

    def _assignee(self, firing: Firing) -> str | None:
        if self.assignee == MANAGER:
            return getattr(firing.event, "manager_id", None)
        return None if self.assignee == RESPONSIBLE else self.assignee
