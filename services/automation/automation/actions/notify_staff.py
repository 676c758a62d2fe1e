"""The action that tells colleagues something."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from events.contracts.automation import StaffNotificationRequested
from events.event import Event
from pydantic import Field, StringConstraints

from automation.actions.asking import subjects
from automation.actions.effect import Effect, Firing, Known, Timed
from automation.parts import Title
from automation.staff.work import work

Login = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class NotifyStaff(Timed):
    """Puts a line into the feeds of colleagues, and into their mailboxes where they want that: of those named by their
    logins, of the assignee of the trigger's task, and of whoever is responsible for the trigger's deal, lead or
    customer (the first of them that has one).
    """

    do: Literal["notify_staff"]
    text: Title
    to: tuple[Login, ...] = Field((), max_length=50)
    assignee: bool = False
    responsible: bool = False
    by_email: bool = True
    urgent: bool = False

    def faults(self, event: type[Event], known: Known) -> Iterator[str]:
        """Nobody to tell."""
        if not (self.to or self.responsible or self.assignee):
            yield ".to: name logins, or responsible: true, or assignee: true"
        if self.assignee and "assignee" not in event.model_fields:
            yield f".assignee: {event.type} has no assignee"
        if self.responsible and not {"customer_id", "lead_id", "deal_id"} & event.model_fields.keys():
            yield f".responsible: {event.type} names no customer, lead or deal"

    def effect(self, firing: Firing) -> Effect:
        """The request, and the work of telling."""
        assignee = getattr(firing.event, "assignee", None) if self.assignee else None
        told = [*self.to, *([assignee] if assignee else [])]
        requested = StaffNotificationRequested(
            notification_id=firing.effect_id,
            text=self.text.in_(firing.language),
            recipients=tuple(dict.fromkeys(told)),
            responsible=self.responsible,
            by_email=self.by_email,
            urgent=self.urgent,
            **subjects(firing),
            cause=firing.cause,
        )
        return Effect(firing.effect_id, requested, firing.origin, firing.at, work(requested, firing.at, firing.origin))
