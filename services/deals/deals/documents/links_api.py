"""Links to documents by HTTP, the door they open, and who has read what."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from events.auth import CurrentPrincipal, public
from events.cursor import Cursor, Limit, read_cursor, write_cursor
from events.sqlfile import sql
from fastapi import APIRouter, Depends, Path, Response

from deals.documents import models
from deals.documents.api import FILES, READS, WRITES
from deals.documents.commands import SQL
from deals.documents.reading import Reader


def routes(reader: Reader) -> APIRouter:
    """``/documents/{document_id}/links`` and ``/downloads``."""
    router = APIRouter(prefix="/documents/{document_id}", tags=["Documents"])
    pool = reader.desk.pool

    @router.post("/links", dependencies=WRITES, status_code=201, summary="Make a link for a customer")
    async def make(
        document_id: UUID, principal: CurrentPrincipal, body: models.NewLink | None = None
    ) -> models.LinkCard:
        return await reader.make_link(document_id, body or models.NewLink(), principal, datetime.now(UTC))

    @router.get("/links", dependencies=READS, summary="List the links to a document, newest first")
    async def list_links(document_id: UUID, principal: CurrentPrincipal) -> list[models.LinkCard]:
        await reader.desk.visible(document_id, principal)
        rows = await pool.fetch(
            "SELECT * FROM document_links WHERE document_id = $1 ORDER BY made_at DESC LIMIT 200", document_id
        )
        names = models.LinkCard.model_fields.keys() - {"url"}
        return [models.LinkCard(url=None, **{name: row[name] for name in names}) for row in rows]

    @router.delete("/links/{link_id}", dependencies=WRITES, status_code=204, summary="End a link")
    async def revoke(document_id: UUID, link_id: UUID, principal: CurrentPrincipal) -> None:
        await reader.revoke(document_id, link_id, principal, datetime.now(UTC))

    @router.get("/downloads", dependencies=READS, summary="Who has read a document, the last first")
    async def list_downloads(
        document_id: UUID, principal: CurrentPrincipal, cursor: Cursor = None, limit: Limit = 50
    ) -> models.DownloadPage:
        await reader.desk.visible(document_id, principal)
        rows = await pool.fetch(sql("downloads_list", SQL), document_id, *read_cursor(cursor), limit + 1)
        shown = [models.Download(**row) for row in rows[:limit]]
        following = write_cursor(shown[-1].at, shown[-1].download_id) if len(rows) > limit else None
        return models.DownloadPage(downloads=shown, next=following)

    return router


def door(reader: Reader) -> APIRouter:
    """``/shared-documents/{token}``: what a customer opens."""
    router = APIRouter(tags=["Documents"])

    @router.get(
        "/shared-documents/{token}",
        dependencies=[Depends(public("the link is signed, ends by itself, and every reading of it is recorded"))],
        summary="Download a document by its link",
        response_class=Response,
        responses=FILES,
    )
    async def shared(token: Annotated[str, Path(max_length=600)]) -> Response:
        return await reader.by_link(token, datetime.now(UTC))

    return router
