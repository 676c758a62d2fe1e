"""The action that fills in a custom field of a card or a deal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from events.contracts.automation import CustomerFieldsRequested, DealFieldsRequested
from events.event import Event
from pydantic import Field, JsonValue

from automation.actions.asking import asked, lacking, path_faults, taken
from automation.actions.effect import Effect, Firing, Known, Timed


class ChangeField(Timed):
    """Asks leads or deals for another value of a custom field: ``value`` as it is written, or that of the trigger's
    field ``from_event``; null clears. Whether the field takes it is decided there.
    """

    do: Literal["change_field"]
    of: Literal["customer", "deal"] = "customer"
    field: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    value: JsonValue = None
    from_event: str | None = None

    def faults(self, event: type[Event], known: Known) -> Iterator[str]:
        """A trigger without a customer or a deal, a path that it does not have, two values."""
        yield from lacking(event, self.of)
        if self.from_event is None:
            return
        if self.value is not None:
            yield ".value: give a value or from_event, not both"
        yield from path_faults(".from_event", self.from_event, event)

    def effect(self, firing: Firing) -> Effect:
        """The request."""
        subject_id = firing.subject(f"{self.of}_id")
        if subject_id is None:
            return firing.suppressed(f"no_{self.of}")
        value = taken(firing.event, self.from_event) if self.from_event else self.value
        told = {"request_id": firing.effect_id, "fields": {self.field: value}, "cause": firing.cause}
        if self.of == "deal":
            return asked(firing, DealFieldsRequested(deal_id=subject_id, **told))
        return asked(firing, CustomerFieldsRequested(customer_id=subject_id, **told))
