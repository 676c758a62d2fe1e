"""The HTTP API of a deal's way: through the stages, to its end, from manager to manager."""

from __future__ import annotations

from events.auth import require
from fastapi import APIRouter, Depends

from deals.deal import models, orders
from deals.deal.call import OnDeal
from deals.deal.desk import Desk


def routes(desk: Desk) -> APIRouter:
    """``/deals/{deal_id}/move`` and the like."""
    router = APIRouter(prefix="/deals/{deal_id}", tags=["Deals"], dependencies=[Depends(require("deals:write"))])

    @router.post("/move", summary="Move a deal to another stage")
    async def move_deal(call: OnDeal, body: models.MoveDeal) -> models.DealCard:
        command = orders.MoveDeal(body.to_stage, await desk.sealed(call, body.because))
        return await desk.obey(call, command, body.occurred_at)

    @router.post("/nurture", summary="Put a deal off, until a time or without one")
    async def nurture_deal(call: OnDeal, body: models.NurtureDeal | None = None) -> models.DealCard:
        body = body or models.NurtureDeal()
        return await desk.obey(call, orders.NurtureDeal(body.to_stage, body.wake_at), body.occurred_at)

    @router.post("/value", summary="Change what a deal is worth")
    async def change_value(call: OnDeal, body: models.ChangeValue) -> models.DealCard:
        return await desk.obey(call, orders.ChangeValue(body.value.money()), body.occurred_at)

    @router.post("/win", summary="Win a deal")
    async def win_deal(call: OnDeal, body: models.WinDeal | None = None) -> models.DealCard:
        body = body or models.WinDeal()
        value = body.value.money() if body.value else None
        return await desk.obey(call, orders.WinDeal(value, await desk.sealed(call, body.because)), body.occurred_at)

    @router.post("/lose", summary="Lose a deal: a reason and a comment")
    async def lose_deal(call: OnDeal, body: models.LoseDeal) -> models.DealCard:
        command = orders.LoseDeal(body.reason, await desk.sealed(call, body.comment))
        return await desk.obey(call, command, body.occurred_at)

    @router.post("/reopen", summary="Bring a lost deal back")
    async def reopen_deal(call: OnDeal, body: models.ReopenDeal | None = None) -> models.DealCard:
        body = body or models.ReopenDeal()
        return await desk.obey(call, orders.ReopenDeal(body.to_stage), body.occurred_at)

    @router.post("/reassign", summary="Give a deal to another manager")
    async def reassign_deal(call: OnDeal, body: models.ReassignDeal) -> models.DealCard:
        return await desk.obey(call, orders.ReassignDeal(body.manager_id, body.reason), body.occurred_at)

    return router
