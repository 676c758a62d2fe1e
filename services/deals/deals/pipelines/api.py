"""The HTTP API of pipelines."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from events.auth import CurrentPrincipal, require
from events.calls import IfMatch, cause_of_call, expected_version
from events.problems import NotFound
from fastapi import APIRouter, Depends, Path, Response

from deals.pipelines import domain
from deals.pipelines.commands import PipelineCommands, Stored
from deals.pipelines.models import NewPipeline, PipelineCard, PipelineVersion, SavePipeline, card, old_card
from deals.pipelines.pipeline import Definition, Pipeline

PipelineCode = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,39}$", examples=["default"])]

_LIST = "SELECT content, revision FROM pipelines WHERE NOT is_retired OR $1 ORDER BY code"


def reading(commands: PipelineCommands) -> APIRouter:
    """``/pipelines``: what there is, and what there was."""
    router = APIRouter(prefix="/pipelines", tags=["Pipelines"], dependencies=[Depends(require("deals:read"))])

    @router.get("", summary="List pipelines with stages, reasons for loss and types of deals")
    async def list_pipelines(retired: bool = False) -> list[PipelineCard]:
        await commands.live.wait()
        rows = await commands.store.pool.fetch(_LIST, retired)
        return [card(Stored(Pipeline.model_validate_json(row["content"]), row["revision"])) for row in rows]

    @router.get("/{code}", summary="Read a pipeline")
    async def read_pipeline(code: PipelineCode, response: Response) -> PipelineCard:
        return _tagged(await commands.read(code), response)

    @router.get("/{code}/versions", summary="List the versions of a pipeline, newest first")
    async def list_versions(code: PipelineCode) -> list[PipelineVersion]:
        return [
            PipelineVersion(version=found.pipeline.version, saved_at=found.saved_at, saved_by=found.saved_by)
            for found in reversed(await commands.versions(code))
        ]

    @router.get("/{code}/versions/{version}", summary="Read a pipeline as it was")
    async def read_version(code: PipelineCode, version: int) -> PipelineCard:
        for found in await commands.versions(code):
            if found.pipeline.version == version:
                return old_card(found)
        raise NotFound("There is no such version.")

    return router


def writing(commands: PipelineCommands) -> APIRouter:
    """``/pipelines``: setting them up."""
    router = APIRouter(prefix="/pipelines", tags=["Pipelines"], dependencies=[Depends(require("pipelines:write"))])

    @router.post(
        "",
        status_code=201,
        summary="Create a pipeline",
        responses={200: {"model": PipelineCard, "description": "It was there already, just so."}},
    )
    async def create_pipeline(new: NewPipeline, principal: CurrentPrincipal, response: Response) -> PipelineCard:
        command = domain.CreatePipeline(new.code, _definition(new))
        stored = await commands.run(new.code, command, cause_of_call(principal), datetime.now(UTC))
        response.status_code = 201 if stored.is_new else 200
        return _tagged(stored, response)

    @router.put("/{code}", summary="Save a new version of a pipeline")
    async def save_pipeline(
        code: PipelineCode,
        body: SavePipeline,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> PipelineCard:
        command = domain.SavePipeline(_definition(body))
        now, expected = datetime.now(UTC), expected_version(if_match)
        return _tagged(await commands.run(code, command, cause_of_call(principal), now, expected), response)

    @router.post("/{code}/retire", summary="Open no more deals in a pipeline; those in it go on")
    async def retire_pipeline(
        code: PipelineCode, principal: CurrentPrincipal, response: Response, if_match: IfMatch = None
    ) -> PipelineCard:
        command, now, expected = domain.RetirePipeline(), datetime.now(UTC), expected_version(if_match)
        return _tagged(await commands.run(code, command, cause_of_call(principal), now, expected), response)

    return router


def _definition(body: Definition) -> Definition:
    return Definition.model_validate(body.model_dump(include=set(Definition.model_fields)))


def _tagged(stored: Stored, response: Response) -> PipelineCard:
    response.headers["ETag"] = f'"{stored.revision}"'
    return card(stored)
