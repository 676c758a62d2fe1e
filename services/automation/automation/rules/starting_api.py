"""Rules started by hand, by HTTP: the button on a card, a list, another system."""

from __future__ import annotations

from typing import Annotated

from events.auth import CurrentPrincipal, require
from fastapi import APIRouter, Depends, Header

from automation.rules.api import RuleId
from automation.rules.starting import NewStart, Starting, Starts

IdempotencyKey = Annotated[
    str | None, Header(max_length=200, description="The same key starts the rule for the same customer once.")
]


def router(starting: Starting) -> APIRouter:
    """``POST /rules/{rule_id}/starts``."""
    routes = APIRouter(prefix="/rules/{rule_id}", tags=["rules"])

    @routes.post(
        "/starts", dependencies=[Depends(require("rules:start"))], summary="Start a rule now, for customers or the firm"
    )
    async def start_rule(
        rule_id: RuleId, body: NewStart, principal: CurrentPrincipal, idempotency_key: IdempotencyKey = None
    ) -> Starts:
        return await starting.start(rule_id, body, idempotency_key, principal)

    return routes
