"""The action that writes a letter to the customer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from events.contracts.automation import MessageRequested
from events.event import Event
from pydantic import Field

from automation.actions.effect import Effect, Firing, Known, Timed, value_at
from automation.messages import sending
from automation.parts import Slug
from automation.rules.condition_check import is_sealed, type_at


class SendEmail(Timed):
    """Writes a letter to the customer from a template."""

    do: Literal["send_email"]
    template: Slug
    link: str | None = Field(None, description="The trigger's field with a sealed address that the template tells.")

    def faults(self, event: type[Event], known: Known) -> Iterator[str]:
        """A template that is not there, a trigger without a customer, an address that everybody could read."""
        if self.template not in known.templates:
            there = ", ".join(sorted(known.templates)) or "none"
            yield f".template: no template is named {self.template}; there are: {there}"
        if "customer_id" not in event.model_fields:
            yield f": {event.type} has no customer_id, so there is nobody to write to"
        if self.link is None:
            return
        try:
            kind = type_at(event, self.link)
        except LookupError as error:
            yield f".link: {error}"
            return
        if not is_sealed(kind):
            yield f".link: {self.link} is not sealed, and an address that is for one person must be"

    def effect(self, firing: Firing) -> Effect:
        """The request of the letter, and the work of sending it."""
        customer_id = firing.subject("customer_id")
        if customer_id is None:
            return firing.suppressed("no_customer")
        requested = MessageRequested(
            message_id=firing.effect_id,
            customer_id=customer_id,
            medium="email",
            template=self.template,
            cause=firing.cause,
            link=value_at(firing.event, self.link) if self.link else None,
        )
        origin, at = firing.origin, firing.at
        return Effect(requested.message_id, requested, origin, at, sending.work(requested, at, origin))
