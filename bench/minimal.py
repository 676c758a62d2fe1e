"""The HTTP ceiling: a FastAPI endpoint that only validates a lead and inserts one row, and its bulk twin."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
from fastapi import FastAPI, Request
from pydantic import BaseModel

TABLE = "CREATE TABLE captured (id uuid PRIMARY KEY, received_at timestamptz NOT NULL, lead json NOT NULL)"


class Lead(BaseModel):
    """The fields of the load, and no rule about them."""

    id: str | None = None
    name: str
    phones: list[str]
    emails: list[str]
    channel: str
    text: str
    direction: str
    utm: dict[str, str]
    landing_page: str


class Stored(BaseModel):
    """The answer to one lead."""

    id: UUID


@asynccontextmanager
async def _pool(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["BENCH_DATABASE_URL"], min_size=16, max_size=16) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=_pool)


@app.post("/leads")
async def capture(lead: Lead, request: Request) -> Stored:
    """One row."""
    stored = Stored(id=uuid4())
    await request.app.state.pool.execute(
        "INSERT INTO captured VALUES ($1, $2, $3)", stored.id, datetime.now(UTC), lead.model_dump_json()
    )
    return stored


@app.post("/leads/bulk")
async def capture_bulk(leads: list[Lead], request: Request) -> list[Stored]:
    """All rows by one statement."""
    stored = [Stored(id=uuid4()) for _ in leads]
    await request.app.state.pool.execute(
        "INSERT INTO captured SELECT g.id, $2, g.lead::json FROM unnest($1::uuid[], $3::text[]) AS g(id, lead)",
        [one.id for one in stored],
        datetime.now(UTC),
        [lead.model_dump_json() for lead in leads],
    )
    return stored
