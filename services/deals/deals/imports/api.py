"""The HTTP API of imports: deals with their history, and what could not be lived through."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from events.auth import CurrentPrincipal, require
from events.calls import directions_of
from events.cursor import Cursor, read_cursor, write_cursor
from fastapi import APIRouter, Depends, Query

from deals.imports import models
from deals.imports.desk import ImportDesk
from deals.imports.living import sql

IMPORTS = Depends(require("deals:import"))
READS = Depends(require("deals:read"))


def routes(desk: ImportDesk) -> APIRouter:
    """``/deals/bulk``, ``/imported-deals`` and ``/refused-histories``."""
    router = APIRouter(tags=["Imports"])
    pool = desk.deals.pool

    @router.post(
        "/deals/bulk",
        dependencies=[IMPORTS],
        summary=f"Import up to {models.MOST_DEALS:,} deals with their history; each is answered for itself",
    )
    async def import_deals(body: models.PastDeals, principal: CurrentPrincipal) -> list[models.ImportedDeal]:
        return await desk.take(body, principal, datetime.now(UTC))

    @router.get("/imported-deals", dependencies=[READS], summary="Find deals by the ids they have elsewhere")
    async def find(
        principal: CurrentPrincipal,
        source: models.Source,
        external_id: Annotated[list[models.ExternalId], Query(min_length=1, max_length=200)],
    ) -> list[models.KnownDeal]:
        rows = await pool.fetch(sql("imported_find"), source, external_id, directions_of(principal))
        return [models.KnownDeal(**row) for row in rows]

    @router.get(
        "/refused-histories",
        dependencies=[READS],
        summary="List what other CRMs reported of deals and could not be lived through",
    )
    async def list_refused(
        principal: CurrentPrincipal,
        code: Annotated[str | None, Query(max_length=40)] = None,
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> models.RefusedPage:
        rows = await pool.fetch(sql("refusals_list"), code, directions_of(principal), *read_cursor(cursor), limit + 1)
        shown = rows[:limit]
        following = write_cursor(shown[-1]["refused_at"], shown[-1]["deal_id"]) if len(rows) > limit else None
        return models.RefusedPage(histories=[models.RefusedHistory(**row) for row in shown], next=following)

    return router
