"""What a service keeps of a person, by HTTP: how much it is and what an erasure left of it, and all of it to hand over.

One person has several ids where cards were merged: leads tells them (``GET /customers/{id}/erasure``).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import structlog
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from events import personal
from events.auth import CurrentPrincipal, require
from events.personal import Ending, PersonalData
from events.privacy import Keys
from events.second_wall import across_lines
from events.store import Connection

log = structlog.get_logger(__name__)

Ids = Annotated[list[UUID], Query(alias="customer_id", min_length=1, max_length=100)]


class HeldRows(BaseModel):
    """A table with something about the person."""

    table: str
    what: str
    rows: int = Field(description="That still say something about the person.")
    ending: Ending = Field(
        description="What an erasure leaves: no row (`deleted`), a row that says nothing of the person (`emptied`), "
        "ciphertext without a key (`unreadable`), everything (`kept`: it names nobody, or the law wants it)."
    )
    why: str = Field(description="Of what stays: why.")


class Held(BaseModel):
    """What a service keeps of a person now. An erasure is done here when `is_erased`."""

    service: str
    erased: list[UUID] = Field(description="Those of the ids whose erasure the service has heard of.")
    waiting: int = Field(description="Tasks of an erasure that are not done yet, such as deleting files.")
    is_erased: bool = Field(description="All ids are erased, no task waits, and nothing is left that was to go.")
    stores: list[HeldRows]


class Export(BaseModel):
    """All that a service knows of a person: rows by table, `events` among them, with what was sealed opened.

    What is about other persons stays sealed by their keys and is null.
    """

    service: str
    tables: dict[str, list[Any]]


@asynccontextmanager
async def _all_lines(pool: asyncpg.Pool) -> AsyncIterator[Connection]:
    """A reading of one moment that nothing is hidden from: what is hidden would be missing, or be taken for erased."""
    with across_lines("what is kept of a person is counted and handed over whole"):
        async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            yield connection


def router(kept: PersonalData, pool: asyncpg.Pool, keys: Keys | None) -> APIRouter:
    """``/personal-data``; ``keys`` is None where a service has none."""
    routes = APIRouter(prefix="/personal-data", tags=["Personal data"])

    @routes.get("", dependencies=[Depends(require("customers:erase"))], summary="Count what is kept of a person")
    async def held(customer_ids: Ids) -> Held:
        async with _all_lines(pool) as connection:
            rows = await personal.count(connection, kept, customer_ids)
            erased = await kept.erased(connection, customer_ids)
            waiting = await personal.waiting(connection, kept, customer_ids)
        stores = [
            HeldRows(table=one.table, what=one.what, rows=rows[one.table], ending=one.ending, why=one.why)
            for one in kept.all_stores
        ]
        left = sum(store.rows for store in stores if store.ending in ("deleted", "emptied"))
        is_erased = erased >= set(customer_ids) and not waiting and not left
        return Held(service=kept.service, erased=sorted(erased), waiting=waiting, is_erased=is_erased, stores=stores)

    @routes.get("/export", dependencies=[Depends(require("customers:export"))], summary="All that is known of a person")
    async def export(customer_ids: Ids, principal: CurrentPrincipal) -> Export:
        opening = await keys.read(customer_ids) if keys is not None else {}
        async with _all_lines(pool) as connection:
            tables = await personal.rows(connection, kept, customer_ids)
        log.info("personal_data_exported", by=principal.actor, customers=[str(one) for one in customer_ids])
        return Export(service=kept.service, tables=personal.opened(tables, opening.values()))

    return routes
