"""Rotation of API keys: a new key like the old one, which goes on working until everybody has the new one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import asyncpg
import structlog
from fastapi import APIRouter, Depends
from pydantic import ConfigDict, Field

from events.api_keys import ApiKeys, MadeApiKey, NewApiKey, check_gives, key_id_and_hash, new_key
from events.auth import CurrentPrincipal, require
from events.inputs import Input, Moment
from events.problems import Conflict, NotFound
from events.sqlfile import sql

log = structlog.get_logger(__name__)

_LIVE = "SELECT * FROM api_keys WHERE id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())"


class Rotation(Input):
    """How long the old key goes on working, and until when the new one does."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"overlap_seconds": 86_400}]})

    overlap_seconds: Annotated[int, Field(ge=0, le=30 * 86_400)] = Field(
        86_400, description="Seconds that the old key still works; 0: not any more."
    )
    expires_at: Moment | None = Field(
        None, description="When the new key stops working; empty: after as long as the old one was given."
    )


def router(pool: asyncpg.Pool, keys: ApiKeys) -> APIRouter:
    """``POST /api-keys/{key_id}/rotate``."""
    routes = APIRouter(prefix="/api-keys", tags=["API keys"], dependencies=[Depends(require("keys:manage"))])

    @routes.post("/{key_id}/rotate", status_code=201, summary="Replace an API key; the old one works for a while")
    async def rotate(key_id: str, rotation: Rotation, principal: CurrentPrincipal) -> MadeApiKey:
        if key_id in keys.given:
            raise Conflict("This key comes from the configuration; replace it there.")
        old = await pool.fetchrow(_LIVE, key_id)
        if old is None:
            raise NotFound("There is no such API key, or it works no more.")
        check_gives(NewApiKey(**{name: old[name] for name in ("name", "roles", "directions", "scopes")}), principal)
        key = new_key()
        row = await _replaced(pool, key_id, key, rotation.overlap_seconds, rotation.expires_at, principal.actor)
        if row is None:
            raise Conflict("Somebody else has revoked or replaced this key just now.")
        keys.forget(key_id)
        log.info("api_key_rotated", key_id=key_id, new_key_id=row["id"], by=principal.actor)
        return MadeApiKey(**{name: value for name, value in row.items() if name != "hash"}, key=key)

    return routes


async def _replaced(
    pool: asyncpg.Pool, old: str, key: str, overlap: int, expires_at: datetime | None, actor: str
) -> Any:
    return await pool.fetchrow(sql("api_key_rotate"), old, *(key_id_and_hash(key) or ()), overlap, expires_at, actor)
