"""What people do with leads by HTTP: judge, give, take, return, postpone, reopen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import asyncpg
from events.auth import CurrentPrincipal, Principal, require
from events.calls import IfMatch, cause_of_call, expected_version
from events.problems import Forbidden
from fastapi import APIRouter, Depends, Response

from leads.cards import LeadCard, visible_lead
from leads.commands import Commands, Prepare
from leads.routing import processing_models as models


def who(named: str | None, principal: Principal) -> str:
    """The manager whom a call is about: the caller, whose name is his id, or another whom only a head may name."""
    if named is None or named == principal.name:
        return principal.name
    if "leads:assign" not in principal.permissions:
        raise Forbidden("To do this for another manager needs the permission leads:assign.")
    return named


def processing_router(pool: asyncpg.Pool, commands: Commands, now: Callable[[], datetime]) -> APIRouter:
    """``/leads``, beyond reading them."""
    routes = APIRouter(prefix="/leads", tags=["Leads"])
    writes, assigns = [Depends(require("leads:write"))], [Depends(require("leads:assign"))]

    async def run(
        lead_id: UUID,
        prepare: Prepare,
        principal: Principal,
        if_match: str | None,
        response: Response,
        *,
        locks_card: bool = False,
    ) -> LeadCard:
        await visible_lead(pool, lead_id, principal)
        cause, version = cause_of_call(principal), expected_version(if_match)
        await commands.run(lead_id, prepare, cause, now(), version, locks_card=locks_card)
        card = await visible_lead(pool, lead_id, principal)
        response.headers["ETag"] = f'"{card.version}"'
        return card

    @routes.post("/{lead_id}/qualify", dependencies=writes, summary="Qualify a lead")
    async def qualify(
        lead_id: UUID,
        body: models.QualifyLead,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> LeadCard:
        prepare = commands.qualifying(body.temperature, body.category, body.comment, body.answers)
        return await run(lead_id, prepare, principal, if_match, response)

    @routes.post("/{lead_id}/disqualify", dependencies=writes, summary="Close a lead: there is nothing to sell")
    async def disqualify(
        lead_id: UUID,
        body: models.DisqualifyLead,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> LeadCard:
        return await run(lead_id, commands.disqualifying(body.reason, body.comment), principal, if_match, response)

    @routes.post("/{lead_id}/reopen", dependencies=writes, summary="Open a disqualified lead again")
    async def reopen(
        lead_id: UUID,
        body: models.ReopenLead,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> LeadCard:
        return await run(lead_id, commands.reopening(body.comment), principal, if_match, response, locks_card=True)

    @routes.post("/{lead_id}/assign", dependencies=assigns, summary="Give a lead to a manager")
    async def assign(
        lead_id: UUID,
        body: models.AssignLead,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> LeadCard:
        return await run(lead_id, commands.assigning(body.manager_id, now()), principal, if_match, response)

    @routes.post("/{lead_id}/take", dependencies=writes, summary="Begin to work on a lead; the first one gets it")
    async def take(
        lead_id: UUID,
        body: models.TakeLead,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> LeadCard:
        prepare = commands.taking(who(body.manager_id, principal))
        return await run(lead_id, prepare, principal, if_match, response)

    @routes.post("/{lead_id}/return", dependencies=writes, summary="Put a lead back among the unsorted")
    async def return_lead(
        lead_id: UUID,
        body: models.ReturnLead,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> LeadCard:
        return await run(lead_id, commands.returning(body.reason, body.comment), principal, if_match, response)

    @routes.post("/{lead_id}/postpone", dependencies=writes, summary="Leave a lead alone until a time")
    async def postpone(
        lead_id: UUID,
        body: models.PostponeLead,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> LeadCard:
        prepare = commands.postponing(body.until, body.comment, now())
        return await run(lead_id, prepare, principal, if_match, response)

    return routes
