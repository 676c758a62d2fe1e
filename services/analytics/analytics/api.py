"""The HTTP API of analytics: reports, reconciliation, and the state of projections."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import asyncpg
from events.app import Runtime
from events.auth import CurrentPrincipal, Principal, require
from events.calls import directions_of
from events.problems import Forbidden
from events.projection import Projection
from events.spreadsheet import csv_text
from events.store import Connection
from fastapi import APIRouter, Depends, Header, Query
from starlette.responses import Response

from analytics import builds
from analytics.reports import channels as channel_report
from analytics.reports import funnel as funnel_report
from analytics.reports import reconciliation
from analytics.reports.channels import ChannelRow, Channels
from analytics.reports.funnel import Funnel, FunnelStep
from analytics.reports.period import Period
from analytics.reports.reconciliation import Counts, Lag

From = Annotated[
    str | None,
    Query(alias="from", description="First day (2026-03-02), or time from which on; empty: from the beginning."),
]
To = Annotated[
    str | None, Query(description="Last day (2026-03-31, included), or time before which; empty: until now.")
]
Direction = Annotated[str | None, Query(description="Line of business; empty: all you may see.")]
Format = Annotated[
    Literal["json", "csv"] | None,
    Query(description="`csv` needs the permission `exports:read`; `Accept: text/csv` does the same."),
]
Accept = Annotated[str, Header(include_in_schema=False)]

_CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


def reports(runtime: Runtime, sales: Projection) -> APIRouter:
    """Reports of the live build of ``sales``."""
    router = APIRouter(tags=["reports"])
    zone = ZoneInfo(runtime.settings.business_timezone)

    @router.get(
        "/reports/funnel", dependencies=[Depends(require("reports:read"))], response_model=Funnel, responses=_CSV
    )
    async def read_funnel(
        principal: CurrentPrincipal,
        from_: From = None,
        to: To = None,
        pipeline: Annotated[str | None, Query(description="Code of a pipeline.")] = None,
        channel: Annotated[str | None, Query(description="Code of the channel that brought the lead.")] = None,
        manager: Annotated[str | None, Query(description="Who is responsible for the lead now.")] = None,
        direction: Direction = None,
        format: Format = None,
        accept: Accept = "",
    ) -> Funnel | Response:
        """The funnel of the leads captured in a period."""
        period = Period.of(from_, to, zone)
        async with _reading(runtime.pool) as connection:
            funnel = await funnel_report.funnel(
                connection,
                await builds.live_build(connection, sales),
                period,
                pipeline=pipeline,
                channel=channel,
                manager=manager,
                direction=direction,
                visible=directions_of(principal),
            )
        if not _wants_csv(format, accept, principal):
            return funnel
        return _csv("funnel", csv_text(list(FunnelStep.model_fields), [step.model_dump() for step in funnel.steps]))

    @router.get(
        "/reports/channels", dependencies=[Depends(require("reports:read"))], response_model=Channels, responses=_CSV
    )
    async def read_channels(
        principal: CurrentPrincipal,
        from_: From = None,
        to: To = None,
        direction: Direction = None,
        format: Format = None,
        accept: Accept = "",
    ) -> Channels | Response:
        """What each channel brought in a period, and what became of it."""
        period = Period.of(from_, to, zone)
        async with _reading(runtime.pool) as connection:
            channels = await channel_report.channels(
                connection,
                await builds.live_build(connection, sales),
                period,
                direction=direction,
                visible=directions_of(principal),
            )
        return _csv("channels", _channels_csv(channels)) if _wants_csv(format, accept, principal) else channels

    @router.get("/counts", dependencies=[Depends(require("operations:read"))])
    async def read_counts() -> Counts:
        """Everything that was projected, to be reconciled with what the services stored."""
        async with _reading(runtime.pool) as connection:
            return await reconciliation.counts(connection, await builds.live_build(connection, sales))

    @router.get("/lag", dependencies=[Depends(require("operations:read"))])
    async def read_lag(
        last: Annotated[int, Query(ge=1, le=100_000, description="How many of the last leads to measure.")] = 1000,
    ) -> Lag:
        """How long the last leads took from being recorded to standing in the report."""
        async with _reading(runtime.pool) as connection:
            build = await builds.live_build(connection, sales)
            return await reconciliation.lag(connection, build, last, await builds.live_since(connection, build))

    return router


@asynccontextmanager
async def _reading(pool: asyncpg.Pool) -> AsyncIterator[Connection]:
    """One moment of the database, with memory to sort a year of facts in."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute("SET LOCAL work_mem = '64MB'; SET LOCAL jit = off")
        yield connection


def _wants_csv(format: str | None, accept: str, principal: Principal) -> bool:
    if not (format == "csv" or (format is None and "text/csv" in accept)):
        return False
    if "exports:read" not in principal.permissions:
        raise Forbidden("CSV needs the permission exports:read.")
    return True


def _csv(name: str, text: str) -> Response:
    disposition = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=disposition)


def _channels_csv(channels: Channels) -> str:
    currencies = sorted({currency for row in channels.channels for currency in row.revenue})
    columns = [name for name in ChannelRow.model_fields if name != "revenue"] + [f"revenue_{c}" for c in currencies]
    rows = [
        {**row.model_dump(exclude={"revenue"}), **{f"revenue_{c}": amount for c, amount in row.revenue.items()}}
        for row in channels.channels
    ]
    return csv_text(columns, rows)
