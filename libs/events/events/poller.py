"""A component that looks for work again and again: at once while there is some, after a pause where there was none."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from events.quarantine import INFRASTRUCTURE
from events.settings import Role

log = structlog.get_logger(__name__)


class Poller:
    """``look`` does a portion of what is to be done, in transactions of its own, and returns how much it was.

    Trouble with the infrastructure is logged, shown by ``/readyz``, and tried again after the pause, for ever. Any
    other error ends the component, and the service starts it again.
    """

    role: Role = "worker"

    def __init__(self, name: str, look: Callable[[], Awaitable[int]], pause_seconds: float) -> None:
        self.name = name
        self._look = look
        self._pause_seconds = pause_seconds
        self._progress = time.monotonic()
        self._is_pausing = False
        self._trouble: str | None = None

    def last_progress(self) -> float:
        """Monotonic time of the last look; in the pause after it now, since a pause may last longer than a stall."""
        return time.monotonic() if self._is_pausing else self._progress

    async def ready(self) -> str | None:
        """None while it can look, else the reason."""
        return self._trouble

    async def run(self, stopping: asyncio.Event) -> None:
        """Looks until told to stop; the portion it has begun by then is finished."""
        while not stopping.is_set():
            self._is_pausing, found = False, 0
            try:
                found = await self._look()
                self._trouble = None
            except INFRASTRUCTURE as error:
                self._trouble = type(error).__name__
                log.warning("worker_trouble", worker=self.name, error=type(error).__name__)
            self._progress = time.monotonic()
            if not found:
                self._is_pausing = True
                with suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), self._pause_seconds)
