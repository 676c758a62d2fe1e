"""Working calendars as streams: set up as a whole, version by version."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson
from events.auth import Principal
from events.calls import cause_of_call
from events.contracts.automation import WorkingCalendarSetUp
from events.event import Event
from events.problems import NotFound
from events.store import Store, deterministic_id

from automation.definitions import AS_SAID, Definitions
from automation.timing.calendars import BUSINESS, default_calendar


@dataclass(frozen=True)
class CalendarDesk:
    """What the routes work with; ``zone`` is the firm's until it has a calendar."""

    store: Store
    zone: str
    now: Callable[[], datetime]

    async def read(self, calendar: str) -> tuple[int, WorkingCalendarSetUp]:
        """Version and content; version 0 is the firm's calendar that nobody has set up. Raises ``NotFound``."""
        content, version = await self._kept.state(_stream(calendar))
        if isinstance(content, WorkingCalendarSetUp):
            return version, content
        if calendar == BUSINESS:
            return 0, default_calendar(self.zone)
        raise NotFound("There is no such calendar.")

    async def set_up(self, content: WorkingCalendarSetUp, principal: Principal, version: int | None) -> None:
        """Sets it up anew. Raises ``StaleVersion``, ``Unavailable``."""
        cause = cause_of_call(principal)
        await self._kept.run(_stream(content.calendar), content, cause, expected=version)

    @property
    def _kept(self) -> Definitions[Event, Event | None]:
        return Definitions("calendar", AS_SAID, frozenset(), self.store, self.now)

    async def all(self) -> list[tuple[int, WorkingCalendarSetUp]]:
        """Those that were set up, by name, as the consumer has read them; the firm's default where it was not."""
        rows = await self.store.pool.fetch("SELECT version, content FROM working_calendars ORDER BY calendar")
        found = [(row["version"], WorkingCalendarSetUp.model_validate(orjson.loads(row["content"]))) for row in rows]
        if any(content.calendar == BUSINESS for _, content in found):
            return found
        return [(0, default_calendar(self.zone)), *found]


def _stream(calendar: str) -> UUID:
    return deterministic_id("working_calendar", calendar)
