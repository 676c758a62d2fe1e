"""The HTTP API of deliveries: the log of what was sent, and sending it again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import asyncpg
from events.auth import CurrentPrincipal, Principal, require
from events.calls import cause_of_call
from events.cursor import Cursor, Limit, read_cursor, write_cursor
from events.problems import Conflict, NotFound
from events.store import deterministic_id
from events.tasks import NewTask, add
from fastapi import APIRouter, Depends, Query

from automation.webhooks.api import seen
from automation.webhooks.endpoints import sql
from automation.webhooks.matching import KIND
from automation.webhooks.models import Attempt, Code, Delivery, DeliveryPage, DeliveryState, SendAgain, SentAgain

MOST_AGAIN = 10_000


def router(pool: asyncpg.Pool) -> APIRouter:
    """The routes under /webhooks/{code}/deliveries."""
    routes = APIRouter(
        prefix="/webhooks/{code}/deliveries", tags=["webhooks"], dependencies=[Depends(require("webhooks:write"))]
    )

    @routes.get("", summary="The log of deliveries, newest first")
    async def list_deliveries(
        code: Code,
        principal: CurrentPrincipal,
        state: DeliveryState | None = None,
        type_: Annotated[str | None, Query(alias="type", max_length=80)] = None,
        cursor: Cursor = None,
        limit: Limit = 100,
    ) -> DeliveryPage:
        await seen(pool, code, principal)
        rows = await pool.fetch(sql("deliveries_list"), code, state, type_, *read_cursor(cursor), limit + 1)
        shown = [Delivery(**row) for row in rows[:limit]]
        last = shown[-1] if len(rows) > limit else None
        return DeliveryPage(deliveries=shown, next=write_cursor(last.created_at, last.delivery_id) if last else None)

    @routes.get("/{delivery_id}", summary="A delivery with its attempts")
    async def read_delivery(code: Code, delivery_id: UUID, principal: CurrentPrincipal) -> Delivery:
        await seen(pool, code, principal)
        return await _read(pool, code, delivery_id)

    @routes.post("/{delivery_id}/resend", status_code=202, summary="Send a delivery again, with the same webhook-id")
    async def resend(code: Code, delivery_id: UUID, principal: CurrentPrincipal) -> Delivery:
        await seen(pool, code, principal)
        if not await _again(pool, code, principal, [delivery_id]):
            known = await _read(pool, code, delivery_id)
            raise Conflict(
                "It is still being tried." if known.state == "pending" else "There is nothing left of it to be sent.",
                hint="rule: not_settled" if known.state == "pending" else "rule: forgotten",
            )
        return await _read(pool, code, delivery_id)

    @routes.post("/resend", status_code=202, summary="Send what failed in a time again")
    async def resend_failed(code: Code, body: SendAgain, principal: CurrentPrincipal) -> SentAgain:
        await seen(pool, code, principal)
        rows = await pool.fetch(sql("deliveries_failed"), code, body.since, body.until, MOST_AGAIN)
        return SentAgain(deliveries=await _again(pool, code, principal, [row["delivery_id"] for row in rows]))

    return routes


async def _read(pool: asyncpg.Pool, code: str, delivery_id: UUID) -> Delivery:
    row = await pool.fetchrow(sql("delivery_shown"), code, delivery_id)
    if row is None:
        raise NotFound("There is no such delivery, or not any more.")
    attempts = await pool.fetch(sql("attempts_list"), delivery_id)
    return Delivery(**row, attempts=[Attempt(**attempt) for attempt in attempts])


async def _again(pool: asyncpg.Pool, code: str, principal: Principal, ids: Sequence[UUID]) -> int:
    """Opens settled deliveries again, each with work of its own; returns how many."""
    cause, now = cause_of_call(principal), datetime.now(UTC)
    async with pool.acquire() as connection, connection.transaction():
        rows = await connection.fetch(sql("deliveries_again"), code, ids)
        tasks = [
            NewTask(
                deterministic_id(row["delivery_id"], "sending", row["sendings"]),
                KIND,
                {"delivery_id": str(row["delivery_id"])},
                now,
                cause,
            )
            for row in rows
        ]
        await add(connection, tasks)
    return len(tasks)
