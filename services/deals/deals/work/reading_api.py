"""The HTTP API of work to read, and of its templates."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from events.auth import CurrentPrincipal, require
from events.calls import IfMatch, directions_of, expected_version
from events.contracts.deals.work import WorkTemplateSaved
from events.cursor import Cursor, read_cursor, write_cursor
from events.inputs import Day, OfCustomer
from fastapi import APIRouter, Depends, Path, Query, Response

from deals.pipelines.pipeline import Code
from deals.work import models
from deals.work.desk import WorkDesk, card
from deals.work.states import WorkState
from deals.work.tables import sql
from deals.work.templates import read_template, read_templates, save_template

READS = Depends(require("deals:read"))
Person = Annotated[str | None, Query(max_length=100)]
OF_DEAL = "/deals/{deal_id}/work"
Known = Annotated[str, Path(max_length=40)]


def router(desk: WorkDesk) -> APIRouter:
    """``/work`` and ``/deals/{deal_id}/work``."""
    routes = APIRouter(tags=["Work"], dependencies=[READS])

    @routes.get("/work", summary="List work, newest first: one's own, overdue, of a deal or a customer")
    async def list_work(
        principal: CurrentPrincipal,
        state: WorkState | None = None,
        deal_id: UUID | None = None,
        customer_id: OfCustomer = None,
        responsible_id: Annotated[Person, Query(description="Has a stage to do there.")] = None,
        mine: Annotated[bool, Query(description="The caller has a stage to do there.")] = False,
        overdue: Annotated[bool, Query(description="With a stage that is late (of that person).")] = False,
        due_by: Annotated[Day | None, Query(description="With a stage to do that is due by this day.")] = None,
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> models.WorkPage:
        person = principal.id if mine else responsible_id
        rows = await desk.pool.fetch(
            sql("works_list"), state, deal_id, customer_id, person, overdue, due_by, directions_of(principal),
            *read_cursor(cursor), limit + 1,
        )  # fmt: skip
        shown = rows[:limit]
        following = write_cursor(shown[-1]["opened_at"], shown[-1]["work_id"]) if len(rows) > limit else None
        return models.WorkPage(works=[card(row) for row in shown], next=following)

    @routes.get(OF_DEAL, summary="Read the work on a deal")
    async def read_work(deal_id: UUID, principal: CurrentPrincipal, response: Response) -> models.WorkCard:
        await desk.visible(deal_id, principal)
        return await desk.card(deal_id, principal, response)

    @routes.get(OF_DEAL + "/history", summary="Read all that happened to the work, with its texts")
    async def read_history(deal_id: UUID, principal: CurrentPrincipal) -> models.WorkHistory:
        return await desk.history(deal_id, principal)

    return routes


def templates_router(desk: WorkDesk) -> APIRouter:
    """``/work-templates``."""
    routes = APIRouter(prefix="/work-templates", tags=["Work"])

    @routes.get("", dependencies=[READS], summary="List templates of work")
    async def list_templates() -> list[models.Template]:
        return [_shown(version, template) for version, template in await read_templates(desk.pool)]

    @routes.get("/{code}", dependencies=[READS], summary="Read a template of work")
    async def read(code: Known, response: Response) -> models.Template:
        version, template = await read_template(desk.pool, code)
        response.headers["ETag"] = f'"{version}"'
        return _shown(version, template)

    @routes.put("/{code}", dependencies=[Depends(require("pipelines:write"))], summary="Set a template of work up")
    async def save(
        code: Code,
        body: models.NewTemplate,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> models.Template:
        fields = body.model_dump() | {"stages": tuple(stage.stage() for stage in body.stages)}
        saved = WorkTemplateSaved(code=code, **fields)
        version = await save_template(
            desk.commands.store, saved, principal, datetime.now(UTC), expected_version(if_match)
        )
        response.headers["ETag"] = f'"{version}"'
        return _shown(version, saved)

    return routes


def _shown(version: int, template: WorkTemplateSaved) -> models.Template:
    return models.Template(version=version, **template.model_dump())
