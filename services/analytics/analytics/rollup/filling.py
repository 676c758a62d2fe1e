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
from analytics.rollup.asked import by_month, changed_days
from analytics.rollup.calendars import CALENDARS, CAPTURE, Calendar
from analytics.rollup.patience import fetched

DAYS_AT_ONCE = 2
NOTES_AT_ONCE = 50
MOST_NOTES = 10_000
MOST_DAYS = 100

_LOCK = "SELECT pg_try_advisory_xact_lock(7003, hashtext($1))"
_BEGIN = """
INSERT INTO {schema}.rolled_state (zone, filled_to, is_whole) VALUES ($1, NULL, false)
ON CONFLICT (only_row) DO UPDATE SET zone = excluded.zone, filled_to = NULL, is_whole = false
"""
_NEXT = """
SELECT (least((SELECT min(captured_at) FROM {schema}.leads WHERE captured_at >= f.at),
              (SELECT min(touched_at) FROM {schema}.touches WHERE touched_at >= f.at),
              (SELECT min(occurred_at) FROM {schema}.lead_status_changes WHERE occurred_at >= f.at),
              (SELECT min(registered_at) FROM {schema}.customers WHERE registered_at >= f.at),
              (SELECT min(took_place_at) FROM {schema}.interactions WHERE took_place_at >= f.at),
              (SELECT min(planned_at) FROM {schema}.interactions WHERE planned_at >= f.at),
              (SELECT min(due_at) FROM {schema}.tasks WHERE due_at >= f.at),
              (SELECT min(completed_at) FROM {schema}.tasks
                WHERE completed_at >= f.at AND completed_at IS NOT NULL AND created_at IS NOT NULL),
              (SELECT min(opened_at) FROM {schema}.deals WHERE opened_at >= f.at),
              (SELECT min(occurred_at) FROM {schema}.deal_stage_changes WHERE occurred_at >= f.at),
              (SELECT min(occurred_at) FROM {schema}.customer_segments WHERE occurred_at >= f.at),
              (SELECT min(requested_at) FROM {schema}.messages WHERE requested_at >= f.at),
              (SELECT min(received_at) FROM {schema}.payments WHERE received_at >= f.at),
              (SELECT min(occurred_at) FROM {schema}.payment_refunds WHERE occurred_at >= f.at),
              (SELECT min(due_date) FROM {schema}.invoice_changes WHERE due_date >= $2 OR $2 IS NULL)::timestamp
                AT TIME ZONE $1,
              (SELECT min(expected_date) FROM {schema}.deal_close_expectations
                WHERE expected_date >= $2 OR $2 IS NULL)::timestamp AT TIME ZONE $1,
              (SELECT min(m.at) FROM {schema}.marketing_event_changes h
                CROSS JOIN LATERAL (VALUES (h.held_from), (h.planned_from)) AS m (at) WHERE m.at >= f.at))
        AT TIME ZONE $1)::date
  FROM (SELECT coalesce($2::date::timestamp AT TIME ZONE $1, '-infinity') AS at) f
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


class _TooManyDays(Exception):
    """A large portion of notes turned out to concern many days: less is to be taken at once."""


class Filling:
    """The rollup of one build, cut in days of ``zone``. Any number of replicas may turn; one at a time works.

    A busy day has a hundred thousand notes, and is computed whole for each portion of them: as long as portions concern
    no more than ``days_at_once`` days, each is twice as large as the one before.
    """

    def __init__(self, pool: asyncpg.Pool, zone: ZoneInfo, days_at_once: int = DAYS_AT_ONCE) -> None:
        self._pool = pool
        self._zone = zone
        self._days_at_once = days_at_once
        self._notes_at_once = NOTES_AT_ONCE

    async def turn(self, build: Build) -> bool:
        """Does a portion of what there is to do, in one transaction; whether there may be more."""
        try:
            return await self._portion(build)
        except _TooManyDays:
            self._notes_at_once = NOTES_AT_ONCE
            return True

    async def _portion(self, build: Build) -> bool:
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
        for calendar in CALENDARS:
            for table in calendar.tables:
                await connection.execute(_of(_EMPTY, build, table.name))
        return True

    async def _go_on(self, connection: Connection, build: Build, filled_to: date | None) -> bool:
        """The next days on which there is anything; what changes in those that are done is noted."""
        first = await first_day(connection, build, self._zone.key, filled_to)
        if first is None:
            await connection.execute(_of(_WHOLE, build))
            return True
        days = [first + timedelta(days=n) for n in range(self._days_at_once)]
        for calendar in CALENDARS:
            await self._compute(connection, build, calendar, days)
        await connection.execute(_of(_FILLED, build), first + timedelta(days=self._days_at_once))
        return True

    async def _renew(self, connection: Connection, build: Build) -> bool:
        """The days that notes concern. What is noted later was not read yet, or is read twice: both come out right."""
        notes = await connection.fetch(_of(_TAKE, build), self._notes_at_once)
        if not notes:
            return False
        if any(note["subject"] == "pipelines" for note in notes):
            return await self._begin(connection, build)
        subjects, ids = [note["subject"] for note in notes], [note["subject_id"] for note in notes]
        most = 0
        for calendar in CALENDARS:
            days = await changed_days(connection, build, calendar, self._zone.key, subjects, ids)
            if len(days) > MOST_DAYS and self._notes_at_once > NOTES_AT_ONCE:
                raise _TooManyDays
            most = max(most, len(days))
            for at in range(0, len(days), self._days_at_once):
                await self._compute(connection, build, calendar, days[at : at + self._days_at_once])
        self._notes_at_once = min(2 * self._notes_at_once, MOST_NOTES) if most <= self._days_at_once else NOTES_AT_ONCE
        return True

    async def _compute(self, connection: Connection, build: Build, calendar: Calendar, days: Sequence[date]) -> None:
        for table in calendar.tables:
            replaced, made_of = by_month(days) if table.is_by_month else (days, days)
            await connection.execute(_of(_FORGET, build, table.name), replaced)
            text = _COMPUTE.replace("{table}", table.name).replace("{relation}", table.relation)
            made = compiled(text, build.schema, table.forms)
            await fetched(connection, made.text, made.arguments(asked_of_facts(calendar, self._zone, made_of)))
        if calendar is CAPTURE:
            await connection.execute(_of(_PIPELINES, build), days)


async def first_day(connection: Connection, build: Build, zone: str, since: date | None = None) -> date | None:
    """The first day of ``zone``, not before ``since``, on which there is anything."""
    day: date | None = await connection.fetchval(_of(_NEXT, build), zone, since)
    return day


def asked_of_facts(calendar: Calendar, zone: ZoneInfo, days: Sequence[date]) -> dict[str, object]:
    """The parameters of the relations that parts of some days are made of."""
    every = Filters(zone=zone, now=datetime.now(UTC)).parameters()
    return every | {"is_cohort": calendar is CAPTURE, "days": days}


def _of(statement: str, build: Build, table: str = "") -> str:
    return statement.replace("{schema}", f'"{build.schema}"').replace("{table}", table)
