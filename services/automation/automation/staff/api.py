"""The HTTP API of what colleagues are told: everybody's own feed, and the address book."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import asyncpg
import orjson
from events.auth import CurrentPrincipal, require
from events.contracts.automation import Cause
from events.cursor import Cursor, Limit, read_cursor, write_cursor
from events.inputs import Input, Moment
from events.problems import FieldError, Invalid, NotFound
from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field

from automation.messages.smtp import address
from automation.staff.telling import sql

Login = Annotated[str, Path(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")]
READS = [Depends(require("tasks:read"))]
SETS = [Depends(require("rules:write"))]


class Notification(BaseModel):
    """A line in somebody's feed."""

    notification_id: UUID
    text: str
    urgent: bool
    customer_id: UUID | None
    lead_id: UUID | None
    deal_id: UUID | None
    cause: Cause = Field(description="The rule and the event behind it.")
    at: datetime
    read_at: datetime | None


class Feed(BaseModel):
    """A page of the caller's feed, newest first; `next` is the cursor of the following page."""

    notifications: list[Notification]
    unread: int
    next: str | None = None


class Reading(Input):
    """All that came until then is read."""

    until: Moment


class StaffAddress(Input):
    """Where a colleague is written to; without `by_email` the feed alone tells."""

    email: str = Field(max_length=254, examples=["anna@example.com"])
    by_email: bool = True


class StaffEntry(BaseModel):
    """An entry of the address book."""

    login: str
    email: str
    by_email: bool


def feed_router(pool: asyncpg.Pool) -> APIRouter:
    """The routes under /notifications. The feed is the caller's own: that of the name under which he acts."""
    routes = APIRouter(prefix="/notifications", tags=["staff"], dependencies=READS)

    @routes.get("", summary="What the caller is told, newest first")
    async def feed(principal: CurrentPrincipal, unread: bool = False, cursor: Cursor = None, limit: Limit = 50) -> Feed:
        rows = await pool.fetch(sql("feed"), principal.name, unread, *read_cursor(cursor), limit + 1)
        shown = [Notification(**{**row, "cause": orjson.loads(row["cause"])}) for row in rows[:limit]]
        last = shown[-1] if len(rows) > limit else None
        count = await pool.fetchval(
            "SELECT count(*)::int FROM staff_notifications WHERE recipient = $1 AND read_at IS NULL", principal.name
        )
        following = write_cursor(last.at, last.notification_id) if last else None
        return Feed(notifications=shown, unread=count, next=following)

    @routes.post("/{notification_id}/read", status_code=204, summary="Say that it is read")
    async def read(notification_id: UUID, principal: CurrentPrincipal) -> None:
        await pool.execute(sql("feed_read"), principal.name, notification_id, None)

    @routes.post("/read", status_code=204, summary="Say that all is read that came until then")
    async def read_all(body: Reading, principal: CurrentPrincipal) -> None:
        await pool.execute(sql("feed_read"), principal.name, None, body.until)

    return routes


def addresses_router(pool: asyncpg.Pool) -> APIRouter:
    """The routes under /staff-addresses."""
    routes = APIRouter(prefix="/staff-addresses", tags=["staff"], dependencies=SETS)

    @routes.get("", summary="The address book of colleagues")
    async def list_addresses() -> list[StaffEntry]:
        rows = await pool.fetch("SELECT login, email, by_email FROM staff_addresses ORDER BY login")
        return [StaffEntry(**row) for row in rows]

    @routes.put("/{login}", summary="Say where a colleague is written to")
    async def save(login: Login, body: StaffAddress) -> StaffEntry:
        if address(body.email) is None:
            fault = FieldError("is no address that can be written to", pointer="#/email")
            raise Invalid("The request has faults.", errors=[fault])
        await pool.execute(sql("address_save"), login, body.email, body.by_email)
        return StaffEntry(login=login, email=body.email, by_email=body.by_email)

    @routes.delete("/{login}", status_code=204, summary="Take a colleague out of the address book")
    async def forget(login: Login) -> None:
        if await pool.execute("DELETE FROM staff_addresses WHERE login = $1", login) == "DELETE 0":
            raise NotFound("There is no such entry.")

    return routes
