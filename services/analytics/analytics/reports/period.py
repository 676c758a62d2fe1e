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

    start: datetime
    end: datetime

    @classmethod
    def of(cls, start: str | None, end: str | None, zone: ZoneInfo) -> Period:
        """From what was asked: dates (``end`` is then a day of the period) or times (``end`` is not in it).

        A time without an offset is meant in ``zone``. Raises :class:`Invalid`.
        """
        period = cls(_moment("from", start, zone, EARLIEST), _moment("to", end, zone, LATEST, days=1))
        if period.start > period.end:
            raise Invalid(
                "The period ends before it begins.", errors=[FieldError("is before `from`", parameter="query:to")]
            )
        return period


def _moment(name: str, value: str | None, zone: ZoneInfo, default: datetime, days: int = 0) -> datetime:
    if not value:
        return default
    try:
        if len(value) == len("2026-03-02"):
            return datetime.combine(date.fromisoformat(value) + timedelta(days=days), time(), zone)
        # A plus sign that was not escaped in the address arrives as a space.
        moment = datetime.fromisoformat(value.replace(" ", "+") if "T" in value else value)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        if not EARLIEST <= moment <= LATEST:
            raise ValueError
    except (ValueError, OverflowError):
        fault = FieldError(
            "is neither a date (2026-03-02) nor a time (2026-03-02T09:30:00Z)", parameter=f"query:{name}"
        )
        raise Invalid(f"`{name}` cannot be read.", errors=[fault]) from None
    return moment
