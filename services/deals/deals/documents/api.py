"""Documents by HTTP: ask for them, find them, make them again, upload, read, and say who may see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from events.auth import CurrentPrincipal, require
from events.calls import IfMatch, cause_of_call, expected_version
from events.contracts.deals.documents import DocumentKind
from events.cursor import Cursor, Limit, read_cursor, write_cursor
from events.problems import Invalid, TooLarge
from fastapi import APIRouter, Depends, File, Form, Header, Query, Response, UploadFile

from deals.documents import models
from deals.documents.desk import DocumentDesk, Uploaded, card
from deals.documents.domain import Reclassify
from deals.documents.reading import Reader

IdempotencyKey = Annotated[
    str | None, Header(max_length=200, description="The same key finds the same document; a repeat makes no other.")
]
READS, WRITES = [Depends(require("documents:read"))], [Depends(require("documents:write"))]
FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {}}, "description": "The file."}
}


def asking_routes(desk: DocumentDesk, max_bytes: int) -> APIRouter:
    """Making and uploading documents."""
    router = APIRouter(tags=["Documents"], dependencies=WRITES)

    @router.post(
        "/deals/{deal_id}/documents",
        status_code=202,
        summary="Make a document of a deal",
        responses={200: {"model": models.DocumentDetails, "description": "It was asked for already."}},
    )
    async def request(
        deal_id: UUID,
        new: models.NewDocument,
        principal: CurrentPrincipal,
        response: Response,
        idempotency_key: IdempotencyKey = None,
    ) -> models.DocumentDetails:
        stored = await desk.request(deal_id, new, principal, idempotency_key)
        response.status_code = 202 if stored.happened else 200
        return await _shown(desk, await desk.visible(stored.document_id, principal), response)

    @router.post("/documents/{document_id}/versions", status_code=202, summary="Make a document again")
    async def again(
        document_id: UUID,
        principal: CurrentPrincipal,
        response: Response,
        body: models.NextVersion | None = None,
        if_match: IfMatch = None,
    ) -> models.DocumentDetails:
        row = await desk.visible(document_id, principal)
        await desk.again(row, body or models.NextVersion(), principal, expected_version(if_match))
        return await _shown(desk, await desk.visible(document_id, principal), response)

    @router.post("/documents/{document_id}/confidentiality", summary="Say who may see a document")
    async def reclassify(
        document_id: UUID,
        body: models.Reclassification,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> models.DocumentDetails:
        await desk.visible(document_id, principal)
        command = Reclassify(desk.classes.chosen(body.confidentiality, principal))
        now, expected = datetime.now(UTC), expected_version(if_match)
        await desk.documents.run(document_id, command, cause_of_call(principal), now, expected)
        return await _shown(desk, await desk.visible(document_id, principal), response)

    @router.post(
        "/customers/{customer_id}/documents",
        status_code=201,
        summary="Upload a document of a customer",
        responses={200: {"model": models.DocumentDetails, "description": "It was uploaded already."}},
    )
    async def upload(
        customer_id: UUID,
        principal: CurrentPrincipal,
        response: Response,
        file: Annotated[UploadFile, File(description="PDF, PNG, JPEG, TIFF, DOCX or XLSX.")],
        kind: Annotated[DocumentKind, Form()],
        deal_id: Annotated[UUID | None, Form()] = None,
        number: Annotated[models.Number | None, Form(description="The document's own number.")] = None,
        title: Annotated[models.Line | None, Form(description="Kept sealed with the customer's key.")] = None,
        confidentiality: Annotated[models.Code | None, Form()] = None,
        idempotency_key: IdempotencyKey = None,
    ) -> models.DocumentDetails:
        content = await content_of(file, max_bytes)
        given = Uploaded(content, kind, deal_id, number, title, confidentiality)
        stored = await desk.upload(customer_id, given, principal, idempotency_key)
        response.status_code = 201 if stored.happened else 200
        return await _shown(desk, await desk.visible(stored.document_id, principal), response)

    return router


def finding_routes(desk: DocumentDesk) -> APIRouter:
    """Lists and details."""
    router = APIRouter(tags=["Documents"], dependencies=READS)

    @router.get("/documents", summary="List documents, newest first")
    async def list_documents(
        principal: CurrentPrincipal,
        deal_id: UUID | None = None,
        kind: DocumentKind | None = None,
        number: Annotated[str | None, Query(max_length=50)] = None,
        state: models.State | None = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> models.DocumentPage:
        filters = (None, deal_id, kind, number, state)
        return _page(await desk.page(principal, *filters, *read_cursor(cursor), limit + 1), limit)

    @router.get("/customers/{customer_id}/documents", summary="All documents of a customer, of merged cards too")
    async def of_customer(
        customer_id: UUID,
        principal: CurrentPrincipal,
        kind: DocumentKind | None = None,
        cursor: Cursor = None,
        limit: Limit = 200,
    ) -> models.DocumentPage:
        filters = (await desk.members(customer_id), None, kind, None, None)
        return _page(await desk.page(principal, *filters, *read_cursor(cursor), limit + 1), limit)

    @router.get("/documents/{document_id}", summary="Read what is known of a document, with its versions")
    async def read(document_id: UUID, principal: CurrentPrincipal, response: Response) -> models.DocumentDetails:
        return await _shown(desk, await desk.visible(document_id, principal), response)

    return router


def content_routes(reader: Reader) -> APIRouter:
    """The files themselves."""
    router = APIRouter(tags=["Documents"])

    @router.get(
        "/documents/{document_id}/content",
        dependencies=READS,
        summary="Download a document; who did it is recorded",
        response_class=Response,
        responses=FILES,
    )
    async def content(
        document_id: UUID, principal: CurrentPrincipal, version: Annotated[int | None, Query(ge=1, le=9999)] = None
    ) -> Response:
        return await reader.by_principal(document_id, version, principal, datetime.now(UTC))

    return router


async def content_of(file: UploadFile, max_bytes: int) -> bytes:
    """The bytes of an upload; raises ``TooLarge`` and ``Invalid`` for none at all."""
    content = await file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise TooLarge(f"At most {max_bytes} bytes are taken here.")
    if not content:
        raise Invalid("The file is empty.")
    return content


async def _shown(desk: DocumentDesk, row: asyncpg.Record, response: Response) -> models.DocumentDetails:
    response.headers["ETag"] = f'"{row["version"]}"'
    return await desk.details(row)


def _page(rows: Sequence[asyncpg.Record], limit: int) -> models.DocumentPage:
    shown = rows[:limit]
    following = write_cursor(shown[-1]["created_at"], shown[-1]["document_id"]) if len(rows) > limit else None
    return models.DocumentPage(documents=[card(row) for row in shown], next=following)
