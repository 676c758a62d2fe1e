"""Requests to other services that were refused or have no answer, by HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import asyncpg
import orjson
from events.auth import CurrentPrincipal, require
from events.calls import directions_of
from events.contracts.automation import Cause
from events.cursor import Cursor, Limit, read_cursor, write_cursor
from events.sqlfile import sql
from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from automation.asked.keeping import SQL


class Asked(BaseModel):
    """What was asked of another service, for whom, because of what, and what it answered."""

    request_id: UUID
    request: str = Field(examples=["invoice.issue-requested.v1"])
    asked_at: datetime
    customer_id: UUID | None
    lead_id: UUID | None
    deal_id: UUID | None
    cause: Cause | None = Field(description="The rule, its action and the event that fired it.")
    outcome: Literal["refused", "none"]
    code: str | None = Field(description="`gave_up`: the service tried again and again, and could not.")
    reason: str | None
    answered_at: datetime | None
    unanswered_at: datetime | None = Field(description="When it was told that no answer came.")


class AskedPage(BaseModel):
    """Requests, newest first."""

    requests: list[Asked]
    next: str | None = Field(None, description="Cursor of the next page.")


def router(pool: asyncpg.Pool) -> APIRouter:
    """``/requests``."""
    routes = APIRouter(tags=["rules"])

    @routes.get(
        "/requests",
        dependencies=[Depends(require("rules:read"))],
        summary="What was asked of other services and refused, or not answered yet",
    )
    async def list_requests(
        principal: CurrentPrincipal, deal_id: UUID | None = None, cursor: Cursor = None, limit: Limit = 100
    ) -> AskedPage:
        asked = *read_cursor(cursor), limit + 1, directions_of(principal), deal_id
        rows = await pool.fetch(sql("asked_list", SQL), *asked)
        found = [
            Asked(**{**row, "cause": orjson.loads(row["cause"]) if row["cause"] else None}) for row in rows[:limit]
        ]
        last = found[-1] if len(rows) > limit else None
        return AskedPage(requests=found, next=write_cursor(last.asked_at, last.request_id) if last else None)

    return routes
