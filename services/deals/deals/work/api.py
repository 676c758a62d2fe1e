"""The HTTP API of work on won deals: plan, stages, edits, acceptance, completion."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from typing import Annotated
from uuid import UUID

from events.auth import CurrentPrincipal, Principal, require
from events.calls import IfMatch, cause_of_call, expected_version
from events.decider import Rejected
from events.store import deterministic_id
from fastapi import APIRouter, Depends, Header, Path, Response
from uuid_utils.compat import uuid7

from deals.pipelines.pipeline import Code
from deals.work import models, orders
from deals.work.commands import problem_of
from deals.work.desk import WorkDesk

WRITES = Depends(require("deals:write"))
StageCode = Annotated[str, Path(max_length=40)]
IdempotencyKey = Annotated[str | None, Header(max_length=200, description="The same key asks for the same once.")]


def stages_router(desk: WorkDesk) -> APIRouter:
    """``/deals/{deal_id}/work`` and its stages."""
    routes = APIRouter(prefix="/deals/{deal_id}/work", tags=["Work"], dependencies=[WRITES])
    run = _runner(desk)

    @routes.post("", status_code=201, summary="Open the work of a won deal, by a template or by stages",
                 responses={200: {"model": models.WorkCard, "description": "It was open already."}})  # fmt: skip
    async def open_work(
        deal_id: UUID, new: models.NewWork, principal: CurrentPrincipal, response: Response
    ) -> models.WorkCard:
        response.status_code = 201 if await desk.open(deal_id, new, principal) else 200
        return await desk.card(deal_id, principal, response)

    @routes.put("/stages/{code}", summary="Plan a stage: dates and responsible; a new code adds one")
    async def plan(
        deal_id: UUID, code: Code, body: models.StagePlan, principal: CurrentPrincipal, response: Response,
        if_match: IfMatch = None,
    ) -> models.WorkCard:  # fmt: skip
        return await run(deal_id, orders.PlanStage(body.stage(code)), principal, response, if_match)

    @routes.post("/stages/{code}/start", summary="Start a stage, or start it again")
    async def start(
        deal_id: UUID, code: StageCode, principal: CurrentPrincipal, response: Response,
        body: models.OnDay | None = None, if_match: IfMatch = None,
    ) -> models.WorkCard:  # fmt: skip
        command = orders.StartStage(code, *_days(desk, body))
        return await run(deal_id, command, principal, response, if_match)

    @routes.post("/stages/{code}/finish", summary="Finish a stage")
    async def finish(
        deal_id: UUID, code: StageCode, principal: CurrentPrincipal, response: Response,
        body: models.OnDay | None = None, if_match: IfMatch = None,
    ) -> models.WorkCard:  # fmt: skip
        command = orders.FinishStage(code, *_days(desk, body))
        return await run(deal_id, command, principal, response, if_match)

    @routes.post("/stages/{code}/skip", summary="Leave a stage out, with the reason")
    async def skip(
        deal_id: UUID, code: StageCode, body: models.Why, principal: CurrentPrincipal, response: Response,
        if_match: IfMatch = None,
    ) -> models.WorkCard:  # fmt: skip
        key = await desk.key(deal_id, principal)
        return await run(deal_id, orders.SkipStage(code, key.seal(body.reason)), principal, response, if_match)

    return routes


def endings_router(desk: WorkDesk) -> APIRouter:
    """Edits, acceptance, completion."""
    routes = APIRouter(prefix="/deals/{deal_id}/work", tags=["Work"], dependencies=[WRITES])
    run = _runner(desk)

    @routes.post("/edits", summary="Note what the customer wants changed")
    async def request_edits(
        deal_id: UUID, body: models.NewEdits, principal: CurrentPrincipal, response: Response,
        idempotency_key: IdempotencyKey = None, if_match: IfMatch = None,
    ) -> models.WorkCard:  # fmt: skip
        text = (await desk.key(deal_id, principal)).seal(body.text)
        named = deterministic_id("work-edits", deal_id, principal.kind, principal.id, idempotency_key)
        command = orders.RequestEdits(
            named if idempotency_key else uuid7(), *_days(desk, body), text=text, stage=body.stage
        )
        return await run(deal_id, command, principal, response, if_match)

    @routes.post("/edits/{edit_id}/made", summary="Say that edits are made")
    async def make_edits(
        deal_id: UUID, edit_id: UUID, principal: CurrentPrincipal, response: Response,
        body: models.OnDay | None = None, if_match: IfMatch = None,
    ) -> models.WorkCard:  # fmt: skip
        command = orders.MakeEdits(edit_id, *_days(desk, body))
        return await run(deal_id, command, principal, response, if_match)

    @routes.post("/accept", summary="Note that the customer took the work over: who, when, with what remarks")
    async def accept(
        deal_id: UUID,
        body: models.Acceptance,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> models.WorkCard:
        key = await desk.key(deal_id, principal)
        remarks = key.seal(body.remarks) if body.remarks else None
        command = orders.Accept(*_days(desk, body), accepted_by=key.seal(body.accepted_by), remarks=remarks)
        return await run(deal_id, command, principal, response, if_match)

    @routes.post("/complete", summary="Complete the work: closing documents, guarantee until")
    async def complete(
        deal_id: UUID,
        body: models.Completion,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> models.WorkCard:
        command = await desk.completion(deal_id, body, *_days(desk, body), principal)
        return await run(deal_id, command, principal, response, if_match)

    @routes.post("/cancel", summary="Cancel the work, with the reason")
    async def cancel(
        deal_id: UUID, body: models.Why, principal: CurrentPrincipal, response: Response, if_match: IfMatch = None
    ) -> models.WorkCard:
        command = orders.Cancel((await desk.key(deal_id, principal)).seal(body.reason))
        return await run(deal_id, command, principal, response, if_match)

    return routes


Run = Callable[[UUID, orders.Command, Principal, Response, str | None], Awaitable[models.WorkCard]]


def _runner(desk: WorkDesk) -> Run:
    async def run(
        deal_id: UUID, command: orders.Command, principal: Principal, response: Response, if_match: str | None
    ) -> models.WorkCard:
        work_id = await desk.visible(deal_id, principal)
        cause, now = cause_of_call(principal), datetime.now(UTC)
        try:
            await desk.commands.run(work_id, command, cause, now, expected_version(if_match))
        except Rejected as rejected:
            raise problem_of(rejected) from None
        return await desk.card(deal_id, principal, response)

    return run


def _days(desk: WorkDesk, body: models.OnDay | None) -> tuple[date, date]:
    """When it was, and today."""
    today = desk.commands.today()
    return (body.on if body and body.on else today), today
