"""The HTTP API of deals: open, read, and the commands."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from events.auth import CurrentPrincipal, require
from events.calls import IfMatch, directions_of
from events.cursor import Cursor, Limit, read_cursor, write_cursor
from fastapi import APIRouter, Depends, Header, Response

from deals.deal import models, orders
from deals.deal.desk import Desk, card
from deals.deal.tables import sql

IdempotencyKey = Annotated[
    str | None, Header(max_length=200, description="The same key opens the same deal; a repeat is answered with it.")
]


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
        customer_id: UUID | None = None,
        lead_id: UUID | None = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> models.DealPage:
        rows = await desk.pool.fetch(
            sql("deals_list"), pipeline, stage, manager_id, customer_id, lead_id, state, directions_of(principal),
            *read_cursor(cursor), limit + 1,
        )  # fmt: skip
        shown = rows[:limit]
        following = write_cursor(shown[-1]["opened_at"], shown[-1]["deal_id"]) if len(rows) > limit else None
        return models.DealPage(deals=[card(row) for row in shown], next=following)

    @router.get("/{deal_id}", dependencies=reads, summary="Read a deal with its texts")
    async def read_deal(deal_id: UUID, principal: CurrentPrincipal, response: Response) -> models.DealDetails:
        return await desk.details(await desk.visible(deal_id, principal), response)

    @router.post("/{deal_id}/move", dependencies=writes, summary="Move a deal to another stage")
    async def move_deal(
        deal_id: UUID, body: models.MoveDeal, principal: CurrentPrincipal, response: Response, if_match: IfMatch = None
    ) -> models.DealCard:
        await desk.visible(deal_id, principal)
        return await desk.run(deal_id, orders.MoveDeal(body.to_stage), principal, body.occurred_at, if_match, response)

    @router.post("/{deal_id}/value", dependencies=writes, summary="Change what a deal is worth")
    async def change_value(
        deal_id: UUID,
        body: models.ChangeValue,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> models.DealCard:
        await desk.visible(deal_id, principal)
        command = orders.ChangeValue(body.value.money())
        return await desk.run(deal_id, command, principal, body.occurred_at, if_match, response)

    @router.post("/{deal_id}/win", dependencies=writes, summary="Win a deal")
    async def win_deal(
        deal_id: UUID, principal: CurrentPrincipal, response: Response, body: models.WinDeal | None = None,
        if_match: IfMatch = None,
    ) -> models.DealCard:  # fmt: skip
        await desk.visible(deal_id, principal)
        body = body or models.WinDeal()
        command = orders.WinDeal(body.value.money() if body.value else None)
        return await desk.run(deal_id, command, principal, body.occurred_at, if_match, response)

    @router.post("/{deal_id}/lose", dependencies=writes, summary="Lose a deal: a reason and a comment")
    async def lose_deal(
        deal_id: UUID, body: models.LoseDeal, principal: CurrentPrincipal, response: Response, if_match: IfMatch = None
    ) -> models.DealCard:
        row = await desk.visible(deal_id, principal)
        comment = (await desk.key(row["customer_id"])).seal(body.comment)
        command = orders.LoseDeal(body.reason, comment)
        return await desk.run(deal_id, command, principal, body.occurred_at, if_match, response)

    @router.post("/{deal_id}/reopen", dependencies=writes, summary="Bring a lost deal back")
    async def reopen_deal(
        deal_id: UUID, principal: CurrentPrincipal, response: Response, body: models.ReopenDeal | None = None,
        if_match: IfMatch = None,
    ) -> models.DealCard:  # fmt: skip
        await desk.visible(deal_id, principal)
        body = body or models.ReopenDeal()
        command = orders.ReopenDeal(body.to_stage)
        return await desk.run(deal_id, command, principal, body.occurred_at, if_match, response)

    @router.post("/{deal_id}/reassign", dependencies=writes, summary="Give a deal to another manager")
    async def reassign_deal(
        deal_id: UUID,
        body: models.ReassignDeal,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> models.DealCard:
        await desk.visible(deal_id, principal)
        command = orders.ReassignDeal(body.manager_id)
        return await desk.run(deal_id, command, principal, body.occurred_at, if_match, response)

    return router
