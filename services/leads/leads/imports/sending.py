"""Putting a file where the worker finds it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from events.auth import Principal
from events.calls import cause_of_call, directions_of
from events.problems import FieldError, Invalid
from events.sqlfile import sql
from events.store import Connection, deterministic_id
from fastapi import UploadFile

from leads.imports import SQL
from leads.imports.kinds import Kind
from leads.imports.mappings_api import checked, saved

CHUNK = 1024 * 1024


async def mapping_of(pool: asyncpg.Pool, kinds: Mapping[str, Kind], kind: str, mapping: str) -> str:
    """A mapping given as JSON or by its saved name, in one form; raises ``Invalid`` or ``NotFound``."""
    given = _given(mapping)
    if given is None:
        row = await saved(pool, mapping)
        if row["kind"] != kind:
            raise Invalid(f"The mapping {mapping} is for {row['kind']}.")
        given = orjson.loads(row["mapping"])
    return checked(kinds[kind], given)


async def store_file(
    pool: asyncpg.Pool, file: UploadFile, kind: str, name: str, mapping: str, encoding: str | None, dry_run: bool,
    principal: Principal,
) -> tuple[UUID, bool]:  # fmt: skip
    """Stores a file with its import; returns after commit with the import's id, and whether there is anything to do.

    The same file with the same name and mapping is the same import: it is done once.
    """
    digest = sha256()
    while chunk := await file.read(CHUNK):
        digest.update(chunk)
    import_id = deterministic_id("import", kind, name, mapping, encoding, dry_run, digest.hexdigest())
    cause = cause_of_call(principal)
    async with pool.acquire() as connection, connection.transaction():
        waits = await connection.fetchval(
            sql("import_put", SQL), import_id, kind, name, (file.filename or "file")[:200], file.size or 0, mapping,
            encoding, dry_run, directions_of(principal), cause.actor, cause.correlation_id, datetime.now(UTC),
        )  # fmt: skip
        if waits:
            await _store_chunks(connection, import_id, file)
    return import_id, bool(waits)


async def start_for_real(pool: asyncpg.Pool, import_id: UUID, principal: Principal) -> UUID:
    """The import that does what a dry run has foreseen; it takes the file over."""
    real, cause = deterministic_id("import", import_id), cause_of_call(principal)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(
            sql("import_start", SQL), import_id, real, directions_of(principal), cause.actor, cause.correlation_id,
            datetime.now(UTC),
        )  # fmt: skip
        await connection.execute("UPDATE import_chunks SET import_id = $2 WHERE import_id = $1", import_id, real)
    return real


def _given(mapping: str) -> dict[str, Any] | None:
    if not mapping.lstrip().startswith("{"):
        return None
    try:
        parsed: dict[str, Any] = orjson.loads(mapping)
    except orjson.JSONDecodeError:
        raise Invalid("The mapping is not JSON.", errors=[FieldError("not JSON", "#/mapping")]) from None
    return parsed


async def _store_chunks(connection: Connection, import_id: UUID, file: UploadFile) -> None:
    await connection.execute("DELETE FROM import_chunks WHERE import_id = $1", import_id)
    await file.seek(0)
    number = 0
    while chunk := await file.read(CHUNK):
        await connection.execute("INSERT INTO import_chunks VALUES ($1, $2, $3)", import_id, number, chunk)
        number += 1
