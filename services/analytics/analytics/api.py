"""The HTTP API of analytics: every report of the catalogue, what its numbers mean, reconciliation and lag."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import asyncpg
from events import disclosure
from events.app import Runtime
from events.auth import CurrentPrincipal, Principal, require
from events.calls import directions_of
from events.problems import Forbidden
from events.projection import Projection
from events.spreadsheet import XLSX_TYPE, csv_text, xlsx_bytes
from events.store import Connection
from fastapi import APIRouter, Depends, Header, Query
from starlette.responses import Response

from analytics import builds
from analytics.reports import reconciliation
from analytics.reports.catalogue import REPORTS
from analytics.reports.filters import Asked, Filters
from analytics.reports.metrics import Metric, metrics
from analytics.reports.reconciliation import Counts, Lag
from analytics.reports.report import Answer, Report, table

Accept = Annotated[str, Header(include_in_schema=False)]
Format = Literal["json", "csv", "xlsx"]

_CSV_TYPE = "text/csv; charset=utf-8"
_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            XLSX_TYPE: {"schema": {"type": "string", "format": "binary"}},
        }
    }
}


def reports(runtime: Runtime, sales: Projection) -> APIRouter:
    """Reports of the live build of ``sales``."""
    router = APIRouter(tags=["reports"])
    zone = ZoneInfo(runtime.settings.business_timezone)
    for report in REPORTS:
        _publish(router, runtime.pool, sales, zone, report)

    @router.get("/metrics-catalogue", dependencies=[Depends(require("reports:read"))])
    async def read_metrics() -> tuple[Metric, ...]:
        """What every metric is called, how it is computed, of which events, and which report shows it."""
        return metrics()

    @router.get("/counts", dependencies=[Depends(require("operations:read"))])
    async def read_counts() -> Counts:
        """Everything that was projected, to be reconciled with what the services stored."""
        async with reading(runtime.pool) as connection:
            return await reconciliation.counts(connection, await builds.live_build(connection, sales))

    @router.get("/lag", dependencies=[Depends(require("operations:read"))])
    async def read_lag(
        last: Annotated[int, Query(ge=1, le=100_000, description="How many of the last leads to measure.")] = 1000,
    ) -> Lag:
        """How long the last leads took from being recorded to standing in the report."""
        async with reading(runtime.pool) as connection:
            build = await builds.live_build(connection, sales)
            return await reconciliation.lag(connection, build, last, await builds.live_since(connection, build))

    return router


@asynccontextmanager
async def reading(pool: asyncpg.Pool) -> AsyncIterator[Connection]:
    """One moment of the database, with memory to sort a year of facts in, and plans made for the filters given."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(
            "SET LOCAL work_mem = '64MB'; SET LOCAL jit = off; SET LOCAL plan_cache_mode = force_custom_plan"
        )
        yield connection


def _publish(router: APIRouter, pool: asyncpg.Pool, sales: Projection, zone: ZoneInfo, report: Report[Any]) -> None:
    async def read(principal: CurrentPrincipal, asked: Asked, accept: Accept = "") -> Answer[Any] | Response:
        kind = _kind(asked.format, accept, principal)
        filters = Filters.of(asked, zone, datetime.now(UTC), directions_of(principal))
        async with reading(pool) as connection:
            answer = await report.read(connection, await builds.live_build(connection, sales), filters, asked)
        return answer if kind == "json" else _file(report, answer, kind, zone)

    # FastAPI reads the annotations: the query of this report in place of that of any.
    read.__annotations__["asked"] = Annotated[report.asked, Query()]
    read.__annotations__["return"] = report.answer | Response
    router.add_api_route(
        f"/reports/{report.name}",
        read,
        name=f"read_{report.name.replace('-', '_')}",
        description=report.answer.__doc__,
        dependencies=[Depends(require("reports:read"))],
        response_model=report.answer,
        responses=_FILES,
    )


def _kind(asked: Format | None, accept: str, principal: Principal) -> Format:
    accepted: Format = "csv" if "text/csv" in accept else "xlsx" if XLSX_TYPE in accept else "json"
    kind = asked or accepted
    if kind != "json" and "exports:read" not in principal.permissions:
        raise Forbidden("CSV and XLSX need the permission exports:read.")
    return kind


def _file(report: Report[Any], answer: Answer[Any], kind: Format, zone: ZoneInfo) -> Response:
    columns, rows = table(answer, report.row)
    disclosure.tell(rows=len(rows))
    body = csv_text(columns, rows) if kind == "csv" else xlsx_bytes(report.name, columns, rows, zone)
    disposition = {"Content-Disposition": f'attachment; filename="{report.name}.{kind}"'}
    return Response(body, media_type=_CSV_TYPE if kind == "csv" else XLSX_TYPE, headers=disposition)
