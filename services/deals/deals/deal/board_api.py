"""The HTTP API of the board: the deals of a pipeline by stage."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import asyncpg
from events.auth import CurrentPrincipal, require
from events.calls import directions_of
from events.contracts.deals import Money
from events.problems import NotFound
from fastapi import APIRouter, Depends, Query

from deals.deal.board_models import Board, BoardDeal, BoardStage
from deals.deal.seeing import card
from deals.deal.tables import sql
from deals.pipelines.live import LivePipelines
from deals.pipelines.pipeline import Stage


def routes(pool: asyncpg.Pool, pipelines: LivePipelines) -> APIRouter:
    """``/board``."""
    router = APIRouter(tags=["Pipelines"], dependencies=[Depends(require("deals:read"))])

    @router.get("/board", summary="Show the deals of a pipeline by stage, with counts, sums and overdue stay")
    async def board(
        principal: CurrentPrincipal,
        pipeline: str = "default",
        manager_id: str | None = None,
        cards: Annotated[int, Query(ge=0, le=100, description="Most deals shown of a stage.")] = 20,
    ) -> Board:
        await pipelines.wait()
        found = (await pipelines.now(pool)).get(pipeline)
        if found is None:
            raise NotFound("There is no such pipeline.")
        now, seen = datetime.now(UTC), directions_of(principal)
        whole = (*found.stages, *found.former)
        limited = [stage for stage in whole if stage.days is not None]
        codes, days = [stage.code for stage in limited], [stage.days for stage in limited]
        counts = await pool.fetch(sql("board_count"), pipeline, seen, manager_id, codes, days, now)
        inside = {row["stage"] for row in counts}
        columns = [*found.stages, *(stage for stage in found.former if stage.code in inside)]
        shown = [stage.code for stage in columns]
        deals = await pool.fetch(sql("board_cards"), pipeline, seen, manager_id, shown, cards) if cards else []
        return Board(
            pipeline=found.code,
            version=found.version,
            stages=[
                _column(
                    stage,
                    found.stage(stage.code) is None,
                    [row for row in counts if row["stage"] == stage.code],
                    [row for row in deals if row["stage"] == stage.code],
                    now,
                )
                for stage in columns
            ],
        )

    return router


def _column(
    stage: Stage, former: bool, counts: list[asyncpg.Record], deals: list[asyncpg.Record], now: datetime
) -> BoardStage:
    return BoardStage(
        code=stage.code,
        kind=stage.kind,
        title_ru=stage.title_ru,
        title_en=stage.title_en,
        days=stage.days,
        probability=stage.probability,
        former=former,
        deals=sum(row["deals"] for row in counts),
        overdue=sum(row["overdue"] for row in counts),
        sums=[Money(amount=row["amount"], currency=row["currency"]) for row in counts],
        cards=[BoardDeal(**card(row).model_dump(), is_overdue=_is_overdue(stage, row, now)) for row in deals],
    )


def _is_overdue(stage: Stage, row: asyncpg.Record, now: datetime) -> bool:
    return stage.days is not None and bool(row["stage_since"] + timedelta(days=stage.days) < now)
