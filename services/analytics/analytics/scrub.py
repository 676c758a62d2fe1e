"""The scrub: a live build is compared with the log by itself, slice after slice, each once in so many hours.

The cursor is the table of verifications: the next slice is the one that was asked for longest ago. What was compared
before a build went live says nothing of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import asyncpg
from events import metrics
from events.sqlfile import sql

from analytics.slices import SLICES

TURN_SECONDS = 60
LATE = 2
"""A slice is overdue after so many times the hours in which it should have had its turn."""

_SQL = Path(__file__).parent / "sql"


class Scrub:
    """Asks for slices of ``projections`` in time, and tells the metrics what the last comparisons found."""

    def __init__(self, pool: asyncpg.Pool, projections: Sequence[str], hours: float) -> None:
        self._pool = pool
        self._projections = list(projections)
        self._seconds = hours * 3600

    async def turn(self) -> None:
        """Asks for the slice that is due, if one is, and tells. Raises what the database raises."""
        if self._seconds:
            await self._pool.execute(sql("slice_due", _SQL), self._projections, self._seconds / SLICES, SLICES)
        found = await self._pool.fetch(sql("slices_compared", _SQL), self._projections, self._seconds * LATE, SLICES)
        for row in found:
            metrics.PROJECTION_VERIFIED.labels(row["name"]).set(row["verified_at"])
            metrics.PROJECTION_MISMATCHES.labels(row["name"]).set(row["different"])
            metrics.PROJECTION_OVERDUE.labels(row["name"]).set(row["overdue"] if self._seconds else 0)
