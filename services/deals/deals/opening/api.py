"""The HTTP API of offers, and of the rules by which leads become deals."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import asyncpg
from events.auth import CurrentPrincipal, Principal, require
from events.calls import IfMatch, cause_of_call, directions_of, expected_version
from events.cursor import Cursor, Limit, read_cursor, write_cursor
from events.decider import Rejected
from events.inputs import OfCustomer
from events.problems import NotFound
from fastapi import APIRouter, Depends, Response

from deals.deal.desk import Desk
from deals.deal.models import DealCard
from deals.deal.seeing import card
from deals.deciding import problem_of_rejection
from deals.opening import models
from deals.opening.offers import Offers, sql
from deals.opening.saved import SavedRules, save_rules, saved_rules


def offers(desk: Desk, made: Offers) -> APIRouter:
    """``/deal-offers``."""
    router = APIRouter(prefix="/deal-offers", tags=["Offers of deals"])
    writes = [Depends(require("deals:write"))]

    @router.get("", dependencies=[Depends(require("deals:read"))], summary="List deals that are offered, newest first")
    async def list_offers(
        principal: CurrentPrincipal,
        state: models.OfferState | None = None,
        manager_id: str | None = None,
        customer_id: OfCustomer = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> models.OfferPage:
        seen = directions_of(principal)
        page = (*read_cursor(cursor), limit + 1)
        rows = await desk.pool.fetch(sql("offers_list"), state, manager_id, customer_id, seen, *page)
        shown = [models.OfferCard(**row) for row in rows[:limit]]
        following = write_cursor(shown[-1].offered_at, shown[-1].offer_id) if len(rows) > limit else None
        return models.OfferPage(offers=shown, next=following)

    @router.post("/{offer_id}/accept", dependencies=writes, summary="Make a deal of an offer")
    async def accept_offer(
        offer_id: UUID, principal: CurrentPrincipal, response: Response, body: models.AcceptOffer | None = None
    ) -> DealCard:
        row = await _visible(desk.pool, offer_id, principal)
        await desk.check_not_erased(row["customer_id"])
        manager_id = body.manager_id if body else None
        deal_id = await made.accept(offer_id, manager_id, cause_of_call(principal), datetime.now(UTC))
        return card(await desk.visible(deal_id, principal), response)

    @router.post("/{offer_id}/decline", dependencies=writes, summary="Make no deal of an offer")
    async def decline_offer(
        offer_id: UUID, principal: CurrentPrincipal, body: models.DeclineOffer | None = None
    ) -> models.OfferCard:
        row = await _visible(desk.pool, offer_id, principal)
        text = body.comment if body else None
        comment = (await desk.key(row["customer_id"])).seal(text) if text else None
        await made.decline(offer_id, comment, cause_of_call(principal), datetime.now(UTC))
        return models.OfferCard(**await _visible(desk.pool, offer_id, principal))

    return router


def rules(desk: Desk) -> APIRouter:
    """``/opening-rules``."""
    router = APIRouter(prefix="/opening-rules", tags=["Offers of deals"])
    store, pipelines = desk.commands.store, desk.commands.pipelines

    @router.get("", dependencies=[Depends(require("deals:read"))], summary="Read how qualified leads become deals")
    async def read_rules(response: Response) -> models.Rules:
        return _shown(await saved_rules(desk.pool), response)

    @router.put("", dependencies=[Depends(require("pipelines:write"))], summary="Say how qualified leads become deals")
    async def put_rules(
        body: models.SaveRules, principal: CurrentPrincipal, response: Response, if_match: IfMatch = None
    ) -> models.Rules:
        wanted = [rule.event() for rule in body.rules]
        cause, now, expected = cause_of_call(principal), datetime.now(UTC), expected_version(if_match)
        await pipelines.wait()
        try:
            return _shown(await save_rules(store, pipelines, wanted, cause, now, expected), response)
        except Rejected as rejected:
            raise problem_of_rejection(rejected) from None

    return router


async def _visible(pool: asyncpg.Pool, offer_id: UUID, principal: Principal) -> asyncpg.Record:
    row = await pool.fetchrow("SELECT * FROM deal_offers WHERE offer_id = $1", offer_id)
    if row is None or not principal.sees(row["direction"]):
        raise NotFound("There is no such offer.")
    return row


def _shown(saved: SavedRules, response: Response) -> models.Rules:
    response.headers["ETag"] = f'"{saved.version}"'
    return models.Rules(
        version=saved.version, rules=[models.Rule.model_validate(rule.model_dump()) for rule in saved.rules]
    )
