"""The clock: tells rules that a date came near or that their hour has come. Each of it is an event, told once.

Once in a few seconds it looks, by the time of the database and the firm's clock on the wall. Many processes may look:
the id of an event is made of the rule, the subject and the day or hour, so of two that tell the same one is refused.
What came while nobody looked is told afterwards: of dates those of the last days, of hours the latest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from events.contracts.automation import DateReached, ScheduleReached
from events.poller import Poller
from events.sqlfile import sql
from events.store import Append, Appended, Cause, Connection, Store, append, deterministic_id

from automation.actions.effect import ACTOR
from automation.rules.registry import InForceNow
from automation.rules.rule import Rule
from automation.timing import reading, runs
from automation.timing.calendars import BUSINESS
from automation.timing.watch import WatchedDate

PAUSE_SECONDS: Final = 5.0
PORTION: Final = 500
GRACE_DAYS: Final = 3
SQL: Final = Path(__file__).parent / "sql"


class Clock(Poller):
    """A component; ``zone`` is the firm's until it has a calendar."""

    def __init__(self, store: Store, rules: InForceNow, zone: str) -> None:
        super().__init__("automation.clock", self.look, PAUSE_SECONDS)
        self._store = store
        self._rules = rules
        self._zone = zone

    async def look(self) -> int:
        """Tells a portion of what has come; returns how many events that was. Waits while the history is being read."""
        told = 0
        async with self._store.pool.acquire() as connection:
            async with connection.transaction():
                rules = await self._rules.now(connection)
                read = await reading.moment_of(connection)
                if not read.is_whole:
                    return 0
                calendars = await reading.calendars(connection, (), read.now, self._zone)
            zone = calendars.of(BUSINESS).schedule.zone
            for rule in rules.on(DateReached.type, read.now):
                told += await self._tell(connection, self._dates, rule, read.now, zone)
            for rule in rules.on(ScheduleReached.type, read.now):
                told += await self._tell(connection, runs.hours, rule, read.now, zone)
        return told

    async def _tell(self, connection: Connection, find: Any, rule: Rule, now: datetime, zone: ZoneInfo) -> int:
        async with connection.transaction():
            events: Sequence[DateReached | ScheduleReached] = await find(connection, rule, now, zone)
            decisions = [
                Append(event.occasion_id, 0, [event], Cause(ACTOR, event.occasion_id), now) for event in events
            ]
            results = await append(connection, decisions) if decisions else []
        self._store.count(decisions, results)
        return sum(isinstance(result, Appended) for result in results)

    async def _dates(self, connection: Connection, rule: Rule, now: datetime, zone: ZoneInfo) -> list[DateReached]:
        watched = rule.date
        assert watched is not None
        days = list(near(watched, now, zone))
        returning = [month_day if watched.returns else None for _, month_day in days]
        rows = await connection.fetch(
            sql("dates_reached", SQL), rule.id, watched.field, [day for day, _ in days], returning, PORTION, now
        )
        if not rows:
            return []
        subjects, reached = [row["subject_id"] for row in rows], [row["day"] for row in rows]
        await connection.execute(sql("dates_tell", SQL), rule.id, watched.field, subjects, reached)
        subject = f"{watched.field.partition('.')[0]}_id"
        return [
            DateReached(
                occasion_id=deterministic_id("date", rule.id, row["subject_id"], watched.field, row["day"]),
                rule=rule.id,
                field=watched.field,
                on=row["day"],
                days_before=watched.days_before,
                **{"customer_id": row["customer_id"], subject: row["subject_id"]},
            )
            for row in rows
        ]


def near(watched: WatchedDate, now: datetime, zone: ZoneInfo) -> Iterator[tuple[date, str]]:
    """The days that are near by now, with month and day as cards hold them: from those on that may have been missed.

    In a year without 29 February those who were born on it have their day on the 28th.
    """
    local = now.astimezone(zone)
    last = local.date() if local.time() >= time.fromisoformat(watched.at) else local.date() - timedelta(days=1)
    # What is to come is told as soon as it is known, however late; of what is over only what came while nobody looked.
    for ahead in range(min(-GRACE_DAYS + watched.days_before, 0), watched.days_before + 1):
        day = last + timedelta(days=ahead)
        yield day, f"{day:%m-%d}"
        if f"{day:%m-%d}" == "02-28" and (day + timedelta(days=1)).month == 3:
            yield day, "02-29"
