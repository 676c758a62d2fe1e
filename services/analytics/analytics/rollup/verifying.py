"""Whether the parts that are kept are what the facts say: computed anew, some days at a time, and compared by hashes.

Days that have changed since they were computed are left out, as they are by reports. A slice of a build has every
sixteenth day.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import asyncpg
from events.projection import Build
from events.store import Connection

from analytics.reports.filters import Filters
from analytics.reports.statement import compiled
from analytics.rollup.asked import by_month, stale_days
from analytics.rollup.calendars import CALENDARS, Calendar
from analytics.rollup.filling import asked_of_facts, first_day
from analytics.rollup.patience import fetched

DAYS_AT_ONCE = 16

_ZONE = "SELECT zone FROM {schema}.rolled_state WHERE is_whole"
_TO_COME = """
SELECT DISTINCT day
  FROM (SELECT due_date AS day FROM {schema}.invoice_changes
        UNION ALL
        SELECT expected_date FROM {schema}.deal_close_expectations
        UNION ALL
        SELECT (due_at AT TIME ZONE $1)::date FROM {schema}.tasks
        UNION ALL
        SELECT (planned_at AT TIME ZONE $1)::date FROM {schema}.interactions WHERE planned_at IS NOT NULL
        UNION ALL
        SELECT (m.at AT TIME ZONE $1)::date
          FROM {schema}.marketing_event_changes h
         CROSS JOIN LATERAL (VALUES (h.held_from), (h.planned_from)) AS m (at)) told
 WHERE day > $2
"""
_KEPT = "SELECT DISTINCT day FROM {schema}.{table}"
_COLUMNS = """
SELECT quote_ident(a.attname) AS name, format_type(a.atttypid, a.atttypmod) AS type
  FROM pg_attribute a WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
_COMPARE = """-- reads: {relation}
SELECT day, count(*) FILTER (WHERE is_kept) AS kept, count(*) FILTER (WHERE NOT is_kept) AS computed,
       sum(CASE WHEN is_kept THEN hash ELSE -hash END) <> 0 AS is_different
  FROM (SELECT day, true AS is_kept, hashtextextended({row}, 0)::numeric AS hash
          FROM :schema.{table} WHERE day = ANY (:days)
        UNION ALL
        SELECT day, false, hashtextextended({row}, 0)::numeric
          FROM (SELECT {typed} FROM {relation} AS r ({names})) computed) parts
 GROUP BY 1
"""


@dataclass
class PartsCompared:
    """A table of parts: how many rows it keeps and how many the facts make, and the days that differ."""

    table: str
    kept: int = 0
    computed: int = 0
    different: list[date] = field(default_factory=list)


async def compared(
    pool: asyncpg.Pool, build: Build, slice_of: tuple[int, int] | None, turned: Callable[[], None]
) -> list[PartsCompared]:
    """Every table of parts. None where the rollup is not whole, and no more of a calendar once too much has changed.

    ``slice_of``: the number of a slice and of how many, None all days. ``turned`` is called after every portion of
    days; what it raises ends the comparison.
    """
    async with pool.acquire() as connection:
        zone = await connection.fetchval(_of(_ZONE, build))
    if zone is None:
        return []
    found: list[PartsCompared] = []
    for calendar in CALENDARS:
        tables = {table.name: PartsCompared(table.name) for table in calendar.tables}
        async with pool.acquire() as connection:
            days = await _days(connection, build, calendar, zone, slice_of)
        for at in range(0, len(days), DAYS_AT_ONCE):
            async with pool.acquire() as connection:
                portion = days[at : at + DAYS_AT_ONCE]
                if not await _compare(connection, build, calendar, ZoneInfo(zone), portion, tables):
                    break
            turned()
        found += tables.values()
    return found


async def _days(
    connection: Connection, build: Build, calendar: Calendar, zone: str, slice_of: tuple[int, int] | None
) -> list[date]:
    """The days on which there can be parts, and those on which there are."""
    first, today = await first_day(connection, build, zone), datetime.now(ZoneInfo(zone)).date()
    told = await connection.fetch(_of(_TO_COME, build), zone, today)
    for table in calendar.tables:
        told += await connection.fetch(_of(_KEPT, build, table.name))
    days = {row["day"].toordinal() for row in told}
    days |= set(range(first.toordinal(), today.toordinal() + 1)) if first else set()
    number, of = slice_of or (0, 1)
    return [date.fromordinal(day) for day in sorted(days) if day % of == number]


async def _compare(
    connection: Connection,
    build: Build,
    calendar: Calendar,
    zone: ZoneInfo,
    days: Sequence[date],
    tables: dict[str, PartsCompared],
) -> bool:
    """Adds what is found of those days; whether the rollup may be read at all."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute("SET LOCAL statement_timeout = 0; SET LOCAL transaction_timeout = 0")
        await connection.execute("SET LOCAL work_mem = '64MB'; SET LOCAL jit = off; SET LOCAL enable_material = off")
        stale = await stale_days(connection, build, calendar, Filters(zone=zone, now=datetime.now(UTC)), ())
        if stale is None:
            return False
        _, months = by_month(day for day in days if day.day == 1)
        for table in calendar.tables:
            made_of = months if table.is_by_month else sorted(set(days) - set(stale))
            text = await _comparison(connection, build, table.name, table.relation)
            made = compiled(text, build.schema, table.forms)
            found = tables[table.name]
            for row in await fetched(connection, made.text, made.arguments(asked_of_facts(calendar, zone, made_of))):
                found.kept += row["kept"]
                found.computed += row["computed"]
                found.different += [row["day"]] if row["is_different"] else []
    return True


async def _comparison(connection: Connection, build: Build, table: str, relation: str) -> str:
    """Parts are sums over rows in any order: arrays are compared sorted, and floats to nine digits."""
    columns = await connection.fetch(_COLUMNS, f'"{build.schema}"."{table}"')
    shown = {
        "[]": "(SELECT array_agg(one ORDER BY one) FROM unnest({}) AS one)",
        "double precision": "to_char({}, '9.99999999EEEE')",
    }
    row = ", ".join(
        next((form.format(name) for end, form in shown.items() if type_.endswith(end)), name) for name, type_ in columns
    )
    names = ", ".join(name for name, _ in columns)
    typed = ", ".join(f"{name}::{type_} AS {name}" for name, type_ in columns)
    return (
        _COMPARE.replace("{table}", table)
        .replace("{relation}", relation)
        .replace("{row}", f"ROW({row})::text")
        .replace("{names}", names)
        .replace("{typed}", typed)
    )


def _of(statement: str, build: Build, table: str = "") -> str:
    return statement.replace("{schema}", f'"{build.schema}"').replace("{table}", table)
