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
from events.problems import NotFound, StaleVersion
from events.store import Append, Conflict, Store, deterministic_id

from automation.timing.calendars import BUSINESS, default_calendar


@dataclass(frozen=True)
class CalendarDesk:
    """What the routes work with; ``zone`` is the firm's until it has a calendar."""

    store: Store
    zone: str
    now: Callable[[], datetime]

    async def read(self, calendar: str) -> tuple[int, WorkingCalendarSetUp]:
        """Version and content; version 0 is the firm's calendar that nobody has set up. Raises ``NotFound``."""
        history = await self.store.load(_stream(calendar))
        if history:
            content = history[-1].event
            assert isinstance(content, WorkingCalendarSetUp)
            return len(history), content
        if calendar == BUSINESS:
            return 0, default_calendar(self.zone)
        raise NotFound("There is no such calendar.")

    async def set_up(self, content: WorkingCalendarSetUp, principal: Principal, version: int | None) -> None:
        """Sets it up anew. Raises ``StaleVersion``, ``store.Conflict``."""
        stream = _stream(content.calendar)
        history = await self.store.load(stream)
        if version is not None and version != len(history):
            raise StaleVersion(f"The calendar is not at version {version}.")
        if history and history[-1].event == content:
            return
        try:
            await self.store.commit(Append(stream, len(history), [content], cause_of_call(principal), self.now()))
        except Conflict:
            if version is not None:
                raise StaleVersion(f"The calendar is not at version {version} any more.") from None
            raise

    async def all(self) -> list[tuple[int, WorkingCalendarSetUp]]:
        """Those that were set up, by name, as the consumer has read them; the firm's default where it was not."""
        rows = await self.store.pool.fetch("SELECT version, content FROM working_calendars ORDER BY calendar")
        found = [(row["version"], WorkingCalendarSetUp.model_validate(orjson.loads(row["content"]))) for row in rows]
        if any(content.calendar == BUSINESS for _, content in found):
            return found
        return [(0, default_calendar(self.zone)), *found]


def _stream(calendar: str) -> UUID:
    return deterministic_id("working_calendar", calendar)
