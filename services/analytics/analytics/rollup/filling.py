"""Fills the rollup: first day by day from the beginning, then again whatever days changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import asyncpg
from events.projection import Build
from events.store import Connection

from analytics.reports.filters import Filters
from analytics.reports.statement import compiled
from analytics.rollup.asked import changed_days

PARTS = {
    "rolled_requests": "request_parts",
    "rolled_leads": "lead_parts",
    "rolled_deals": "deal_parts",
    "rolled_money": "money_parts",
    "rolled_stages": "stage_parts",
}
"""Table -> the relation that its rows are: the same that a report reads of the facts."""

DAYS_AT_ONCE = 2
NOTES_AT_ONCE = 50

_LOCK = "SELECT pg_try_advisory_xact_lock(7003, hashtext($1))"
_BEGIN = """
INSERT INTO {schema}.rolled_state (zone, filled_to, is_whole)
SELECT $1, (SELECT (min(captured_at) AT TIME ZONE $1)::date FROM {schema}.leads), false
ON CONFLICT (only_row) DO UPDATE SET zone = excluded.zone, filled_to = excluded.filled_to, is_whole = false
"""
_END = """
SELECT (greatest((SELECT max(captured_at) FROM {schema}.leads), (SELECT max(touched_at) FROM {schema}.touches))
        AT TIME ZONE $1)::date
"""
_TAKE = """
WITH taken AS (
  DELETE FROM {schema}.rolled_changes
   WHERE ctid = ANY (ARRAY(SELECT ctid FROM {schema}.rolled_changes LIMIT $1)) RETURNING subject, subject_id
)
SELECT DISTINCT subject, subject_id FROM taken
"""
_STATE = "SELECT zone, filled_to, is_whole FROM {schema}.rolled_state"
_WHOLE = "UPDATE {schema}.rolled_state SET is_whole = true"
_FILLED = "UPDATE {schema}.rolled_state SET filled_to = $1"
_EMPTY = "DELETE FROM {schema}.{table}"
_FORGET = "DELETE FROM {schema}.{table} WHERE day = ANY ($1)"
_COMPUTE = "-- reads: {relation}\nINSERT INTO :schema.{table} SELECT * FROM {relation}"
_PIPELINES = """
INSERT INTO {schema}.rolled_pipelines SELECT DISTINCT pipeline FROM {schema}.rolled_stages WHERE day = ANY ($1)
ON CONFLICT DO NOTHING
"""


class Filling:
    """The rollup of one build, cut in days of ``zone``. Any number of replicas may turn; one at a time works."""

    def __init__(self, pool: asyncpg.Pool, zone: ZoneInfo, days_at_once: int = DAYS_AT_ONCE) -> None:
        self._pool = pool
        self._zone = zone
        self._days_at_once = days_at_once

    async def turn(self, build: Build) -> bool:
        """Does a portion of what there is to do, in one transaction; whether there may be more."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "SET LOCAL work_mem = '64MB'; SET LOCAL jit = off; SET LOCAL plan_cache_mode = force_custom_plan;"
                " SET LOCAL enable_material = off; SET LOCAL statement_timeout = 0; SET LOCAL transaction_timeout = 0"
            )
            if not await connection.fetchval(_LOCK, build.schema):
                return False
            state = await connection.fetchrow(_of(_STATE, build))
            if state is None or state["zone"] != self._zone.key:
                return await self._begin(connection, build)
            if not state["is_whole"]:
                return await self._go_on(connection, build, state["filled_to"])
            return await self._renew(connection, build)

    async def _begin(self, connection: Connection, build: Build) -> bool:
        await connection.execute(_of(_BEGIN, build), self._zone.key)
        for table in PARTS:
            await connection.execute(_of(_EMPTY, build, table))
        return True

    async def _go_on(self, connection: Connection, build: Build, first: date | None) -> bool:
        """The next days; what changes in those that are done is noted."""
        last = await connection.fetchval(_of(_END, build), self._zone.key)
        if first is None or last is None or first > last:
            await connection.execute(_of(_WHOLE, build))
            return True
        await self._compute(connection, build, [first + timedelta(days=n) for n in range(self._days_at_once)])
        done = first + timedelta(days=self._days_at_once)
        await connection.execute(_of(_FILLED, build), done)
        return True

    async def _renew(self, connection: Connection, build: Build) -> bool:
        """The days that notes concern. What is noted later was not read yet, or is read twice: both come out right."""
        notes = await connection.fetch(_of(_TAKE, build), NOTES_AT_ONCE)
        if not notes:
            return False
        if any(note["subject"] == "pipelines" for note in notes):
            return await self._begin(connection, build)
        subjects, ids = [note["subject"] for note in notes], [note["subject_id"] for note in notes]
        days = await changed_days(connection, build, self._zone.key, subjects, ids)
        for at in range(0, len(days), self._days_at_once):
            await self._compute(connection, build, days[at : at + self._days_at_once])
        return True

    async def _compute(self, connection: Connection, build: Build, days: Sequence[date]) -> None:
        every = Filters(zone=self._zone, now=datetime.now(UTC)).parameters() | {"is_cohort": True, "days": days}
        for table, relation in PARTS.items():
            await connection.execute(_of(_FORGET, build, table), days)
            text = _COMPUTE.replace("{table}", table).replace("{relation}", relation)
            made = compiled(text, build.schema, ("told", "days"))
            await connection.execute(made.text, *made.arguments(every))
        await connection.execute(_of(_PIPELINES, build), days)


def _of(statement: str, build: Build, table: str = "") -> str:
    return statement.replace("{schema}", f'"{build.schema}"').replace("{table}", table)
