"""The background part that keeps the rollup of the live build near the facts."""

from __future__ import annotations

import asyncio
import math
import time
from typing import Any
from zoneinfo import ZoneInfo

from events.app import Runtime
from events.database import is_database_away
from events.projection import Projection
from events.settings import Role

from analytics import builds
from analytics.rollup.filling import Filling

PAUSE_SECONDS = 0.5
ALIVE_SECONDS = 5.0
REST_TIMES = 4
"""So many times as long as a portion took it rests: a fifth of one connection at most, however much changes."""


class RollupWorker:
    """Takes what has changed, twice a second at most."""

    name = "rollup"
    role: Role = "worker"

    def __init__(self, runtime: Runtime, sales: Projection) -> None:
        self._pool = runtime.pool
        self._sales = sales
        self._filling = Filling(runtime.pool, ZoneInfo(runtime.settings.business_timezone))
        self._turned = time.monotonic()

    def last_progress(self) -> float:
        """The last sign of life: a portion of a busy day takes long, and the rest after it four times as long."""
        return self._turned

    async def ready(self) -> str | None:
        """Always: what the rollup does not hold reports read of the facts."""
        return None

    async def run(self, stopping: asyncio.Event) -> None:
        """Looks until told to stop. A portion that fails, or that a stop cuts short, left its notes for the next."""
        stop = asyncio.create_task(stopping.wait())
        try:
            while not stopping.is_set():
                turn = asyncio.create_task(self._turn())
                await self._alive_until(math.inf, turn, stop)
                if not turn.done():
                    turn.cancel()
                    await asyncio.wait((turn,))
                    return
                await self._alive_until(time.monotonic() + turn.result(), stop)
        finally:
            stop.cancel()

    async def _alive_until(self, moment: float, *tasks: asyncio.Task[Any]) -> None:
        """Until one of the tasks is done, at the latest until that moment of ``time.monotonic``."""
        while not any(task.done() for task in tasks) and (now := time.monotonic()) < moment:
            self._turned = now
            await asyncio.wait(tasks, timeout=min(moment - now, ALIVE_SECONDS), return_when=asyncio.FIRST_COMPLETED)

    async def _turn(self) -> float:
        """Does a portion; the seconds to rest after it."""
        began, more = time.monotonic(), False
        try:
            async with self._pool.acquire() as connection:
                build = await builds.live_build(connection, self._sales)
            more = await self._filling.turn(build)
        except builds.NotBuiltYet:
            pass
        except Exception as error:
            if not is_database_away(error):
                raise
            began = time.monotonic()  # how long it has hung says nothing of how much there is to do
        rest = REST_TIMES * (time.monotonic() - began)
        return rest if more else max(rest, PAUSE_SECONDS)
