"""The HTTP API of deals: open and read them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from events.auth import CurrentPrincipal, require
from events.calls import directions_of
from events.cursor import Cursor, Limit, read_cursor, write_cursor
from fastapi import APIRouter, Depends, Query, Response

from deals.deal import models
from deals.deal.call import IdempotencyKey, OnDeal
from deals.deal.desk import Desk
from deals.deal.seeing import card
from deals.deal.tables import sql


def routes(desk: Desk) -> APIRouter:
    """``/deals``."""
    router = APIRouter(prefix="/deals", tags=["Deals"])
    reads, writes = [Depends(require("deals:read"))], [Depends(require("deals:write"))]

    @router.post(
        "",
        status_code=201,
        dependencies=writes,
        summary="Open a deal",
        responses={200: {"model": models.DealCard, "description": "It was open already; nothing was changed."}},
    )
    async def open_deal(
        new: models.OpenDeal, principal: CurrentPrincipal, response: Response, idempotency_key: IdempotencyKey = None
    ) -> models.DealCard:
        return await desk.open(new, principal, idempotency_key, response)

    @router.get("", dependencies=reads, summary="List deals, newest first")
    async def list_deals(
        principal: CurrentPrincipal,
        pipeline: str | None = None,
        stage: str | None = None,
        state: models.DealState | None = None,
        manager_id: str | None = None,
        customer_id: Annotated[
            UUID | None, Query(description="Whose deal it is, or who takes part; of all cards merged with it.")
        ] = None,
        lead_id: UUID | None = None,
        organisation_id: UUID | None = None,
        deal_type: str | None = None,
        tag: str | None = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> models.DealPage:
        rows = await desk.pool.fetch(
            sql("deals_list"), pipeline, stage, manager_id, customer_id, lead_id, state, directions_of(principal),
            *read_cursor(cursor), limit + 1, organisation_id, deal_type, tag.strip().lower() if tag else None,
        )  # fmt: skip
        shown = rows[:limit]
        following = write_cursor(shown[-1]["opened_at"], shown[-1]["deal_id"]) if len(rows) > limit else None
        return models.DealPage(deals=[card(row) for row in shown], next=following)

    @router.get("/{deal_id}", dependencies=reads, summary="Read a deal with its texts, fields, people and check-list")
    async def read_deal(call: OnDeal) -> models.DealDetails:
        return await desk.details(call)

    @router.get("/{deal_id}/history", dependencies=reads, summary="Read who did what to a deal, and when")
    async def read_history(call: OnDeal) -> models.DealHistory:
        return await desk.history(call)

    @router.post(
        "/{deal_id}/repeat",
        status_code=201,
        dependencies=writes,
        summary="Open a repeat sale after a deal that was won",
        responses={200: {"model": models.DealCard, "description": "It was open already; nothing was changed."}},
    )
    async def repeat_deal(
        call: OnDeal, body: models.RepeatDeal | None = None, idempotency_key: IdempotencyKey = None
    ) -> models.DealCard:
        return await desk.repeat(call, body or models.RepeatDeal(), idempotency_key)

    return router
