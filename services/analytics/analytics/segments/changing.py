"""Telling changes of segments: what differs from what was said last becomes events, once, in one transaction.

The tables say what was told of each customer; so a crash loses nothing and repeats nothing, whatever it interrupts, and
two processes at once are one, because whoever is second finds the lock taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from asyncpg import Record
from events.contracts.analytics import SegmentRules
from events.envelope import topic_of
from events.projection import Build, Projection
from events.sqlfile import sql
from events.store import Append, Cause, Conflict, Connection, Store, append_all
from events.streams import segment_stream
from uuid_utils.compat import uuid7

from analytics import builds
from analytics.segments import SQL
from analytics.segments.reading import Question, segmented
from analytics.segments.rules import change

MOST: Final = 2_000
"""Events of one transaction; what is left over is told by the next."""
ANYWAY: Final = timedelta(hours=1)
"""The window moves on without payments too."""
FRESH: Final = timedelta(minutes=1)

_LOCK = "SELECT pg_try_advisory_xact_lock(7003, 0)"
_COMPUTED = """
INSERT INTO segments_computed (rules, positions, computed_at) VALUES ($1, $2, $3)
ON CONFLICT (only_row) DO UPDATE
   SET rules = excluded.rules, positions = excluded.positions, computed_at = excluded.computed_at
"""


@dataclass(frozen=True)
class Standing:
    """How far the facts go: positions in the log of deals, and until when all of it is there."""

    positions: str | None
    complete_until: datetime | None

    def is_fresh(self, at: datetime) -> bool:
        """Is what was paid until a minute ago surely there? While a build is being filled it is not."""
        return self.complete_until is not None and self.complete_until >= at - FRESH


class Changes:
    """Says which customers belong to another segment now than was said last."""

    def __init__(self, store: Store, sales: Projection, rules: SegmentRules) -> None:
        self.store = store
        self._sales = sales
        self._rules = rules

    async def tell(self, at: datetime, most: int = MOST) -> int:
        """One transaction's worth of changes as of ``at``; ``most`` of them where there are more to come.

        0 where nothing has changed, while facts are still being filled in, where another process is at it, and where
        the log knew more than the table.
        """
        try:
            return await self._tell(at, most)
        except Conflict:
            await self.store.pool.execute(sql("told_by_the_log", SQL))
            return 0

    async def _tell(self, at: datetime, most: int) -> int:
        async with self.store.pool.acquire() as connection, connection.transaction():
            if not await connection.fetchval(_LOCK):
                return 0
            await connection.execute("SET LOCAL work_mem = '64MB'; SET LOCAL jit = off")
            build = await builds.live_build(connection, self._sales)
            standing = Standing(
                *await connection.fetchrow(sql("standing", SQL), build.consumer_name, topic_of("deals")) or (None, None)
            )
            computed = await connection.fetchrow("SELECT * FROM segments_computed")
            if not standing.is_fresh(at) or not self._is_due(computed, standing, at):
                return 0
            known = SegmentRules.model_validate_json(computed["rules"]) if computed else None
            told = await self._told(connection, build, known, at, most)
            if len(told) < most:
                await connection.execute(_COMPUTED, self._rules.model_dump_json(), standing.positions, at)
            appended = await append_all(connection, told)
        self.store.count(told, appended)
        return len(told)

    def _is_due(self, computed: Record | None, standing: Standing, at: datetime) -> bool:
        return (
            computed is None
            or computed["positions"] != standing.positions
            or computed["rules"] != self._rules.model_dump_json()
            or computed["computed_at"] <= at - ANYWAY
        )

    async def _told(
        self, connection: Connection, build: Build, known: SegmentRules | None, at: datetime, most: int
    ) -> list[Append]:
        rules = self._rules
        rows = await connection.fetch(segmented(build, "changes"), *Question(rules, at).parameters(), most)
        events = [change(dict(row), rules, known, at) for row in rows]
        if not events:
            return []
        await connection.execute(
            sql("tell", SQL),
            [event.customer_id for event in events],
            [event.segment for event in events],
            [(row["version"] or 0) + 1 for row in rows],
            [event.reason.share_percent for event in events],
        )
        cause = Cause("service:analytics", uuid7())
        return [
            Append(segment_stream(event.customer_id), row["version"] or 0, [event], cause, at)
            for row, event in zip(rows, events, strict=True)
        ]
