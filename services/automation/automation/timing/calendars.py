"""Who works when: the firm's calendar, and managers' own hours, days off and absences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from events.contracts.automation import WorkingCalendarSetUp
from events.contracts.leads import WorkingWindow
from events.hours import WEEKDAYS, Schedule

from automation.timing.moments import Absence, Hours

BUSINESS: Final = "business"
"""The name of the firm's own calendar."""


def default_calendar(zone: str) -> WorkingCalendarSetUp:
    """The firm's calendar until somebody sets it up: weekdays from 9 to 18."""
    hours = tuple(WorkingWindow(weekday=day, opens="09:00", closes="18:00") for day in WEEKDAYS[:5])
    return WorkingCalendarSetUp(calendar=BUSINESS, time_zone=zone, working_hours=hours)


@dataclass(frozen=True)
class Manager:
    """When a manager works; ``calendar`` names his days off: the firm's, if there is no calendar of that name."""

    time_zone: str
    windows: Sequence[WorkingWindow]
    calendar: str | None
    absences: Sequence[Absence] = ()


@dataclass(frozen=True)
class Calendars:
    """All that is known of working hours."""

    named: Mapping[str, WorkingCalendarSetUp]
    managers: Mapping[str, Manager]

    def of(self, whose: str | None) -> Hours:
        """A manager's hours; the firm's own for a manager who was never set up, and for nobody."""
        firm = self.named[BUSINESS]
        manager = self.managers.get(whose) if whose else None
        if manager is None:
            return Hours(Schedule(ZoneInfo(firm.time_zone), firm.working_hours, _days_off(firm)))
        own = self.named.get(manager.calendar or BUSINESS, firm)
        return Hours(Schedule(ZoneInfo(manager.time_zone), manager.windows, _days_off(own)), manager.absences)


def _days_off(calendar: WorkingCalendarSetUp) -> frozenset[date]:
    return frozenset(day.date for day in calendar.days_off)
