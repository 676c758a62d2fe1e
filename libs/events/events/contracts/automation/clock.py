"""When the firm works, and what hour or date has come."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from events.contracts.leads.routing import WorkingWindow
from events.event import Event


class DayOff(BaseModel):
    """A day on which nobody works."""

    model_config = ConfigDict(frozen=True)

    date: date
    title: str | None = None


class WorkingCalendarSetUp(Event):
    """Working hours and days off, from now on. ``business`` is the firm's own; managers name others."""

    type: ClassVar[str] = "working_calendar.set-up.v1"

    calendar: str
    time_zone: str
    working_hours: tuple[WorkingWindow, ...] = ()
    days_off: tuple[DayOff, ...] = ()


class DateReached(Event):
    """A date came near which ``rule`` watches: ``on`` is the day itself, ``field`` where it stands.

    Once for each rule, subject and day. A birthday tells the day of this year, never that of the birth.
    """

    type: ClassVar[str] = "date.reached.v1"

    occasion_id: UUID
    rule: str
    field: str
    on: date
    days_before: int = 0
    customer_id: UUID | None = None
    deal_id: UUID | None = None
    lead_id: UUID | None = None


class ScheduleReached(Event):
    """The hour came that ``rule`` is to be run at, for one customer or deal, or for the firm as a whole."""

    type: ClassVar[str] = "schedule.reached.v1"

    occasion_id: UUID
    rule: str
    at: datetime
    customer_id: UUID | None = None
    deal_id: UUID | None = None
