"""When an action is done: written in a rule as ``timing``. Without it, at once.

The words are those of the market's robots: at once, so long after, so long before a date, at an exact time, and only in
working hours (https://helpdesk.bitrix24.com/open/7359571/). A time that has passed is at once.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal, Self

from events.contracts.leads import Weekday
from events.event import Event
from pydantic import Field, model_validator

from automation.parts import Part

Whose = Literal["business", "responsible"]
EVENT = "event"


class Span(Part):
    """How long after, or before: whole days by the clock on the wall, hours and minutes by the watch.

    ``field`` is the date from which it is counted, as ``event.due_on``, ``deal.expected_on`` or
    ``customer.fields.guarantee_end``; none: when the event was recorded. What waits for a date moves with it.
    """

    minutes: int = Field(0, ge=0, le=525_600)
    hours: int = Field(0, ge=0, le=8_760)
    days: int = Field(0, ge=0, le=3_650)
    field: str | None = Field(None, max_length=200)


class Timing(Part):
    """When an action is done.

    ``at`` is a time of that day where days are counted, else the next such time; ``weekday`` the next such day.
    ``within`` puts off what falls out of working hours to when they begin; ``clock`` says whose wall clock counts.
    """

    after: Span | None = None
    before: Span | None = None
    at: str | None = Field(None, pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["10:00"])
    weekday: Weekday | None = None
    within: Whose | None = None
    clock: Whose = "business"

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        if self.after and self.before:
            raise ValueError("an action is done after or before, not both")
        if self.before and self.before.field is None:
            raise ValueError("before what? name the field with the date")
        if self.weekday and not self.at:
            raise ValueError("a weekday needs a time: at")
        return self

    @property
    def span(self) -> Span:
        """How far from what."""
        return self.before or self.after or Span()

    @property
    def field(self) -> str | None:
        """The date from which it is counted."""
        return self.span.field

    @property
    def follows(self) -> str | None:
        """The variable that holds the date, where it may change while the action waits."""
        root = self.field.partition(".")[0] if self.field else EVENT
        return None if root == EVENT else root


def read_date(value: Any) -> datetime | date | None:
    """The day or the instant that a value of a fact tells; None where it tells none."""
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value) if len(value) == len("2026-01-01") else datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime) and value.tzinfo is None:
        return None
    return value if isinstance(value, date) else None


def value_of(field: str, event: Event, known: dict[str, Any]) -> datetime | date | None:
    """The date that a field names, of the event or of what is known of its subjects."""
    root, *steps = field.split(".")
    value: Any = event if root == EVENT else known.get(root)
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else getattr(value, step, None)
    return read_date(value)
