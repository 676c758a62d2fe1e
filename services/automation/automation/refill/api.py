"""How far the history is read, by HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import asyncpg
from events.auth import CurrentPrincipal, require
from events.inputs import Input
from events.problems import Conflict
from events.sqlfile import sql
from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from automation.refill.refilling import CONSUMER, SQL, accept, ask


class Refill(BaseModel):
    """The reading of the history. While it lasts, rules that ask what was before wait, and so do dates and cadence."""

    state: Literal["waiting", "reading", "done"]
    events: int = Field(description="Events read.")
    applied: int = Field(description="Events that the consumer has applied: what is to be read.")
    progress: float = Field(description="From 0 to 1.")
    failed: int = Field(description="Events that could not be written.")
    missing: int = Field(description="Events that the log should hold and does not.")
    asked_at: datetime
    finished_at: datetime | None
    accepted: int = Field(description="Missing events that are gone for good, as somebody said: no alert for these.")
    accepted_at: datetime | None
    accepted_by: str | None
    accepted_because: str | None


class Acceptance(Input):
    """Why the events that are missing will not come back."""

    reason: str = Field(min_length=1, max_length=500, description="For people; no personal data.")


def router(pool: asyncpg.Pool) -> APIRouter:
    """``/refill``."""
    routes = APIRouter(prefix="/refill", tags=["operations"])

    async def shown() -> Refill:
        row = await pool.fetchrow(sql("refill_read", SQL), CONSUMER)
        assert row is not None
        share = min(row["events"] / row["applied"], 1.0) if row["applied"] else 1.0
        return Refill(**row, progress=1.0 if row["state"] == "done" else share)

    @routes.get("", dependencies=[Depends(require("operations:read"))], summary="How far the history is read")
    async def read_refill() -> Refill:
        return await shown()

    @routes.post(
        "",
        status_code=202,
        dependencies=[Depends(require("operations:write"))],
        summary="Read the history again from the beginning of the log",
    )
    async def begin_refill() -> Refill:
        async with pool.acquire() as connection:
            await ask(connection)
        return await shown()

    @routes.post(
        "/acceptance",
        dependencies=[Depends(require("operations:write"))],
        summary="Say that the missing events are gone for good; more of them are told again",
    )
    async def accept_missing(body: Acceptance, principal: CurrentPrincipal) -> Refill:
        async with pool.acquire() as connection:
            if not await accept(connection, principal.actor, body.reason):
                raise Conflict("Nothing is missing, or the history is still being read.", code="nothing_to_accept")
        return await shown()

    return routes
