"""The action that gives a customer or a deal to another manager."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from events.contracts.automation import CustomerResponsibleRequested, DealReassignmentRequested
from events.event import Event
from pydantic import Field

from automation.actions.asking import asked, lacking
from automation.actions.effect import Effect, Firing, Known, Timed


class ChangeResponsible(Timed):
    """Asks leads or deals for another manager. Of a customer the open leads go along unless ``with_leads`` is false,
    and deals follow as they do when a person hands a customer over.
    """

    do: Literal["change_responsible"]
    of: Literal["customer", "deal"] = "deal"
    manager: str = Field(min_length=1, max_length=100)
    with_leads: bool = True

    def faults(self, event: type[Event], known: Known) -> Iterator[str]:
        """A trigger without a customer or a deal."""
        yield from lacking(event, self.of)

    def effect(self, firing: Firing) -> Effect:
        """The request."""
        subject_id = firing.subject(f"{self.of}_id")
        if subject_id is None:
            return firing.suppressed(f"no_{self.of}")
        told = {"request_id": firing.effect_id, "manager_id": self.manager, "cause": firing.cause}
        if self.of == "deal":
            return asked(firing, DealReassignmentRequested(deal_id=subject_id, **told))
        told["with_leads"] = self.with_leads
        return asked(firing, CustomerResponsibleRequested(customer_id=subject_id, **told))
