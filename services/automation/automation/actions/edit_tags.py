"""The action that puts tags on a card or a deal, and takes them off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from events.contracts.automation import CustomerTagsRequested, DealTagsRequested
from events.event import Event
from pydantic import Field, StringConstraints

from automation.actions.asking import asked, lacking
from automation.actions.effect import Effect, Firing, Known, Timed

Tag = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=1, max_length=50)]


class EditTags(Timed):
    """Asks leads or deals for other tags on the trigger's customer or deal."""

    do: Literal["edit_tags"]
    of: Literal["customer", "deal"] = "customer"
    add: tuple[Tag, ...] = Field((), max_length=20)
    remove: tuple[Tag, ...] = Field((), max_length=20)

    def faults(self, event: type[Event], known: Known) -> Iterator[str]:
        """A trigger without whom to tag, no tag at all, one that is put on and taken off."""
        yield from lacking(event, self.of)
        if not (self.add or self.remove):
            yield ": name tags in add or remove"
        both = sorted({*self.add} & {*self.remove})
        if both:
            yield f".remove: {', '.join(both)} is put on too"
        yield from (f".add: {tag}: a tag has no comma" for tag in (*self.add, *self.remove) if "," in tag)

    def effect(self, firing: Firing) -> Effect:
        """The request."""
        subject_id = firing.subject(f"{self.of}_id")
        if subject_id is None:
            return firing.suppressed(f"no_{self.of}")
        told = {"request_id": firing.effect_id, "add": self.add, "remove": self.remove, "cause": firing.cause}
        if self.of == "deal":
            return asked(firing, DealTagsRequested(deal_id=subject_id, **told))
        return asked(firing, CustomerTagsRequested(customer_id=subject_id, **told))
