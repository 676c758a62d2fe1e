"""Keys for other services, and the counts that must add up."""

import base64
from typing import Annotated
from uuid import UUID

import asyncpg
import orjson
from events import disclosure
from events.auth import require
from events.privacy import Keyring
from events.sqlfile import sql
from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from leads.capture import SQL

ManagerId = Annotated[str, Path(pattern=r"^[A-Za-z0-9._@-]{1,100}$", examples=["anna"])]


class WantedKeys(BaseModel):
    """Whose keys are wanted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    customer_ids: list[UUID] = Field(max_length=1_000)


class Keys(BaseModel):
    """Keys by customer, base64 of 32 bytes; who was erased or is unknown is left out."""

    keys: dict[UUID, str]


def keys_router(pool: asyncpg.Pool, keyring: Keyring) -> APIRouter:
    """``/keys/read``, for services that open personal data; they forget what they read within five minutes."""
    routes = APIRouter(prefix="/keys", tags=["Keys"], dependencies=[Depends(require("keyring:read"))])

    @routes.post("/read", summary="Read customers' keys (other services only)")
    async def read_keys(wanted: WantedKeys) -> Keys:
        async with pool.acquire() as connection:
            found = await keyring.read_raw(connection, wanted.customer_ids)
        disclosure.tell(*found)
        return Keys(keys={customer_id: base64.b64encode(key).decode() for customer_id, key in found.items()})

    return routes


class Flow(BaseModel):
    """Requests that came in one way: those that opened a lead, repeats on an open lead, and second deliveries."""

    model_config = ConfigDict(frozen=True)

    captured: int
    touched: int
    duplicates: int


class Counts(Flow):
    """What came in and what became of it, from the beginning.

    Where every request holds one inquiry, accepted is the sum of captured, touched, duplicates, pending, ignored,
    quarantined and discarded.
    """

    accepted: int = Field(description="Requests and items that were stored, rejected ones included.")
    pending: int = Field(description="Stored, not understood yet.")
    ignored: int = Field(description="Held nothing to capture, such as a delivery status.")
    quarantined: int
    discarded: int = Field(description="Given up by an operator.")
    new: int = Field(description="Leads that nobody has qualified or disqualified.")
    by_intake: dict[str, Flow] = Field(description="By the technical channel they came by.")


def counts_router(pool: asyncpg.Pool) -> APIRouter:
    """``/counts``."""
    routes = APIRouter(tags=["Operations"], dependencies=[Depends(require("operations:read"))])

    @routes.get("/counts", summary="Count requests, leads, repeats and duplicates")
    async def count() -> Counts:
        (row,) = await pool.fetch(sql("counts", SQL))
        fields = dict(row)
        flows = {name: Flow(**flow) for name, flow in orjson.loads(fields.pop("by_intake")).items()}
        totals = {
            name: sum(getattr(flow, name) for flow in flows.values()) for name in ("captured", "touched", "duplicates")
        }
        return Counts(**fields, **totals, by_intake=flows)

    return routes
