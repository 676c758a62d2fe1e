"""The HTTP API of what automation wrote to customers."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import asyncpg
import orjson
from events.auth import CurrentPrincipal, require
from events.calls import directions_of
from events.cursor import Cursor, Limit, read_cursor, write_cursor
from events.inputs import OfCustomer
from events.sqlfile import sql
from fastapi import APIRouter, Depends

from automation.messages.again import SendAgain
from automation.messages.models import Again, Message, MessagePage, State

_SQL = Path(__file__).parent / "sql"


def router(pool: asyncpg.Pool, send_again: SendAgain) -> APIRouter:
    """The routes under /messages."""
    routes = APIRouter(tags=["messages"])

    @routes.get("/messages", dependencies=[Depends(require("messages:read"))], summary="Messages to customers")
    async def list_messages(
        principal: CurrentPrincipal,
        customer_id: OfCustomer = None,
        state: State | None = None,
        cursor: Cursor = None,
        limit: Limit = 100,
    ) -> MessagePage:
        asked = customer_id, state, *read_cursor(cursor), limit + 1, directions_of(principal)
        rows = await pool.fetch(sql("list_messages", _SQL), *asked)
        messages = [
            Message(**{**row, "cause": orjson.loads(row["cause"]) if row["cause"] else None}) for row in rows[:limit]
        ]
        last = messages[-1] if len(rows) > limit else None
        return MessagePage(messages=messages, next=write_cursor(last.requested_at, last.message_id) if last else None)

    @routes.post(
        "/messages/{message_id}/again",
        dependencies=[Depends(require("rules:write"))],
        summary="Send an unconfirmed message again, once",
    )
    async def send_message_again(message_id: UUID, principal: CurrentPrincipal) -> Again:
        return Again(message_id=await send_again(message_id, principal))

    return routes
