"""The history of another CRM by HTTP: what it holds and what of it has no code of ours yet, before it is taken over."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Literal

from events.auth import CurrentPrincipal, Principal, require
from events.calls import cause_of_call
from events.problems import NotFound
from events.webhooks import Source
from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field

from leads.moving.previews import Preview, Previews
from leads.moving.survey import DEALS, OF_NOBODY, TABLES, lines
from leads.sources.live import LiveSources

Channel = Annotated[str, Path(max_length=100, examples=["amocrm"])]
Name = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,100}$", examples=["main"])]


class Found(BaseModel):
    """A pipeline, stage, user or reason there."""

    id: str = Field(description="As in the options of the source.", examples=["31/201"])
    name: str | None = Field(description="Empty for what deals name and the account lists no more.")
    deals: int = Field(description="Deals that name it now.")
    ours: str | None = Field(description="Our code by the options as they stand; `-`: left out.")
    missing: bool = Field(description="True: without a code here, deals would wait in quarantine.")


class HistoryPreview(BaseModel):
    """What the history of a source holds. Codes are those of its options now, so a correction is seen at once."""

    state: Literal["running", "done", "failed"]
    failure: str | None
    started_at: datetime
    finished_at: datetime | None
    deals: int
    deals_of_nobody: int = Field(description="Without a person or company: they would wait in quarantine.")
    pipelines: list[Found]
    stages: list[Found]
    users: list[Found]
    reasons: list[Found]
    missing: list[str] = Field(description="Everything that has no code, as `<table> <id>`.", examples=[["users 77"]])


def router(previews: Previews, sources: LiveSources) -> APIRouter:
    """``/sources/{channel}/{name}/history/preview``."""
    routes = APIRouter(prefix="/sources/{channel}/{name}/history", tags=["Sources"])

    def seen(channel: str, name: str, principal: Principal) -> Source:
        source = sources.get((channel, name))
        if source is None or not principal.sees(source.direction) or not previews.counts(channel):
            raise NotFound("There is no such source whose history could be taken over.")
        return source

    @routes.post(
        "/preview",
        status_code=202,
        dependencies=[Depends(require("sources:write"))],
        summary="Count what the history of another CRM holds, without taking anything over",
    )
    async def start(channel: Channel, name: Name, principal: CurrentPrincipal) -> HistoryPreview:
        source = seen(channel, name, principal)
        await previews.start(channel, name, cause_of_call(principal), datetime.now(UTC))
        return await shown(source)

    @routes.get(
        "/preview",
        dependencies=[Depends(require("sources:read"))],
        summary="Show the newest count, and what has no code",
    )
    async def show(channel: Channel, name: Name, principal: CurrentPrincipal) -> HistoryPreview:
        return await shown(seen(channel, name, principal))

    async def shown(source: Source) -> HistoryPreview:
        preview = await previews.read(source.channel, source.name)
        if preview is None:
            raise NotFound("The history was not counted yet.")
        return _shown(preview, source)

    return routes


def _shown(preview: Preview, source: Source) -> HistoryPreview:
    tables = {table: lines(table, preview.catalogue, preview.counts, source.options) for table in TABLES}
    state: Literal["running", "done", "failed"] = "running"
    if preview.finished_at is not None:
        state = "failed" if preview.failure else "done"
    return HistoryPreview(
        state=state,
        failure=preview.failure,
        started_at=preview.started_at,
        finished_at=preview.finished_at,
        deals=preview.counts.get(DEALS, 0),
        deals_of_nobody=preview.counts.get(OF_NOBODY, 0),
        missing=[f"{table} {line.id}" for table, found in tables.items() for line in found if line.missing],
        **{table: [Found(**asdict(line)) for line in found] for table, found in tables.items()},
    )
