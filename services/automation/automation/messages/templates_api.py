"""The HTTP API of message templates."""

from __future__ import annotations

from typing import Annotated

from events.auth import CurrentPrincipal, require
from fastapi import APIRouter, Depends, Path, Query

from automation.messages.models import Preview, Previewing, SavedTemplate, SavingTemplate, Template, TemplateList
from automation.messages.templates import TemplateDesk

Name = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
READS, WRITES = [Depends(require("rules:read"))], [Depends(require("rules:write"))]


def router(desk: TemplateDesk) -> APIRouter:
    """The routes under /message-templates."""
    routes = APIRouter(prefix="/message-templates", tags=["message templates"])

    @routes.get("", dependencies=READS, summary="The templates")
    async def list_templates() -> TemplateList:
        return TemplateList(templates=await desk.all())

    @routes.post("/preview", dependencies=READS, summary="What a text comes to with sample values")
    async def preview_template(previewing: Previewing) -> Preview:
        return desk.preview(previewing)

    @routes.get("/{name}", dependencies=READS, summary="A template, in its newest version or another")
    async def read_template(name: Name, version: Annotated[int | None, Query(ge=1, le=1_000_000)] = None) -> Template:
        return await desk.one(name, version)

    @routes.put("/{name}", dependencies=WRITES, summary="Save a version of a template")
    async def save_template(name: Name, saving: SavingTemplate, principal: CurrentPrincipal) -> SavedTemplate:
        return await desk.save(name, saving, principal)

    @routes.post("/{name}/retire", dependencies=WRITES, status_code=204, summary="Let no new rule name a template")
    async def retire_template(name: Name, principal: CurrentPrincipal) -> None:
        await desk.retire(name, principal)

    return routes
