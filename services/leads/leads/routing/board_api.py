"""The board of open leads, and what the first line found of one, by HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, get_args
from uuid import UUID

import asyncpg
import orjson
from events.auth import CurrentPrincipal, require
from events.calls import directions_of
from events.contracts.leads import LeadQualified
from events.privacy import Keyring
from events.problems import NotFound
from events.sqlfile import sql
from fastapi import APIRouter, Depends, Query

from leads.cards import visible_lead
from leads.routing import processing_models as models
from leads.routing.reading import SQL


def board_router(pool: asyncpg.Pool, keyring: Keyring, now: Callable[[], datetime]) -> APIRouter:
    """``/leads/board`` and ``/leads/{id}/qualification``; goes before the routes of one lead."""
    routes = APIRouter(prefix="/leads", tags=["Leads"])
    reads = [Depends(require("leads:read"))]

    @routes.get("/board", dependencies=reads, summary="Open leads by column, with counts")
    async def read_board(
        principal: CurrentPrincipal,
        manager_id: Annotated[str | None, Query(max_length=100)] = None,
        limit: Annotated[int, Query(ge=1, le=100, description="Most leads of a column.")] = 20,
    ) -> list[models.BoardColumn]:
        rows = await pool.fetch(sql("board_read", SQL), directions_of(principal), manager_id, now(), limit)
        found: dict[str, list[asyncpg.Record]] = {}
        for row in rows:
            found.setdefault(row["column"], []).append(row)
        return [
            models.BoardColumn(
                column=column,
                count=found[column][0]["count"] if column in found else 0,
                leads=[models.BoardLead(**row) for row in found.get(column, [])],
            )
            for column in get_args(models.Column)
        ]

    @routes.get(
        "/{lead_id}/qualification",
        dependencies=[*reads, Depends(require("customers:read"))],
        summary="What the first line found last, opened",
    )
    async def read_qualification(lead_id: UUID, principal: CurrentPrincipal) -> models.Qualification:
        lead = await visible_lead(pool, lead_id, principal)
        return await _qualification(pool, keyring, lead.lead_id)

    return routes


_QUALIFIED = """
SELECT data, occurred_at, actor FROM events WHERE stream_id = $1 AND type = 'lead.qualified.v1'
 ORDER BY version DESC LIMIT 1
"""


async def _qualification(pool: asyncpg.Pool, keyring: Keyring, lead_id: UUID) -> models.Qualification:
    async with pool.acquire() as connection:
        row = await connection.fetchrow(_QUALIFIED, lead_id)
        if row is None:
            raise NotFound("The lead was not qualified.")
        found = LeadQualified.model_validate_json(row["data"])
        key = (await keyring.read(connection, [found.customer_id])).get(found.customer_id)

    def opened(text: Any) -> str | None:
        return key.open(text) if key and text else None

    answers = opened(found.answers)
    return models.Qualification(
        temperature=found.temperature,
        category=found.category,
        comment=opened(found.comment),
        answers=orjson.loads(answers) if answers else None,
        erased=key is None,
        qualified_at=row["occurred_at"],
        qualified_by=row["actor"],
    )
