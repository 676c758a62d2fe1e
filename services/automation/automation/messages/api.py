"""The HTTP API of what automation wrote to customers."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal
from uuid import UUID

import asyncpg
import orjson
from events.auth import require
from events.contracts.automation import Cause
from events.cursor import Cursor, Limit, read_cursor, write_cursor
from events.sqlfile import sql
from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

State = Literal["requested", "sent", "failed"]

_SQL = Path(__file__).parent / "sql"


class Message(BaseModel):
    """A letter to a customer; its text and address are not kept. `reason` is a code: why it failed."""

    message_id: UUID
    customer_id: UUID
    medium: str
    template: str
    state: State
    reason: str | None = Field(examples=["no_email", "recipient_refused", "customer_erased"])
    attempts: int | None
    cause: Cause | None = Field(description="The rule and the event behind it.")
    requested_at: datetime
    settled_at: datetime | None


class MessagePage(BaseModel):
    """A page of messages, oldest first; `next` is the cursor of the following page."""

    messages: list[Message]
    next: str | None = None


def router(pool: asyncpg.Pool) -> APIRouter:
    """The route /messages."""
    routes = APIRouter(tags=["messages"])

    @routes.get("/messages", dependencies=[Depends(require("messages:read"))], summary="Letters to customers")
    async def list_messages(
        customer_id: UUID | None = None, state: State | None = None, cursor: Cursor = None, limit: Limit = 100
    ) -> MessagePage:
        rows = await pool.fetch(sql("list_messages", _SQL), customer_id, state, *read_cursor(cursor), limit + 1)
        messages = [
            Message(**{**row, "cause": orjson.loads(row["cause"]) if row["cause"] else None}) for row in rows[:limit]
        ]
        last = messages[-1] if len(rows) > limit else None
        return MessagePage(messages=messages, next=write_cursor(last.requested_at, last.message_id) if last else None)

    return routes
