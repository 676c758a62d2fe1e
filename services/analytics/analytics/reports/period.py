"""The period of a report: half open in time; a date means the whole day in the business time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from events.problems import FieldError, Invalid

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Period:
    """From ``start`` to just before ``end``."""

    start: datetime = EARLIEST
    end: datetime = LATEST

    @classmethod
    def of(
        cls, start: str | None, end: str | None, zone: ZoneInfo, parameters: tuple[str, str] = ("from", "to")
    ) -> Period:
        """From what was asked: dates (``end`` is then a day of the period) or times (``end`` is not in it).

        A time without an offset is meant in ``zone``. ``parameters`` are what a fault is told of. Raises
        :class:`Invalid`.
        """
        first, last = parameters
        period = cls(moment(first, start, zone) or EARLIEST, moment(last, end, zone, days=1) or LATEST)
        if period.start > period.end:
            raise Invalid(
                "The period ends before it begins.",
                errors=[FieldError("ends before it begins", parameter=f"query:{last}")],
            )
        return period

    def compared(self, asked: str, zone: ZoneInfo) -> Period:
        """The period to compare this one with: ``previous`` (as long, just before), ``year`` (a year earlier), or two
        dates or times with a slash between them (ISO 8601). Raises :class:`Invalid`.
        """
        if asked not in ("previous", "year"):
            start, slash, end = asked.partition("/")
            if not slash:
                raise _fault("compare_to", "is neither `previous`, `year` nor two dates: 2026-02-01/2026-02-28")
            return Period.of(start, end, zone, ("compare_to", "compare_to"))
        if self.start == EARLIEST or self.end == LATEST:
            raise _fault("compare_to", "needs a period that has a beginning and an end")
        if asked == "year":
            return Period(_year_earlier(self.start, zone), _year_earlier(self.end, zone))
        first, last = (edge.astimezone(zone).replace(tzinfo=None) for edge in (self.start, self.end))
        length = min(last - first, first - EARLIEST.replace(tzinfo=None))
        return Period(max(EARLIEST, (first - length).replace(tzinfo=zone)), self.start)


def moment(parameter: str, value: str | None, zone: ZoneInfo, *, days: int = 0) -> datetime | None:
    """A point in time that was asked for; a date is its beginning in ``zone``, ``days`` later. Raises "
    ":class:`Invalid`."""
    if not value:
        return None
    try:
        if len(value) == len("2026-03-02"):
            return datetime.combine(date.fromisoformat(value) + timedelta(days=days), time(), zone)
        # A plus sign that was not escaped in the address arrives as a space.
        at = datetime.fromisoformat(value.replace(" ", "+") if "T" in value else value)
        at = at if at.tzinfo else at.replace(tzinfo=zone)
        if not EARLIEST <= at <= LATEST:
            raise ValueError
    except (ValueError, OverflowError):
        raise _fault(parameter, "is neither a date (2026-03-02) nor a time (2026-03-02T09:30:00Z)") from None
    return at


def _year_earlier(at: datetime, zone: ZoneInfo) -> datetime:
    local = at.astimezone(zone)
    is_leap_day = (local.month, local.day) == (2, 29)
    return local.replace(year=local.year - 1, day=28 if is_leap_day else local.day)


def _fault(parameter: str, detail: str) -> Invalid:
    return Invalid(f"`{parameter}` cannot be read.", errors=[FieldError(detail, parameter=f"query:{parameter}")])


ALWAYS = Period()
