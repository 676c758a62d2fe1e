"""Until when the consumer has read everything: what conditions over earlier events wait for.

An event of one topic may be here before what another topic told earlier. Once a second the consumer looks where each
log ends; a shard that it has applied up to there has been read until that look. Times are those of the database: the
age of the look is taken from the process's monotonic clock, which nobody sets.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import asyncpg
from events.consumer import Consumer
from events.poller import Poller
from events.settings import Role
from events.sqlfile import sql

_SQL = Path(__file__).parent / "sql"
PAUSE_SECONDS = 0.5
STALE_SECONDS = 10.0


class Settling(Poller):
    """A component beside the consumer."""

    role: Role = "consumer"

    def __init__(self, pool: asyncpg.Pool, consumer: Consumer) -> None:
        super().__init__(f"{consumer.name}.settling", self.look, PAUSE_SECONDS)
        self._pool = pool
        self._consumer = consumer

    async def look(self) -> int:
        """Writes how far everything has been read; 0, for there is always a pause."""
        ends = self._consumer.ends()
        if ends:
            async with self._pool.acquire() as connection:
                now = await connection.fetchval("SELECT clock_timestamp()")
                age = self._consumer.seconds_since_look()
                if age < STALE_SECONDS:
                    columns = map(list, zip(*((*shard, end) for shard, end in ends.items()), strict=True))
                    until = now - timedelta(seconds=age)
                    await connection.execute(sql("read_until", _SQL), self._consumer.name, *columns, until)
        return 0
