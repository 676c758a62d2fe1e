"""Which questions the rollup may answer, and of which days it cannot: those are answered from the facts."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from pathlib import Path

from events.projection import Build
from events.sqlfile import sql
from events.store import Connection

from analytics.reports.filters import FILTERS, Filters
from analytics.reports.period import EARLIEST, LATEST
from analytics.rollup.calendars import Calendar

MOST_STALE_DAYS, MOST_NOTES = 60, 5_000
"""Where more has changed than that the facts are read in one go."""


def may_answer(filters: Filters, keys: Collection[str]) -> bool:
    """It holds whole days as all is now, by ``keys``: filters, and ``visible``; nothing else."""
    return (
        filters.is_now
        and all(getattr(filters, name) is None for name in (*FILTERS, "visible") if name not in keys)
        and all(_is_midnight(edge, filters) for edge in (filters.period.start, filters.period.end))
    )


def _is_midnight(edge: datetime, filters: Filters) -> bool:
    local = edge.astimezone(filters.zone)
    return edge in (EARLIEST, LATEST) or (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)


async def stale_days(
    connection: Connection, build: Build, calendar: Calendar, filters: Filters, keys: Collection[str]
) -> list[date] | None:
    """The days asked for that changed since they were computed; None where the rollup cannot be read at all."""
    if not may_answer(filters, keys):
        return None
    notes = await connection.fetchrow(
        _text("standing", build), filters.zone.key, MOST_NOTES + 1, [*calendar.subjects, "pipelines"]
    )
    if notes is None or len(notes["subjects"]) > MOST_NOTES:
        return None
    if not notes["subjects"]:
        return []
    changed = await changed_days(connection, build, calendar, filters.zone.key, notes["subjects"], notes["ids"])
    first, end = (edge.astimezone(filters.zone).date() for edge in (filters.period.start, filters.period.end))
    stale = [day for day in changed if calendar.reaches_back or first <= day < end]
    return stale if len(stale) <= MOST_STALE_DAYS else None


def by_month(days: Iterable[date]) -> tuple[list[date], list[date]]:
    """The first days of the months in which these days are, and all days of these months."""
    months = sorted({day.replace(day=1) for day in days})
    return months, [day + timedelta(days=n) for day in months for n in range(monthrange(day.year, day.month)[1])]


async def changed_days(
    connection: Connection, build: Build, calendar: Calendar, zone: str, subjects: list[str], ids: list[object]
) -> list[date]:
    """The days of the calendar that notes of changes concern, in order."""
    text = ",\n".join(_text(f"days/{name}", build) for name in ("notes", calendar.name))
    rows = await connection.fetch(text, zone, subjects, ids)
    return sorted(row["day"] for row in rows)


def _text(name: str, build: Build) -> str:
    return sql(name, Path(__file__).parent).replace(":schema", f'"{build.schema}"')
