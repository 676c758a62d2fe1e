"""What all actions have in common that write to the customer: what is said, to what purpose, how it is requested."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from events.event import Event
from pydantic import Field

from automation.actions.asking import path_faults, said, unknown
from automation.actions.effect import COMPUTED, Effect, Firing, Known, Shape, Timed, value_at
from automation.messages.media import MediumName
from automation.messages.request import SERVICE, request, work
from automation.parts import Name, Slug
from automation.rules.condition_check import is_sealed, type_at


class Writes(Timed):
    """Writes to the customer from a template.

    ``purpose``: ``service`` needs no consent; for any other the customer must have given it, for this medium or all,
    and not taken it back. What is ``urgent`` waits for no hour and counts for no cap. ``values`` are fields of the
    trigger, or computed ones, that the template tells; sealed ones cannot be among them.
    """

    template: Slug
    link: str | None = Field(None, description="The trigger's field with a sealed address that the template tells.")
    values: dict[Name, str] = Field(default_factory=dict, max_length=20)
    purpose: Slug = SERVICE
    urgent: bool = False
    sender: str | None = Field(None, pattern=r"^[^\x00-\x1f<>\"]{1,60}$", description="Name that the customer sees.")

    @abstractmethod
    def ways(self) -> tuple[MediumName, ...]:
        """The media, in order of preference."""

    @property
    def asks(self) -> str | None:
        """The questionnaire that the link leads to."""
        return None

    def gives(self) -> frozenset[str]:
        """The variables of the template that it can count on."""
        given = {"customer.name", "company", "unsubscribe", *(f"values.{name}" for name in self.values)}
        return frozenset(given | ({"link"} if self.link else set()))

    def faults(self, event: type[Event], known: Known) -> Iterator[str]:
        """A template that is not there or cannot be sent so, a trigger without a customer, fields that do not fit."""
        yield from unknown("template", self.template, known.templates)
        if "customer_id" not in event.model_fields:
            yield f": {event.type} has no customer_id, so there is nobody to write to"
        yield from self._unfit(known.shapes.get(self.template, Shape()))
        yield from self._link_faults(event)
        for name, path in self.values.items():
            yield from _value_faults(f".values.{name}", path, event, known)

    def effect(self, firing: Firing) -> Effect:
        """The request of the message, and the work of sending it."""
        customer_id = firing.subject("customer_id")
        if customer_id is None:
            return firing.suppressed("no_customer")
        requested = request(
            firing.effect_id,
            customer_id,
            self.ways(),
            self.template,
            firing.cause,
            link=value_at(firing.event, self.link) if self.link else None,
            purpose=self.purpose,
            urgent=self.urgent or None,
            sender=self.sender,
            values=self._told(firing),
            questionnaire=self.asks,
        )
        origin, at = firing.origin, firing.at
        return Effect(requested.message_id, requested, origin, at, work(requested, at, origin))

    def _told(self, firing: Firing) -> dict[str, str] | None:
        found = {name: said(firing, path) for name, path in self.values.items()}
        return {name: value for name, value in found.items() if value is not None} or None

    def _unfit(self, shape: Shape) -> Iterator[str]:
        if "email" in self.ways() and not shape.letter:
            yield f".template: {self.template} has no letter"
        if not shape.short and (others := [way for way in self.ways() if way != "email"]):
            yield f".template: {self.template} has no short message, which {', '.join(others)} needs"
        for path in sorted(shape.requires - self.gives()):
            yield f".template: {self.template} is not sent without {path}, which the rule does not give"

    def _link_faults(self, event: type[Event]) -> Iterator[str]:
        if self.link is None:
            return
        try:
            kind = type_at(event, self.link)
        except LookupError as error:
            yield f".link: {error}"
            return
        if not is_sealed(kind):
            yield f".link: {self.link} is not sealed, and an address that is for one person must be"


def _value_faults(place: str, path: str, event: type[Event], known: Known) -> Iterator[str]:
    faults = list(path_faults(place, path, event, known))
    yield from faults
    if faults or path.startswith(f"{COMPUTED}."):
        return
    kind = type_at(event, path)
    if not any(kind in (plain, plain | None) for plain in (str, int, Decimal, datetime, date)):
        yield f"{place}: {path} is neither a text, nor a number, nor a time"
