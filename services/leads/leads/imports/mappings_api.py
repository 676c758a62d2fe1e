"""``/import-mappings``: how the columns of files become rows, saved to be used again."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import asyncpg
import orjson
from events.auth import CurrentPrincipal, require
from events.calls import IfMatch, expected_version
from events.problems import FieldError, Invalid, NotFound, StaleVersion
from events.sqlfile import sql
from fastapi import APIRouter, Depends, Path, Response
from pydantic import ValidationError

from leads.imports import SQL
from leads.imports.kinds import Kind
from leads.imports.models import MappingCard, SavedMapping

Named = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,100}$", examples=["old-crm"])]


def router(pool: asyncpg.Pool, kinds: Mapping[str, Kind]) -> APIRouter:
    """``/import-mappings``."""
    routes = APIRouter(prefix="/import-mappings", tags=["Imports"], dependencies=[Depends(require("leads:import"))])

    @routes.put("/{name}", summary="Save a mapping of columns")
    async def put_mapping(
        name: Named, body: SavedMapping, principal: CurrentPrincipal, response: Response, if_match: IfMatch = None
    ) -> MappingCard:
        checked(kinds[body.kind], body.mapping)
        row = await pool.fetchrow(
            sql("mapping_put", SQL), name, body.kind, orjson.dumps(body.mapping).decode(), datetime.now(UTC),
            principal.actor, expected_version(if_match),
        )  # fmt: skip
        if row is None:
            raise StaleVersion("The mapping has another version.")
        return _tagged(_mapping_card(row), response)

    @routes.get("", summary="List saved mappings")
    async def list_mappings() -> list[MappingCard]:
        return [
            _mapping_card(row) for row in await pool.fetch("SELECT * FROM import_mappings ORDER BY name LIMIT 1000")
        ]

    @routes.get("/{name}", summary="Read a mapping")
    async def read_mapping(name: Named, response: Response) -> MappingCard:
        return _tagged(_mapping_card(await saved(pool, name)), response)

    @routes.delete("/{name}", status_code=204, summary="Remove a mapping; imports keep their own copy")
    async def delete_mapping(name: Named) -> None:
        if await pool.fetchval("DELETE FROM import_mappings WHERE name = $1 RETURNING name", name) is None:
            raise NotFound("There is no such mapping.")

    return routes


async def saved(pool: asyncpg.Pool, name: str) -> asyncpg.Record:
    """A saved mapping; raises ``NotFound``."""
    row = await pool.fetchrow("SELECT * FROM import_mappings WHERE name = $1", name)
    if row is None:
        raise NotFound("There is no such mapping.")
    return row


def checked(kind: Kind, mapping: Mapping[str, Any]) -> str:
    """The mapping in one form, as JSON; raises ``Invalid`` with every fault."""
    try:
        return kind.mapping.model_validate(mapping).model_dump_json(exclude_defaults=True)
    except ValidationError as error:
        faults = error.errors(include_input=False)
        errors = [FieldError(e["msg"], f"#/mapping/{'/'.join(map(str, e['loc']))}") for e in faults]
        raise Invalid("The mapping has faults.", errors=errors) from None


def _mapping_card(row: asyncpg.Record) -> MappingCard:
    return MappingCard(**{**dict(row), "mapping": orjson.loads(row["mapping"])})


def _tagged(card: MappingCard, response: Response) -> MappingCard:
    response.headers["ETag"] = f'"{card.version}"'
    return card
