"""Erasing a person by HTTP, the list of those who were erased, and the keys that personal data stand under."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import asyncpg
import structlog
from events.auth import CurrentPrincipal, require
from events.blind_index import BlindIndex
from events.problems import Conflict, NotFound
from events.sqlfile import sql
from fastapi import APIRouter, Depends, Query, Response

from leads.card.locked import read
from leads.privacy import SQL
from leads.privacy.erasing import Erase, Erasing
from leads.privacy.finding import Finder
from leads.privacy.models import (
    Erasure,
    ErasurePage,
    IndexKeyState,
    NamedCustomers,
    NewErasure,
    Person,
    Rotate,
    Rotated,
    Text,
)
from leads.privacy.rotating import Rotating

log = structlog.get_logger(__name__)

MOST = 200
_OWNERS = "SELECT DISTINCT customer_id FROM identities WHERE blind_index = ANY(in_form($1::text[]::uuid[])) ORDER BY 1"
_NAMESAKES = "SELECT customer_id FROM name_indexes WHERE blind_index = ANY(in_form($1::text[]::uuid[])) ORDER BY 1"


def router(erasing: Erasing) -> APIRouter:
    """``/customers/{customer_id}/erasure`` and ``/erasures``."""
    routes = APIRouter(tags=["Personal data"], dependencies=[Depends(require("customers:erase"))])
    pool = erasing.store.pool

    @routes.get("/customers/{customer_id}/erasure", summary="All cards of a person, and which are erased")
    async def person(customer_id: UUID, principal: CurrentPrincipal) -> Person:
        async with pool.acquire() as connection:
            whole = (await read(connection, erasing.keyring, [customer_id])).get(customer_id)
        if whole is None or not whole.seen_by(principal):
            raise NotFound("There is no such customer.")
        made: dict[UUID, Erasure] = {}
        for member in whole.members:
            made |= {one.erasure_id: one for one in await _erasures(pool, member, None, MOST)}
        erased = [member for member in whole.members if member in whole.card.erased_members]
        return Person(customer_ids=list(whole.members), erased=erased, erasures=list(made.values()))

    @routes.post(
        "/customers/{customer_id}/erasure",
        status_code=202,
        summary="Erase a person for ever: all cards that were merged",
        responses={200: {"description": "All of the person was erased before."}},
    )
    async def erase(customer_id: UUID, body: NewErasure, principal: CurrentPrincipal, response: Response) -> Person:
        wanted = Erase(customer_id, body.ground, body.reason)
        if await erasing.erase(wanted, principal, datetime.now(UTC)) is None:
            response.status_code = 200
        return await person(customer_id, principal)

    @routes.get("/erasures", summary="List erasures, newest first")
    async def list_erasures(
        cursor: UUID | None = None, limit: Annotated[int, Query(ge=1, le=MOST)] = 50
    ) -> ErasurePage:
        found = await _erasures(pool, None, cursor, limit + 1)
        return ErasurePage(erasures=found[:limit], next=found[limit - 1].erasure_id if len(found) > limit else None)

    return routes


def naming_router(pool: asyncpg.Pool, finder: Finder) -> APIRouter:
    """``/personal-data/named``, for services that keep what they cannot tell whose it is."""
    routes = APIRouter(prefix="/personal-data", tags=["Personal data"], dependencies=[Depends(require("keyring:read"))])

    @routes.post("/named", summary="Whose contacts a text names (other services only)")
    async def named(asked: Text) -> NamedCustomers:
        contacts, names = await asyncio.to_thread(finder.named_by, asked.text.encode())
        owners = [row["customer_id"] for row in await pool.fetch(_OWNERS, contacts)]
        namesakes = [] if owners else [row["customer_id"] for row in await pool.fetch(_NAMESAKES, names)]
        return NamedCustomers(customer_ids=owners, namesake_ids=namesakes)

    return routes


def keyring_router(rotating: Rotating) -> APIRouter:
    """``/keyring/rotate``."""
    routes = APIRouter(prefix="/keyring", tags=["Keys"], dependencies=[Depends(require("keys:manage"))])

    @routes.post("/rotate", summary="Wrap a portion of the keys by the master key that is in force")
    async def rotate(asked: Rotate) -> Rotated:
        """While `VORONKA_OTHER_MASTER_KEY` opens what the master key before has wrapped. Call it until `next` is null;
        broken off, it goes on wherever it is called again.
        """
        return await rotating.portion(asked.after, dry_run=asked.dry_run)

    return routes


def index_key_router(pool: asyncpg.Pool, blind: BlindIndex) -> APIRouter:
    """``/keyring/index-key``."""
    routes = APIRouter(prefix="/keyring/index-key", tags=["Keys"], dependencies=[Depends(require("keys:manage"))])

    @routes.get("", summary="Which of the index keys is in force")
    async def state() -> IndexKeyState:
        return await _index_key(pool, blind)

    @routes.post("/replacement", status_code=202, summary="Make all blind indexes anew by the next index key")
    async def replace(principal: CurrentPrincipal) -> IndexKeyState:
        """Once every process of leads has that key in `VORONKA_LATER_INDEX_KEYS`; those without it are not ready from
        then on. Requests of channels are stored and wait meanwhile, calls that write contacts get 503.
        """
        wanted = await pool.fetchval(sql("index_key_want", SQL), blind.newest)
        found = await _index_key(pool, blind)
        if wanted is None:
            why = "Search still follows the last one." if found.is_moving else "No key has come after the one in force."
            raise Conflict(why)
        log.info("index_key_replacement_asked", form=wanted, by=principal.actor)
        return found

    return routes


async def _index_key(pool: asyncpg.Pool, blind: BlindIndex) -> IndexKeyState:
    row = await pool.fetchrow("SELECT form, wanted, tokens_after IS NOT NULL AS is_moving FROM index_key")
    assert row is not None  # no process starts without it
    return IndexKeyState(**row, newest=blind.newest)


async def _erasures(pool: asyncpg.Pool, customer_id: UUID | None, before: UUID | None, limit: int) -> list[Erasure]:
    rows = await pool.fetch(sql("erasures_list", SQL), customer_id, before, limit)
    return [Erasure(erasure_id=row["id"], **{k: v for k, v in row.items() if k != "id"}) for row in rows]
