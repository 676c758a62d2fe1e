"""The background part that tells changes of segments: every few seconds at most, whatever arrives."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime

import structlog
from events.database import is_database_away
from events.settings import Role

from analytics.builds import NotBuiltYet
from analytics.segments.changing import MOST, Changes

log = structlog.get_logger(__name__)

REST_TIMES = 20
"""So many times as long as a computation took nothing is computed: five percent of one connection at most."""


class SegmentsWorker:
    """Looks whether payments have changed anything, at most every ``seconds``."""

    name = "segments"
    role: Role = "worker"

    def __init__(self, changes: Changes, seconds: float) -> None:
        self._changes = changes
        self._seconds = seconds
        self._turned = time.monotonic()
        self._trouble: str | None = None

    def last_progress(self) -> float:
        """The last look."""
        return self._turned

    async def ready(self) -> str | None:
        """None while it can look, else the reason."""
        return self._trouble

    async def run(self, stopping: asyncio.Event) -> None:
        """Looks until told to stop. A first turn that finds nothing comes at once."""
        while not stopping.is_set():
            began = time.monotonic()
            try:
                told = await self._changes.tell(datetime.now(UTC))
                self._trouble = None
            except NotBuiltYet:
                told = 0
            except Exception as error:
                if not is_database_away(error):
                    raise
                told, self._trouble = 0, type(error).__name__
                began = time.monotonic()  # how long it has hung says nothing of how much there is to do
            self._turned = time.monotonic()
            if told:
                log.info("segments_changed", customers=told)
            pause = 0.0 if told == MOST else max(self._seconds, REST_TIMES * (self._turned - began))
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), pause or 0.01)
