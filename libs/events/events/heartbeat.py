"""Whether PostgreSQL still says anything, asked over a connection of its own.

A server that stands still (its machine is paused, its disks hang) takes connections and bytes, and answers nobody. No
limit of a statement tells it soon from a server that has much to do. But whoever does not answer the shortest question
there is for `VORONKA_DATABASE_SILENCE_SECONDS` answers no other: all connections are broken off then, and who waits
for an answer or for a connection is told so at once, until an answer comes.
"""

import asyncio
from contextlib import suppress

import asyncpg
import structlog

from events.database import RELEASE_SECONDS, Connecting, sleep_unless

log = structlog.get_logger(__name__)

QUESTION = "SELECT 1"
SLICES = 10


class Heartbeat:
    """Asks five times in `seconds`, and breaks off what `connecting` has made if no answer comes for as long."""

    def __init__(self, connecting: Connecting, seconds: float) -> None:
        self._connecting = connecting
        self._seconds = seconds
        self._connection: asyncpg.Connection | None = None

    async def run(self, stopping: asyncio.Event) -> None:
        """Until `stopping`; never raises."""
        try:
            while not await sleep_unless(stopping, self._seconds / 5):
                asking = asyncio.create_task(self._ask())
                stopped = asyncio.create_task(stopping.wait())
                answered = await self._within(asking, stopped)
                stopped.cancel()
                if not (answered or stopping.is_set()):
                    self._break_off()
                asking.cancel()
                await asyncio.gather(asking, stopped, return_exceptions=True)
        finally:
            if self._connection is not None:
                with suppress(Exception):
                    await self._connection.close(timeout=RELEASE_SECONDS)

    async def _within(self, asking: asyncio.Task[None], stopped: asyncio.Task[bool]) -> bool:
        """Counts the seconds in which this process itself has run: one that stood still has not waited."""
        for _ in range(SLICES):
            done, _ = await asyncio.wait(
                {asking, stopped}, timeout=self._seconds / SLICES, return_when=asyncio.FIRST_COMPLETED
            )
            if done:
                return asking in done
        return False

    async def _ask(self) -> None:
        """Returns when something is said, be it that there is no server or that it refuses."""
        with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError):
            while self._connection is None or self._connection.is_closed():
                with suppress(TimeoutError):
                    self._connection = await self._connecting.anew()
            await self._connection.fetchval(QUESTION)
        if self._connecting.silent:
            log.warning("database_answers_again")
        self._connecting.silent = False

    def _break_off(self) -> None:
        if not self._connecting.silent:
            log.error("database_silent", seconds=self._seconds)
        self._connecting.break_off()
