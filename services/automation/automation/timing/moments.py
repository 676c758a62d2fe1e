"""The instant at which an action is done. Pure: what may change comes in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from events.hours import WEEKDAYS, Schedule, instants

from automation.timing.when import Timing

MOST_ABSENCES = 50
Absence = tuple[datetime, datetime]
"""From when until before when."""


@dataclass(frozen=True, slots=True)
class Hours:
    """When somebody works: windows of the week, days off, and absences."""

    schedule: Schedule
    absences: Sequence[Absence] = ()

    def opens_at(self, at: datetime) -> datetime:
        """The first instant of work from ``at`` on; ``at`` itself where there is none in 400 days."""
        found = self.schedule.opens_at(at)
        for _ in range(MOST_ABSENCES):
            away = [ends for starts, ends in self.absences if found is not None and starts <= found < ends]
            if found is None or not away:
                break
            found = self.schedule.opens_at(max(away))
        return found or at


def moment(timing: Timing, recorded_at: datetime, named: datetime | date | None, clock: ZoneInfo) -> datetime | None:
    """When an action is due by its rule, working hours apart; None where the date that it is counted from is missing.

    ``named`` is what ``timing.field`` holds.
    """
    start = named if timing.field else recorded_at
    if start is None:
        return None
    sign = -1 if timing.before else 1
    span = timing.span
    days = sign * timedelta(days=span.days)
    if isinstance(start, datetime):
        wall = start.astimezone(clock).replace(tzinfo=None)
        found = first(wall + days, clock) if span.days else start.astimezone(UTC)
    else:
        found = first(datetime.combine(start, time()) + days, clock)
    found += sign * timedelta(hours=span.hours, minutes=span.minutes)
    if timing.at is None:
        return found
    counts_days = not isinstance(start, datetime) or bool(span.days)
    return _at(timing, found, clock, of_that_day=counts_days and not (span.hours or span.minutes))


def _at(timing: Timing, found: datetime, clock: ZoneInfo, *, of_that_day: bool) -> datetime:
    day = found.astimezone(clock).date()
    shown = time.fromisoformat(timing.at or "00:00")
    if not of_that_day and first(datetime.combine(day, shown), clock) < found:
        day += timedelta(days=1)
    if timing.weekday:
        day += timedelta(days=(WEEKDAYS.index(timing.weekday) - day.weekday()) % 7)
    return first(datetime.combine(day, shown), clock)


def first(wall: datetime, clock: ZoneInfo) -> datetime:
    """The first instant at which the clock on the wall shows this, or is set forward past it."""
    return min(instants(wall, clock))
