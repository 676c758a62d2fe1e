"""``/ad-spend``: what advertising costs, by HTTP."""

from datetime import UTC, date, datetime, time
from typing import Annotated
from uuid import UUID

from events.auth import CurrentPrincipal, require
from events.calls import cause_of_call, directions_of
from events.cursor import Cursor, Limit, read_cursor, write_cursor
from events.problems import Forbidden
from events.sqlfile import sql
from events.store import Store, append_all
from fastapi import APIRouter, Depends, Query

from leads.imports import SQL
from leads.imports.models import SpendCard, SpendPage, SpendRecordedCount, SpendRows
from leads.imports.spend import record
from leads.normalise import channel_name

Since = Annotated[date | None, Query(description="First day.")]
Until = Annotated[date | None, Query(description="Last day.")]


def router(store: Store) -> APIRouter:
    """``/ad-spend``."""
    routes = APIRouter(prefix="/ad-spend", tags=["Ad spend"], dependencies=[Depends(require("leads:import"))])

    @routes.post("", summary="Record what advertising cost, up to 1,000 sums")
    async def record_spend(body: SpendRows, principal: CurrentPrincipal) -> SpendRecordedCount:
        if not all(principal.sees(spend.direction) for spend in body.spend):
            raise Forbidden("There is spend of a line of business that you do not see.")
        async with store.pool.acquire() as connection, connection.transaction():
            recorded, decisions = await record(connection, body.spend, cause_of_call(principal))
            appended = await append_all(connection, decisions)
        store.count(decisions, appended)
        return SpendRecordedCount(recorded=recorded)

    @routes.get("", summary="List what advertising cost, the latest day first")
    async def list_spend(
        principal: CurrentPrincipal,
        since: Since = None,
        until: Until = None,
        channel: Annotated[str | None, Query(max_length=100)] = None,
        cursor: Cursor = None,
        limit: Limit = 100,
    ) -> SpendPage:
        at, last = read_cursor(cursor)
        rows = await store.pool.fetch(
            sql("spend_list", SQL), since, until, channel_name(channel), directions_of(principal),
            at.date() if at else None, last, limit + 1,
        )  # fmt: skip
        shown = [SpendCard(spend_id=row["id"], **row) for row in rows[:limit]]
        return SpendPage(spend=shown, next=_after(shown[-1].day, shown[-1].spend_id) if len(rows) > limit else None)

    return routes


def _after(day: date, spend_id: UUID) -> str:
    return write_cursor(datetime.combine(day, time(), UTC), spend_id)
