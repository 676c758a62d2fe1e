"""The action that fills in a custom field of a card, a lead or a deal, or counts it up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from events.contracts.automation import CustomerFieldsRequested, DealFieldsRequested, LeadFieldsRequested
from events.event import Event
from pydantic import Field, JsonValue

from automation.actions.asking import Subject, asked, lacking, number, path_faults, taken
from automation.actions.effect import Effect, Firing, Known, Timed


class ChangeField(Timed):
    """Asks leads or deals for another value of a custom field: ``value`` as it is written, or that of ``from_event``, a
    field of the trigger or a computed value; null clears. Or ``add`` to the number that stands there: an amount, or the
    path of one; whoever owns the field adds, so nothing is lost where two rules do it at once. Whether the field takes
    it is decided there.
    """

    do: Literal["change_field"]
    of: Subject = "customer"
    field: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    value: JsonValue = None
    from_event: str | None = None
    add: Annotated[float, Field(allow_inf_nan=False)] | str | None = None

    def faults(self, event: type[Event], known: Known) -> Iterator[str]:
        """A trigger without such a subject, a path that it does not have, two values."""
        yield from lacking(event, self.of)
        if self.value is not None and self.from_event is not None:
            yield ".value: give a value or from_event, not both"
        if self.add is not None and (self.value is not None or self.from_event is not None):
            yield ".add: change the field or add to it, not both"
        if self.from_event is not None:
            yield from path_faults(".from_event", self.from_event, event, known)
        if isinstance(self.add, str):
            yield from path_faults(".add", self.add, event, known)

    def effect(self, firing: Firing) -> Effect:
        """The request."""
        subject_id = firing.subject(f"{self.of}_id")
        if subject_id is None:
            return firing.suppressed(f"no_{self.of}")
        told: dict[str, Any] = {"request_id": firing.effect_id, "cause": firing.cause, f"{self.of}_id": subject_id}
        if self.add is not None:
            told |= {"fields": {}, "add": {self.field: number(firing, self.add)}}
        else:
            told["fields"] = {self.field: taken(firing, self.from_event) if self.from_event else self.value}
        match self.of:
            case "deal":
                return asked(firing, DealFieldsRequested(**told))
            case "lead":
                return asked(firing, LeadFieldsRequested(**told))
        return asked(firing, CustomerFieldsRequested(**told))
