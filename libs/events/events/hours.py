"""Working hours: windows of the week by a wall clock, days off, and the instants they mean. Pure.

A wall clock that is set forward leaves out times, one that is set back shows times twice. Whether somebody works is
asked of the wall clock, so a window that is left out is not worked and one that is shown twice is worked twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from events.contracts.leads import Weekday, WorkingWindow

WEEKDAYS: Final[Sequence[Weekday]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_DAYS_AHEAD: Final = 400
MINUTES_OF_A_DAY: Final = 24 * 60


def minutes(text: str) -> int:
    """Minutes since midnight of ``HH:MM``, up to ``24:00``; raises ``ValueError``."""
    hour, _, minute = text.partition(":")
    if not (len(hour) == len(minute) == 2 and hour.isdecimal() and minute.isdecimal()):
        raise ValueError(f"{text!r} is not a time HH:MM")
    found = int(hour) * 60 + int(minute)
    if int(minute) > 59 or found > MINUTES_OF_A_DAY:
        raise ValueError(f"{text!r} is not a time of a day")
    return found


@dataclass(frozen=True, slots=True)
class Schedule:
    """When somebody works. Without windows always, but for the days off."""

    zone: ZoneInfo
    windows: Sequence[WorkingWindow] = ()
    days_off: frozenset[date] = frozenset()

    def is_open(self, at: datetime) -> bool:
        """Is this an instant of work?"""
        local = at.astimezone(self.zone)
        if local.date() in self.days_off:
            return False
        now = local.hour * 60 + local.minute
        today = [w for w in self.windows if w.weekday == WEEKDAYS[local.weekday()]]
        return not self.windows or any(minutes(w.opens) <= now < minutes(w.closes) for w in today)

    def opens_at(self, at: datetime) -> datetime | None:
        """The first instant of work from ``at`` on; None if there is none in 400 days."""
        if self.is_open(at):
            return at
        first = at.astimezone(self.zone).date()
        for day in (first + timedelta(days=n) for n in range(MOST_DAYS_AHEAD)):
            if day in self.days_off:
                continue
            begins = [opens for opens in self._openings(day) if opens >= at and self.is_open(opens)]
            if begins:
                return min(begins)
        return None

    def _openings(self, day: date) -> Iterator[datetime]:
        """When work may begin on a day: where its windows begin, as often as the clock shows it."""
        starts = {minutes(w.opens) for w in self.windows if w.weekday == WEEKDAYS[day.weekday()]}
        for start in {0} if not self.windows else starts - {MINUTES_OF_A_DAY}:
            yield from instants(datetime.combine(day, time(start // 60, start % 60)), self.zone)
        # A clock that is set back may come back into a window that it was set back from.
        yield from _set_back(day, self.zone)


def instants(wall: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """When the wall clock shows this: once, twice, or never; then the instant at which it was set forward past it."""
    early, late = sorted(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    shown = [one for one in {early, late} if one.astimezone(zone).replace(tzinfo=None) == wall]
    yield from shown or [_change(early, late, zone)]


def _set_back(day: date, zone: ZoneInfo) -> Iterator[datetime]:
    begins = datetime.combine(day, time(0), zone).astimezone(UTC)
    ends = datetime.combine(day + timedelta(days=1), time(0), zone).astimezone(UTC)
    if ends - begins > timedelta(days=1):
        yield _change(begins, ends, zone)


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant, to the minute, from which the offset of ``after`` holds."""
    offset = after.astimezone(zone).utcoffset()
    while after - before > timedelta(minutes=1):
        middle = before + timedelta(minutes=(after - before) // timedelta(minutes=2))
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after
