"""Rules started by hand, by HTTP: the button on a card, a list, another system."""

from __future__ import annotations

from typing import Annotated

from events.auth import CurrentPrincipal, require
from events.store import deterministic_id
from fastapi import APIRouter, Depends, Header
from uuid_utils.compat import uuid7

from automation.rules.api import RuleId
from automation.rules.starting import NewStart, Starts
from automation.rules.starting_lists import NewListStart, StartedLists, StartingLists

IdempotencyKey = Annotated[
    str | None, Header(max_length=200, description="The same key starts the rule for the same customer or list once.")
]


def router(of_lists: StartingLists) -> APIRouter:
    """``/rules/{rule_id}/starts`` and ``/lists``."""
    routes = APIRouter(prefix="/rules/{rule_id}", tags=["rules"])

    @routes.post(
        "/starts", dependencies=[Depends(require("rules:start"))], summary="Start a rule now, for customers or the firm"
    )
    async def start_rule(
        rule_id: RuleId, body: NewStart, principal: CurrentPrincipal, idempotency_key: IdempotencyKey = None
    ) -> Starts:
        return await of_lists.starting.start(rule_id, body, idempotency_key, principal)

    @routes.get("/lists", dependencies=[Depends(require("rules:read"))], summary="Lists for which it was started")
    async def list_lists(rule_id: RuleId) -> StartedLists:
        return StartedLists(lists=await of_lists.started(rule_id))

    @routes.post(
        "/lists",
        status_code=202,
        dependencies=[Depends(require("rules:start"))],
        summary="Start a rule for whoever is on a list, as it is now",
    )
    async def start_for_list(
        rule_id: RuleId, body: NewListStart, principal: CurrentPrincipal, idempotency_key: IdempotencyKey = None
    ) -> StartedLists:
        key = deterministic_id("rule list", principal.actor, idempotency_key) if idempotency_key else uuid7()
        return StartedLists(lists=await of_lists.start(key, rule_id, body.list_id, principal))

    return routes
