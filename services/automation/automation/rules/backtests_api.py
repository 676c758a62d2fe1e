"""The HTTP API of back-tests and explanations: what a rule would have done, and why it did or did not."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

import asyncpg
import orjson
from events.auth import CurrentPrincipal
from events.cursor import Cursor, Limit, read_cursor, write_cursor
from events.inputs import Input, Moment
from events.problems import Invalid, NotFound
from events.sqlfile import sql
from fastapi import APIRouter, Response
from pydantic import BaseModel, Field, model_validator
from uuid_utils.compat import uuid7

from automation.rules.api import READ, WRITE, RuleId
from automation.rules.backtest import Found
from automation.rules.backtesting import Asked, begin
from automation.rules.desk import RuleDesk
from automation.rules.explaining import Explained, Explaining
from automation.rules.models import pointed
from automation.rules.registry import SQL
from automation.rules.rule import Definition, Rule


class NewBacktest(Input):
    """Which rule over which time: by `recorded_at`, from `since` until before `until`."""

    since: Moment
    until: Moment
    version: int | None = Field(None, ge=1, description="Of the rule; none: the newest.")
    definition: Definition | None = Field(None, description="A rule that is not saved, in place of a version.")

    @model_validator(mode="after")
    def _is_a_time(self) -> Self:
        if self.since >= self.until:
            raise ValueError("since must lie before until")
        if self.version and self.definition:
            raise ValueError("name a version or give a definition, not both")
        return self


class Backtest(BaseModel):
    """A back-test, and what it has found so far. `progress` goes from 0 to 1."""

    backtest_id: UUID
    rule: str
    since: datetime
    until: datetime
    state: Literal["waiting", "running", "done", "failed"]
    reason: str | None = None
    progress: float
    found: Found
    definition: Definition
    asked_by: str
    asked_at: datetime
    finished_at: datetime | None = None


class BacktestPage(BaseModel):
    """Back-tests, newest first."""

    backtests: list[Backtest]
    next: str | None = None


def router(desk: RuleDesk, explaining: Explaining) -> APIRouter:
    """The routes under /rules/{rule_id} that change nothing."""
    routes = APIRouter(prefix="/rules/{rule_id}", tags=["rules"])
    pool = desk.store.pool

    @routes.get("/explanation", dependencies=READ, summary="Why a rule fired for an event, or did not")
    async def explain_rule(rule_id: RuleId, event_id: UUID, version: int | None = None) -> Explained:
        return await explaining.explain(rule_id, event_id, version)

    @routes.post("/backtests", status_code=202, dependencies=WRITE, summary="Try a rule on the past")
    async def begin_backtest(
        rule_id: RuleId, body: NewBacktest, principal: CurrentPrincipal, response: Response
    ) -> Backtest:
        rule = await _rule(desk, rule_id, body)
        backtest_id = uuid7()
        asked = Asked(backtest_id, rule, body.since, body.until, principal.actor, desk.now())
        async with pool.acquire() as connection, connection.transaction():
            await begin(connection, asked)
        response.headers["Location"] = f"/rules/{rule_id}/backtests/{backtest_id}"
        return await _read(pool, rule_id, backtest_id)

    @routes.get("/backtests", dependencies=READ, summary="Its back-tests")
    async def list_backtests(rule_id: RuleId, cursor: Cursor = None, limit: Limit = 20) -> BacktestPage:
        rows = await pool.fetch(sql("list_backtests", SQL), rule_id, *read_cursor(cursor), limit + 1)
        found = [_shown(row) for row in rows[:limit]]
        last = found[-1] if len(rows) > limit else None
        return BacktestPage(backtests=found, next=write_cursor(last.asked_at, last.backtest_id) if last else None)

    @routes.get("/backtests/{backtest_id}", dependencies=READ, summary="One back-test, as far as it has come")
    async def read_backtest(rule_id: RuleId, backtest_id: UUID) -> Backtest:
        return await _read(pool, rule_id, backtest_id)

    return routes


async def _rule(desk: RuleDesk, rule_id: str, body: NewBacktest) -> Rule:
    """The rule to try: sound, whether it is saved or not."""
    if body.definition is None:
        return await desk.version(rule_id, body.version)
    if wrong := await desk.check(rule_id, body.definition):
        raise Invalid("The rule has faults.", errors=pointed(wrong, "#/definition"))
    return Rule.model_validate({**body.definition.model_dump(mode="json"), "id": rule_id, "version": 1})


async def _read(pool: asyncpg.Pool, rule_id: str, backtest_id: UUID) -> Backtest:
    row = await pool.fetchrow("SELECT * FROM backtests WHERE backtest_id = $1 AND rule = $2", backtest_id, rule_id)
    if row is None:
        raise NotFound("There is no such back-test.")
    return _shown(row)


def _shown(row: asyncpg.Record) -> Backtest:
    definition = Definition.model_validate(Rule.model_validate_json(row["definition"]).model_dump(include=_WRITTEN))
    about = {name: row[name] for name in Backtest.model_fields.keys() & set(row.keys()) - {"definition", "found"}}
    found = Found.model_validate_json(row["found"]) if row["found"] else Found()
    return Backtest(**about, definition=definition, found=found, progress=_progress(row))


def _progress(row: Any) -> float:
    if row["state"] == "done":
        return 1.0
    if row["reading"] is None:
        return 0.0
    reading = orjson.loads(row["reading"])
    whole = sum(end["position"] for end in reading["ends"].values())
    return round(sum(reading["positions"].values()) / whole, 3) if whole else 0.0


_WRITTEN = set(Definition.model_fields)
