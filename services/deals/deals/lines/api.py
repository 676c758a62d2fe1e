"""The HTTP API of a deal's lines."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from events.auth import CurrentPrincipal, require
from events.calls import IfMatch, cause_of_call, expected_version
from fastapi import APIRouter, Depends, Response

from deals.deal.desk import Desk
from deals.deal.orders import SetLines
from deals.deal.states import NoDeal
from deals.lines.models import DealLines, GivenLines
from deals.lines.pricing import Pricing


def routes(desk: Desk, pricing: Pricing) -> APIRouter:
    """``/deals/{deal_id}/lines``."""
    router = APIRouter(prefix="/deals/{deal_id}/lines", tags=["Deals"])

    @router.get("", dependencies=[Depends(require("deals:read"))], summary="Read the lines of a deal with totals")
    async def read_lines(deal_id: UUID, principal: CurrentPrincipal, response: Response) -> DealLines:
        await desk.visible(deal_id, principal)
        history = await desk.commands.store.load(deal_id)
        state = desk.commands.fold(history)
        assert not isinstance(state, NoDeal)
        response.headers["ETag"] = f'"{len(history)}"'
        deal = state.deal
        return DealLines(
            deal_id=deal_id,
            version=len(history),
            lines=list(deal.lines),
            discount=deal.discount,
            totals=deal.totals,
        )

    @router.put("", dependencies=[Depends(require("deals:write"))], summary="Set all lines of a deal, and so its value")
    async def set_lines(
        deal_id: UUID, given: GivenLines, principal: CurrentPrincipal, response: Response, if_match: IfMatch = None
    ) -> DealLines:
        row = await desk.visible(deal_id, principal)
        whole = await pricing.price(given, row["currency"], datetime.now(UTC))
        cause, now = cause_of_call(principal), datetime.now(UTC)
        await desk.commands.run(deal_id, SetLines(whole), cause, now, expected_version=expected_version(if_match))
        return await read_lines(deal_id, principal, response)

    return router
