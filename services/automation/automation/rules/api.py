"""The HTTP API of rules."""

from __future__ import annotations

from events.auth import require
from fastapi import APIRouter, Depends
from pydantic import BaseModel

from automation.rules.rule import Rule, Rules


class RuleList(BaseModel):
    """The rules in force, disabled ones too, in the order of the file."""

    rules: list[Rule]


def router(rules: Rules) -> APIRouter:
    """The route /rules."""
    routes = APIRouter(tags=["rules"])

    @routes.get("/rules", dependencies=[Depends(require("rules:read"))], summary="The rules")
    async def list_rules() -> RuleList:
        return RuleList(rules=list(rules.rules))

    return routes
