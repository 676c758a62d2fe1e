"""How far the history is read, by HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import asyncpg
from events.auth import require
from events.sqlfile import sql
from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from automation.refill.refilling import CONSUMER, SQL, ask


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

    return routes
