"""``/imports``: files by HTTP."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

import asyncpg
import orjson
from events import disclosure
from events.auth import CurrentPrincipal, Principal, require
from events.calls import directions_of
from events.cursor import Cursor, Limit, read_cursor, write_cursor
from events.problems import Conflict, NotFound
from events.spreadsheet import csv_text
from events.sqlfile import sql
from fastapi import APIRouter, Depends, File, Form, Response, UploadFile

from leads.imports import SQL
from leads.imports.kinds import Kind
from leads.imports.models import ImportCard, ImportPage, KindName, Name
from leads.imports.sending import mapping_of, start_for_real, store_file
from leads.imports.worker import ImportWorker


def router(pool: asyncpg.Pool, kinds: Mapping[str, Kind], worker: ImportWorker) -> APIRouter:
    """``/imports``."""
    routes = APIRouter(prefix="/imports", tags=["Imports"], dependencies=[Depends(require("leads:import"))])

    @routes.post(
        "",
        status_code=202,
        summary="Import a file, or see what an import would do",
        responses={200: {"description": "The same file was sent before; nothing is done again.", "model": ImportCard}},
    )
    async def send_file(
        principal: CurrentPrincipal,
        response: Response,
        file: Annotated[UploadFile, File(description="CSV or XLSX, with a header.")],
        kind: Annotated[KindName, Form()],
        name: Annotated[
            Name, Form(description="Rows are known by this name and their own id: sent again, they add nothing.")
        ],
        mapping: Annotated[str, Form(description="A mapping as JSON, or the name of a saved one.", max_length=100_000)],
        encoding: Annotated[
            str | None, Form(description="Of CSV; empty: UTF-8, else Windows-1251.", max_length=40)
        ] = None,
        dry_run: Annotated[bool, Form()] = False,
    ) -> ImportCard:
        described = await mapping_of(pool, kinds, kind, mapping)
        import_id, waits = await store_file(pool, file, kind, name, described, encoding, dry_run, principal)
        if waits:
            worker.wake()
        else:
            response.status_code = 200
        return await _stored(pool, import_id, principal)

    @routes.get("", summary="List imports, newest first")
    async def list_imports(principal: CurrentPrincipal, cursor: Cursor = None, limit: Limit = 50) -> ImportPage:
        rows = await pool.fetch(sql("imports_list", SQL), *read_cursor(cursor), limit + 1, directions_of(principal))
        shown = [_card(row) for row in rows[:limit]]
        following = write_cursor(shown[-1].created_at, shown[-1].import_id) if len(rows) > limit else None
        return ImportPage(imports=shown, next=following)

    @routes.get("/{import_id}", summary="Read an import: progress and outcomes")
    async def read_import(import_id: UUID, principal: CurrentPrincipal) -> ImportCard:
        return await _stored(pool, import_id, principal)

    @routes.post("/{import_id}/start", status_code=202, summary="Do for real what a dry run has foreseen")
    async def start(import_id: UUID, principal: CurrentPrincipal) -> ImportCard:
        card = await _stored(pool, import_id, principal)
        if not card.dry_run or card.state != "done":
            raise Conflict("Only a dry run that is done can be started for real.", hint="rule: not_a_dry_run")
        real = await start_for_real(pool, import_id, principal)
        worker.wake()
        return await _stored(pool, real, principal)

    @routes.post("/{import_id}/cancel", summary="Stop an import; what it took stays")
    async def cancel(import_id: UUID, principal: CurrentPrincipal) -> ImportCard:
        await _stored(pool, import_id, principal)
        await pool.execute(sql("import_cancel", SQL), import_id)
        return await _stored(pool, import_id, principal)

    @routes.get("/{import_id}/rejected.csv", summary="Rejected rows with their reasons, to repair and import again")
    async def read_rejected(import_id: UUID, principal: CurrentPrincipal) -> Response:
        """Whoever neither sent the file nor sees customers gets lines and reasons alone."""
        card = await _stored(pool, import_id, principal)
        own = card.created_by == principal.actor
        text = await _rejected(pool, import_id, with_cells=own or not disclosure.is_withheld())
        headers = {"content-disposition": f'attachment; filename="rejected-{import_id}.csv"'}
        return Response(text, media_type="text/csv; charset=utf-8", headers=headers)

    return routes


async def _stored(pool: asyncpg.Pool, import_id: UUID, principal: Principal) -> ImportCard:
    row = await pool.fetchrow(sql("import_read", SQL), import_id)
    if row is None or not principal.sees_all(row["directions"]):
        raise NotFound("There is no such import.")
    return _card(row)


async def _rejected(pool: asyncpg.Pool, import_id: UUID, *, with_cells: bool) -> str:
    """With a byte order mark, by which Excel knows UTF-8."""
    rows = await pool.fetch(sql("import_rejected", SQL), import_id)
    told = [
        (orjson.loads(row["content"]) if with_cells else {}) | {"_line": row["line"], "_reason": row["reason"]}
        for row in rows
    ]
    disclosure.tell(rows=len(told))
    columns = dict.fromkeys(name for row in told for name in row if name not in ("_line", "_reason"))
    return "\ufeff" + csv_text([*columns, "_line", "_reason"], told)


def _card(row: asyncpg.Record) -> ImportCard:
    outcomes = orjson.loads(row["outcomes"])
    told = {
        "captured": outcomes.get("captured", 0),
        "touched": outcomes.get("touched", 0),
        "duplicates": outcomes.get("duplicate", 0),
        "rejected": outcomes.get("rejected", 0),
        "reasons": orjson.loads(row["reasons"]),
    }
    return ImportCard(**{**dict(row), **told})
