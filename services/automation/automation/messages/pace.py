"""How fast providers may be given messages, for all processes together: evenly spaced turns in one row for each medium.

A message whose turn is near waits for it; one whose turn is further away takes none and comes again: no turn is lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import asyncpg
from events.sqlfile import sql
from events.tasks import PutOff

from automation.messages.standing import SQL

LONGEST_WAIT: Final = 2.0
"""Seconds that a message waits in the hands of a worker; much less than a lease."""


@dataclass(frozen=True)
class Pace:
    """``per_second`` by medium; a medium that is not in it, or 0, has no limit."""

    pool: asyncpg.Pool
    per_second: Mapping[str, float] = field(default_factory=dict)

    async def turn(self, medium: str) -> None:
        """Returns when the provider may be called. Raises ``PutOff`` where that is further away."""
        rate = self.per_second.get(medium, 0)
        if rate <= 0:
            return
        seconds = await self.pool.fetchval(sql("take_turn", SQL), medium, 1 / rate, LONGEST_WAIT)
        if seconds is None:
            raise PutOff(f"{medium}: as many messages as its provider takes", LONGEST_WAIT)
        await asyncio.sleep(seconds)
