"""What a portion of firings is decided by, read from the tables."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import orjson
from events.contracts.automation import WorkingCalendarSetUp
from events.contracts.leads import WorkingWindow
from events.sqlfile import sql
from events.store import Connection

from automation.timing.calendars import BUSINESS, Calendars, Manager, default_calendar

_SQL = Path(__file__).parent / "sql"


class Moment(NamedTuple):
    """The time of the database, and until when everything that was published has been read; None: nobody knows.

    While the history is being read it ``is_whole`` not: then who asks what was before has to wait.
    """

    now: datetime
    read_until: datetime | None
    is_whole: bool


async def moment_of(connection: Connection) -> Moment:
    """This moment."""
    row = await connection.fetchrow(sql("moment", _SQL))
    assert row is not None
    return Moment(row["now"], row["read_until"] if row["is_whole"] else None, row["is_whole"])


async def calendars(connection: Connection, managers: Collection[str], at: datetime, zone: str) -> Calendars:
    """All calendars, and these managers' hours from ``at`` on; ``zone`` is the firm's until it has a calendar."""
    named = {BUSINESS: default_calendar(zone)}
    for row in await connection.fetch("SELECT content FROM working_calendars"):
        calendar = WorkingCalendarSetUp.model_validate_json(row["content"])
        named[calendar.calendar] = calendar
    rows = await connection.fetch(sql("manager_hours", _SQL), sorted(managers), at) if managers else []
    found = {
        row["manager_id"]: Manager(
            row["time_zone"],
            [WorkingWindow.model_validate(window) for window in orjson.loads(row["windows"])],
            row["calendar"],
            list(zip(row["away_from"], row["away_until"], strict=True)),
        )
        for row in rows
    }
    return Calendars(named, found)
