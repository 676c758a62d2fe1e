"""The HTTP API of targets."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from events.auth import CurrentPrincipal, require
from events.calls import IfMatch, cause_of_call, expected_version
from events.contracts.deals import TargetOwnerKind
from events.decider import Rejected
from events.inputs import Day, Moment
from events.problems import Conflict, Invalid, NotFound
from fastapi import APIRouter, Body, Depends, Query, Response

from deals.targets import models
from deals.targets.commands import Outcome, Targets, sql
from deals.targets.domain import SetTarget, Subject, WithdrawTarget
from deals.targets.measures import MEASURES

READS = Depends(require("reports:read"))
WRITES = Depends(require("targets:write"))
NewTargets = Annotated[list[models.NewTarget], Body(min_length=1, max_length=models.MOST)]
SET: dict[int | str, dict[str, Any]] = {201: {"model": models.TargetOutcome, "description": "It was not there before."}}
_CONFLICTS = frozenset(("reason_required",))


def writing_router(targets: Targets) -> APIRouter:
    """``/targets``: setting and withdrawing."""
    router = APIRouter(prefix="/targets", tags=["Targets"], dependencies=[WRITES])

    @router.put("", summary="Set a target, or change it with the reason", responses=SET)
    async def set_target(
        new: models.NewTarget, principal: CurrentPrincipal, response: Response, if_match: IfMatch = None
    ) -> models.TargetOutcome:
        try:
            command = _command(new)
        except Rejected as rejected:
            raise Invalid(str(rejected), hint=f"rule: {rejected.code}", code=rejected.code) from None
        version = expected_version(if_match)
        expected = {} if version is None else {command.subject.target_id: version}
        (outcome,) = await targets.set_many([command], cause_of_call(principal), datetime.now(UTC), expected)
        if outcome.code is not None:
            kind = Conflict if outcome.code in _CONFLICTS else Invalid
            raise kind(outcome.why, hint=f"rule: {outcome.code}", code=outcome.code)
        answer = _answer(outcome)
        response.status_code = 201 if answer.outcome == "set" else 200
        response.headers["ETag"] = f'"{outcome.version}"'
        return answer

    @router.post("/bulk", summary=f"Set up to {models.MOST:,} targets; each is answered")
    async def set_targets(new: NewTargets, principal: CurrentPrincipal) -> list[models.TargetOutcome]:
        ready: list[SetTarget | Rejected] = []
        for one in new:
            try:
                ready.append(_command(one))
            except Rejected as rejected:
                ready.append(rejected)
        commands = [one for one in ready if isinstance(one, SetTarget)]
        done = iter(await targets.set_many(commands, cause_of_call(principal), datetime.now(UTC)))
        return [_answer(next(done)) if isinstance(one, SetTarget) else _refused(one) for one in ready]

    @router.post("/{target_id}/withdraw", summary="Withdraw a target", status_code=204)
    async def withdraw(
        target_id: UUID, why: models.Withdrawal, principal: CurrentPrincipal, if_match: IfMatch = None
    ) -> None:
        command = WithdrawTarget(target_id, why.reason)
        await targets.withdraw(command, cause_of_call(principal), datetime.now(UTC), expected_version(if_match))

    return router


def reading_router(pool: asyncpg.Pool) -> APIRouter:
    """``/targets``: as they are or were."""
    router = APIRouter(prefix="/targets", tags=["Targets"], dependencies=[READS])

    @router.get("/measures", summary="What targets can be set in")
    async def measures() -> list[models.MeasureCard]:
        return [models.MeasureCard(**asdict(measure)) for measure in MEASURES.values()]

    @router.get("", summary="List targets as they are, or as they were at a time")
    async def list_targets(
        period: Annotated[str | None, Query(max_length=7)] = None,
        day: Annotated[Day | None, Query(description="In whose period it lies.")] = None,
        owner_kind: TargetOwnerKind | None = None,
        owner_id: Annotated[str | None, Query(max_length=100)] = None,
        measure: Annotated[str | None, Query(max_length=40)] = None,
        as_of: Annotated[Moment | None, Query(description="Empty: now.")] = None,
        after: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> models.TargetPage:
        at = as_of or datetime.now(UTC)
        rows = await pool.fetch(sql("targets_list"), at, period, day, owner_kind, owner_id, measure, after, limit + 1)
        shown = [models.Target(**row) for row in rows[:limit]]
        return models.TargetPage(as_of=at, targets=shown, next=shown[-1].target_id if len(rows) > limit else None)

    @router.get("/{target_id}/history", summary="What a target was, the oldest first")
    async def history(target_id: UUID) -> list[models.TargetValue]:
        rows = await pool.fetch(
            "SELECT version, amount, reason, set_by, set_at FROM target_values WHERE target_id = $1 ORDER BY version",
            target_id,
        )
        if not rows:
            raise NotFound("There is no such target.")
        return [models.TargetValue(**row) for row in rows]

    return router


def _command(new: models.NewTarget) -> SetTarget:
    subject = Subject(new.period, new.owner_kind, new.owner_id, new.measure, new.currency)
    return SetTarget(subject, new.amount, new.reason)


def _answer(outcome: Outcome) -> models.TargetOutcome:
    said = {"target_id": outcome.target_id, "version": outcome.version, "code": outcome.code, "reason": outcome.why}
    what = "unchanged" if not outcome.happened else "set" if outcome.version == 1 else "changed"
    return models.TargetOutcome.model_validate({"outcome": "refused" if outcome.code else what, **said})


def _refused(rejected: Rejected) -> models.TargetOutcome:
    return models.TargetOutcome(outcome="refused", code=rejected.code, reason=str(rejected))
