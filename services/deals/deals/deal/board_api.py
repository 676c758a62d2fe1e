"""The HTTP API of the board: the deals of a pipeline by stage."""

from __future__ import annotations

from decimal import Decimal

import asyncpg
from events.auth import CurrentPrincipal, require
from events.calls import directions_of
from events.contracts.deals import Money
from events.problems import NotFound
from fastapi import APIRouter, Depends

from deals.deal import models
from deals.deal.tables import sql
from deals.pipelines.pipeline import Pipelines


def routes(pool: asyncpg.Pool, pipelines: Pipelines) -> APIRouter:
    """``/board``."""
    router = APIRouter(tags=["Pipelines"], dependencies=[Depends(require("deals:read"))])

    @router.get("/board", summary="Count and sum the deals of a pipeline by stage")
    async def board(
        principal: CurrentPrincipal, pipeline: str = "default", manager_id: str | None = None
    ) -> models.Board:
        found = pipelines.get(pipeline)
        if found is None:
            raise NotFound("There is no such pipeline.")
        rows = await pool.fetch(sql("board_count"), pipeline, directions_of(principal), manager_id)
        return models.Board(
            pipeline=found.code,
            version=found.version,
            stages=[
                models.BoardStage(
                    code=stage.code,
                    kind=stage.kind,
                    title_ru=stage.title_ru,
                    title_en=stage.title_en,
                    deals=sum(row["deals"] for row in rows if row["stage"] == stage.code),
                    sums=[
                        Money(amount=Decimal(row["amount"]), currency=row["currency"])
                        for row in rows
                        if row["stage"] == stage.code
                    ],
                )
                for stage in found.stages
            ],
        )

    return router
