"""One look a second for all who listen, however many there are, and none while nobody does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Final

import asyncpg
from events import metrics
from events.database import is_database_away
from events.envelope import topic_of
from events.projection import Projection
from events.settings import Role

from analytics import builds
from analytics.live.standing import Standing

LOOK_SECONDS: Final = 1.0
LISTEN_SECONDS: Final = 900.0
"""Then a listener is let go, and comes back where it will."""

ASK_SECONDS: Final = 15.0
"""How often each listener is asked whether it still may: who has lost the right hears nothing more after that."""

_POSITIONS = """
SELECT source, array_agg(position ORDER BY shard) AS positions FROM watermarks WHERE consumer = $1 GROUP BY 1
"""


class Live:
    """The background part that looks. ``closing`` is set when the service is told to stop: then all are let go.

    Nothing is queued for anybody: who is slow hears of several changes at once.
    """

    name = "live"
    role: Role = "api"

    def __init__(self, pool: asyncpg.Pool, sales: Projection, closing: asyncio.Event) -> None:
        self.listeners = 0
        self._pool = pool
        self._sales = sales
        self._services = {topic_of(service): service for service in sales.sources}
        self._closing = closing
        self._standing: Standing | None = None
        self._next = asyncio.Event()
        self._turned = time.monotonic()

    def last_progress(self) -> float:
        """The last look; nobody waits for one while nobody listens."""
        return self._turned

    async def ready(self) -> str | None:
        """Always: who is told nothing can still read reports."""
        return None

    async def run(self, stopping: asyncio.Event) -> None:
        """Looks once a second while anybody listens, until told to stop."""
        while not (self._closing.is_set() or stopping.is_set()):
            if self.listeners:
                await self._look()
            else:
                self._standing = None
            self._turned = time.monotonic()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), LOOK_SECONDS)
        self._wake()
        await stopping.wait()

    async def listen(self, mark: str | None, may: Callable[[], Awaitable[bool]]) -> AsyncIterator[Standing]:
        """Each standing that differs from ``mark`` and from the one before, until the service stops, time is up, or
        who listens may not any more.
        """
        self.listeners += 1
        metrics.LIVE_LISTENERS.set(self.listeners)
        until, asked = time.monotonic() + LISTEN_SECONDS, time.monotonic()
        try:
            while not self._closing.is_set() and (now := time.monotonic()) < until:
                if now >= asked + ASK_SECONDS:
                    if not await may():
                        return
                    asked = now
                following, standing = self._next, self._standing
                if standing is not None and standing.mark != mark:
                    mark = standing.mark
                    yield standing
                with suppress(TimeoutError):
                    await asyncio.wait_for(following.wait(), min(until, asked + ASK_SECONDS) - now)
        finally:
            self.listeners -= 1
            metrics.LIVE_LISTENERS.set(self.listeners)

    async def _look(self) -> None:
        try:
            async with self._pool.acquire() as connection:
                build = await builds.live_build(connection, self._sales)
                rows = await connection.fetch(_POSITIONS, build.consumer_name)
        except builds.NotBuiltYet:
            return
        except Exception as error:
            if not is_database_away(error):
                raise
            return
        standing = Standing.of(build.schema, {self._services[row["source"]]: row["positions"] for row in rows})
        if standing != self._standing:
            self._standing = standing
            self._wake()

    def _wake(self) -> None:
        following, self._next = self._next, asyncio.Event()
        following.set()
