"""The action that plans a meeting, visit or call with the customer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from events.contracts.automation import InteractionPlanningRequested
from events.contracts.leads.interactions import InteractionKind
from events.event import Event
from pydantic import Field

from automation.actions.asking import asked, lacking
from automation.actions.create_task import MANAGER, Due
from automation.actions.effect import Effect, Firing, Known, Timed


class PlanContact(Timed):
    """Asks leads to plan a contact with the trigger's customer, at ``due``. ``with_manager``: ``manager`` (whom the
    trigger names) or a login; nobody: who has the customer's open lead, else who answers for him.
    """

    do: Literal["plan_contact"]
    kind: InteractionKind = "meeting"
    due: Due = Due()
    with_manager: str | None = Field(None, min_length=1, max_length=100)

    def faults(self, event: type[Event], known: Known) -> Iterator[str]:
        """A trigger without a customer; a manager or a time that it cannot tell."""
        yield from lacking(event, "customer")
        if self.with_manager == MANAGER and "manager_id" not in event.model_fields:
            yield f".with_manager: {event.type} names no manager"
        yield from self.due.faults(event, known)

    def effect(self, firing: Firing) -> Effect:
        """The request."""
        customer_id = firing.subject("customer_id")
        if customer_id is None:
            return firing.suppressed("no_customer")
        named = getattr(firing.event, "manager_id", None) if self.with_manager == MANAGER else self.with_manager
        request = InteractionPlanningRequested(
            request_id=firing.effect_id,
            customer_id=customer_id,
            kind=self.kind,
            planned_at=self.due.at(firing),
            lead_id=firing.subject("lead_id"),
            deal_id=firing.subject("deal_id"),
            manager_id=named,
            cause=firing.cause,
        )
        return asked(firing, request)
