"""Rules that no event of others fires: a date that comes near, an hour that comes. The clock makes the events.

``date`` belongs to the trigger ``date.reached.v1``, ``schedule`` to ``schedule.reached.v1``; each event is for one
rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal

from cronsim import CronSim, CronSimError
from events.contracts.automation import DateReached, RuleStarted, ScheduleReached
from events.event import Event
from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from automation.parts import Part

BIRTHDAY = "customer.birthday"
Time = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["09:00"])]


def _cron(expression: str) -> str:
    try:
        CronSim(expression, datetime(2026, 1, 1))  # noqa: DTZ001 - the wall clock of the firm
    except CronSimError as error:
        raise ValueError(f"{error}: minute, hour, day of the month, month, day of the week") from None
    if len(expression.split()) != 5:
        raise ValueError("has five parts: minute, hour, day of the month, month, day of the week")
    return expression


class WatchedDate(Part):
    """A date of the card: ``customer.birthday``, ``deal.guarantee_until``, ``customer.fields.wedding`` …

    The rule is fired so many days before it, at a time of the firm's wall clock; with ``yearly``, on each return of the
    day. Once for each date: one that moves fires again, one that comes back does not.
    """

    field: str = Field(pattern=r"^(customer|deal|lead)\.[\w.-]+$", max_length=200)
    days_before: int = Field(0, ge=0, le=365)
    at: Time = "09:00"
    yearly: bool = False

    @property
    def returns(self) -> bool:
        """Does the day come every year?"""
        return self.yearly or self.field == BIRTHDAY


class Schedule(Part):
    """Hours at which a rule is fired: by a cron expression over the firm's wall clock, or once.

    Without ``each``, for the firm as a whole; else for every customer, or every deal, for which ``where`` holds.
    """

    cron: Annotated[str, AfterValidator(_cron)] | None = Field(None, max_length=100, examples=["0 10 * * mon"])
    once: AwareDatetime | None = None
    each: Literal["customer", "deal"] | None = None

    @model_validator(mode="after")
    def _says_when(self) -> Schedule:
        if (self.cron is None) == (self.once is None):
            raise ValueError("say when: cron or once")
        return self


def watch_faults(
    trigger: type[Event], date: WatchedDate | None, schedule: Schedule | None, where: str
) -> Iterator[str]:
    """A clock without its trigger, or a trigger without its clock: ``.date: why``."""
    for name, given, event in (("date", date, DateReached), ("schedule", schedule, ScheduleReached)):
        if (trigger is event) != (given is not None):
            yield f".{name}: belongs to the trigger {event.type}" if given else f".{name}: {event.type} needs it"
    if schedule and schedule.each and not where:
        yield ".where: a schedule for each needs it: it would fire for everybody there is"


_FOR_ONE = frozenset(event.type for event in (DateReached, ScheduleReached, RuleStarted))


def is_for(rule: str, event: Event) -> bool:
    """Is an event of the clock, or of somebody who started a rule, for this rule? All others are for every rule."""
    return event.type not in _FOR_ONE or getattr(event, "rule", None) == rule
