"""The payment calendar: what is due when, what is overdue, what came; by currency, never added up over currencies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import asyncpg
from events.auth import CurrentPrincipal, require
from events.calls import directions_of
from events.contracts.deals import Money
from events.inputs import Day
from events.problems import Invalid
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from deals.money import money
from deals.payments.rows import sql

MOST_DAYS = 731


class CalendarRow(BaseModel):
    """A day, a week from Monday, or a month, in one currency."""

    period: date = Field(description="Its first day.")
    expected: Money = Field(description="Due on its days from today on, not paid yet.")
    overdue: Money = Field(description="Due on its days before today, not paid yet.")
    planned: Money = Field(
        description="Of open deals expected to be concluded then: what is neither invoiced nor paid of their value."
    )
    received: Money
    refunded: Money


class Calendar(BaseModel):
    """Periods in which something is due or came; `overdue_before` is what was due before the first day."""

    by: Literal["day", "week", "month"]
    first: date
    last: date
    timezone: str
    overdue_before: list[Money]
    rows: list[CalendarRow]


def routes(pool: asyncpg.Pool, zone: ZoneInfo, now: Callable[[], datetime]) -> APIRouter:
    """``/payments/calendar``; days are those of ``zone``."""
    router = APIRouter(prefix="/payments", tags=["Payments"])

    @router.get("/calendar", dependencies=[Depends(require("payments:read"))], summary="Read the payment calendar")
    async def read_calendar(
        principal: CurrentPrincipal,
        first: Annotated[Day | None, Query(alias="from", description="Empty: today.")] = None,
        last: Annotated[Day | None, Query(alias="to", description="Empty: 30 days on; 731 days at most.")] = None,
        by: Literal["day", "week", "month"] = "day",
        manager_id: Annotated[str | None, Query(max_length=100, description="Who answers for the deal.")] = None,
        direction: Annotated[str | None, Query(max_length=100)] = None,
    ) -> Calendar:
        today = now().astimezone(zone).date()
        start, end = _days(first, last, today)
        sees = directions_of(principal)
        rows = await pool.fetch(sql("calendar"), by, start, end, zone.key, today, manager_id, direction, sees)
        before = await pool.fetch(sql("overdue_before"), min(start, today), manager_id, direction, sees)
        names = ("expected", "overdue", "planned", "received", "refunded")
        return Calendar(
            by=by,
            first=start,
            last=end,
            timezone=zone.key,
            overdue_before=[money(row["amount"], row["currency"]) for row in before],
            rows=[
                CalendarRow(period=row["period"], **{name: money(row[name], row["currency"]) for name in names})
                for row in rows
            ],
        )

    return router


def _days(first: date | None, last: date | None, today: date) -> tuple[date, date]:
    start = first or today
    try:
        end = last or start + timedelta(days=30)
    except OverflowError:
        raise Invalid("The days are out of the calendar.") from None
    if not 0 <= (end - start).days < MOST_DAYS or end.year > 9_000 or start.year < 1_900:
        raise Invalid(f"The calendar shows 1 to {MOST_DAYS} days, in their order.")
    return start, end
