"""The HTTP API of rules: written, checked, switched on and off, with all versions."""

from __future__ import annotations

from typing import Annotated, TypeVar

from events.auth import CurrentPrincipal, require
from events.calls import IfMatch, cause_of_call, directions_of, expected_version
from events.cursor import Cursor, Limit, read_cursor, write_cursor
from events.sqlfile import sql
from fastapi import APIRouter, Depends, Path, Query, Response

from automation.rules.desk import RuleDesk
from automation.rules.models import (
    Catalogue,
    Checked,
    RuleCard,
    RuleDetails,
    RuleHistory,
    RuleList,
    Suppressed,
    SuppressedPage,
    Switch,
    told,
)
from automation.rules.ready import ready_rules
from automation.rules.registry import SQL
from automation.rules.rule import Definition

RuleId = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", examples=["thank-for-payment"])]
C = TypeVar("C", bound=RuleCard)
READ, WRITE = [Depends(require("rules:read"))], [Depends(require("rules:write"))]


def router(desk: RuleDesk) -> APIRouter:
    """The routes under /rules."""
    routes = APIRouter(prefix="/rules", tags=["rules"])
    _reading(routes, desk)
    _writing(routes, desk)
    return routes


def _reading(routes: APIRouter, desk: RuleDesk) -> None:
    @routes.get("", dependencies=READ, summary="The rules, of the file and kept")
    async def list_rules() -> RuleList:
        return RuleList(rules=await desk.cards())

    @routes.get("/catalogue", dependencies=READ, summary="Ready rules for common cases")
    async def list_ready_rules() -> Catalogue:
        return Catalogue(ready=list(ready_rules()))

    @routes.get("/{rule_id}", dependencies=READ, summary="One rule, and what is wrong with it now")
    async def read_rule(rule_id: RuleId, response: Response) -> RuleDetails:
        return _tagged(await desk.read(rule_id), response)

    @routes.get("/{rule_id}/history", dependencies=READ, summary="Its versions, and when which fired")
    async def read_history(rule_id: RuleId) -> RuleHistory:
        return await desk.history(rule_id)

    @routes.get("/{rule_id}/suppressed", dependencies=READ, summary="What it withheld, and why; newest first")
    async def list_suppressed(
        rule_id: RuleId, principal: CurrentPrincipal, cursor: Cursor = None, limit: Limit = 100
    ) -> SuppressedPage:
        asked = rule_id, *read_cursor(cursor), limit + 1, directions_of(principal)
        rows = await desk.store.pool.fetch(sql("list_suppressions", SQL), *asked)
        found = [Suppressed(**row) for row in rows[:limit]]
        last = found[-1] if len(rows) > limit else None
        return SuppressedPage(
            suppressed=found, next=write_cursor(last.recorded_at, last.suppression_id) if last else None
        )


def _writing(routes: APIRouter, desk: RuleDesk) -> None:
    @routes.post("/{rule_id}/check", dependencies=WRITE, summary="What is wrong with a rule; nothing is saved")
    async def check_rule(rule_id: RuleId, body: Definition) -> Checked:
        return Checked(faults=told(await desk.check(rule_id, body)))

    @routes.put(
        "/{rule_id}",
        dependencies=WRITE,
        summary="Save a version; it fires nothing until it is switched on",
        responses={201: {"model": RuleCard, "description": "A new version."}},
    )
    async def save_rule(
        rule_id: RuleId,
        body: Definition,
        principal: CurrentPrincipal,
        response: Response,
        take_over: Annotated[bool, Query(description="The rule of this name in the file will give way.")] = False,
        if_match: IfMatch = None,
    ) -> RuleCard:
        cause, expected = cause_of_call(principal), expected_version(if_match)
        card, is_new = await desk.save(rule_id, body, cause, expected, take_over=take_over)
        response.status_code = 201 if is_new else 200
        return _tagged(card, response)

    @routes.post("/{rule_id}/enable", dependencies=WRITE, summary="Let a version fire, from now on")
    async def enable_rule(
        rule_id: RuleId, body: Switch, principal: CurrentPrincipal, response: Response, if_match: IfMatch = None
    ) -> RuleCard:
        expected = expected_version(if_match)
        return _tagged(await desk.enable(rule_id, body.version, cause_of_call(principal), expected), response)

    @routes.post("/{rule_id}/disable", dependencies=WRITE, summary="Let it fire no more, from now on")
    async def disable_rule(
        rule_id: RuleId, principal: CurrentPrincipal, response: Response, if_match: IfMatch = None
    ) -> RuleCard:
        return _tagged(await desk.disable(rule_id, cause_of_call(principal), expected_version(if_match)), response)


def _tagged(card: C, response: Response) -> C:
    if card.revision is not None:
        response.headers["ETag"] = f'"{card.revision}"'
    return card
