"""The action that gives a customer, a lead or a deal to another manager."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from events.contracts.automation import (
    CustomerResponsibleRequested,
    DealReassignmentRequested,
    LeadAssignmentRequested,
    ManagerChoiceRequested,
)
from events.event import Event
from pydantic import Field

from automation.actions.asking import Subject, asked, lacking
from automation.actions.choosing import Choose
from automation.actions.effect import Effect, Firing, Known, Timed


class ChangeResponsible(Timed):
    """Asks leads or deals for another manager: the one named, or one who is chosen. Of a customer the open leads go
    along unless ``with_leads`` is false, and deals follow as they do when a person hands a customer over.
    """

    do: Literal["change_responsible"]
    of: Subject = "deal"
    manager: str | None = Field(None, min_length=1, max_length=100)
    choose: Choose | None = None
    with_leads: bool = True

    def faults(self, event: type[Event], known: Known) -> Iterator[str]:
        """A trigger without such a subject; nobody named, or one named and to be chosen."""
        yield from lacking(event, self.of)
        if (self.manager is None) == (self.choose is None):
            yield ".manager: name a manager, or say how to choose one"

    def effect(self, firing: Firing) -> Effect:
        """The request."""
        subject_id = firing.subject(f"{self.of}_id")
        if subject_id is None:
            return firing.suppressed(f"no_{self.of}")
        named = {f"{self.of}_id": subject_id}
        if self.choose:
            choice = ManagerChoiceRequested(
                choice_id=firing.effect_id,
                choice=self.choose.asked(),
                with_leads=self.with_leads,
                cause=firing.cause,
                **named,
            )
            return asked(firing, choice)
        told: dict[str, Any] = {"request_id": firing.effect_id, "manager_id": self.manager, "cause": firing.cause}
        match self.of:
            case "deal":
                return asked(firing, DealReassignmentRequested(**named, **told))
            case "lead":
                return asked(firing, LeadAssignmentRequested(**named, **told))
        return asked(firing, CustomerResponsibleRequested(**named, **told, with_leads=self.with_leads))
