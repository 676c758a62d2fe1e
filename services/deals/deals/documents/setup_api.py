"""Templates of documents and what documents say of the firm, by HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated

import asyncpg
from events.auth import CurrentPrincipal, require
from events.calls import IfMatch, cause_of_call, expected_version
from events.contracts.deals.documents import DocumentKind, FirmChanged, Language
from events.problems import FieldError, Invalid, NotFound, Unavailable
from events.store import Store
from fastapi import APIRouter, Depends, File, Form, Path, Response, UploadFile

from deals.documents import docx, firm, models, pdf, templates
from deals.documents.api import FILES, READS, content_of
from deals.documents.facts import VARIABLES
from deals.documents.rendering import Renderer
from deals.documents.sample import SAMPLE
from deals.documents.sandbox import Refused
from deals.documents.storage import Storage

SETS_UP = [Depends(require("documents:setup"))]
Code = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,49}$")]


def template_routes(store: Store, storage: Storage, renderer: Renderer, max_bytes: int) -> APIRouter:
    """``/document-templates``."""
    router = APIRouter(prefix="/document-templates", tags=["Documents: templates"])

    @router.put("/{code}", dependencies=SETS_UP, summary="Publish a template, or its next version")
    async def publish(
        code: Code,
        principal: CurrentPrincipal,
        response: Response,
        file: Annotated[UploadFile, File(description="A Word document (.docx) with variables in double braces.")],
        kind: Annotated[DocumentKind, Form()],
        title: Annotated[models.Line, Form()],
        language: Annotated[Language, Form()] = "ru",
        if_match: IfMatch = None,
    ) -> models.TemplateCard:
        content = await content_of(file, max_bytes)
        try:
            found = await renderer.inspect(content, SAMPLE)
        except Refused as refused:
            faults = [FieldError(f"no such variable: {name}", "#/file") for name in refused.names]
            raise Invalid(str(refused), errors=faults, hint=f"rule: {refused.code}") from None
        digest = sha256(content).hexdigest()
        await storage.put_template(digest, content)
        template = templates.Template(code, 0, kind, title, language, len(content), digest, found.used, found.required)
        now, expected = datetime.now(UTC), expected_version(if_match)
        await templates.run(store, code, templates.Publish(template), cause_of_call(principal), now, expected)
        return await _card(store.pool, code, response)

    @router.get("", dependencies=READS, summary="List templates")
    async def list_templates() -> list[models.TemplateCard]:
        rows = await store.pool.fetch("SELECT * FROM document_templates ORDER BY code LIMIT 1000")
        return [models.TemplateCard(**row) for row in rows]

    @router.get("/{code}", dependencies=READS, summary="Read what is known of a template")
    async def read(code: Code, response: Response) -> models.TemplateCard:
        return await _card(store.pool, code, response)

    @router.get(
        "/{code}/content", dependencies=READS, summary="Download a template", response_class=Response, responses=FILES
    )
    async def content(code: Code) -> Response:
        found = await storage.get_template((await _row(store.pool, code))["sha256"])
        if found is None:
            raise Unavailable("The template is not in the storage.", retry_after=60)
        headers = {"Content-Disposition": f'attachment; filename="{code}.docx"', "X-Content-Type-Options": "nosniff"}
        return Response(found, media_type=docx.MEDIA_TYPE, headers=headers)

    @router.post("/{code}/retire", dependencies=SETS_UP, summary="Make nothing by a template any more")
    async def retire(
        code: Code, principal: CurrentPrincipal, response: Response, if_match: IfMatch = None
    ) -> models.TemplateCard:
        now, expected = datetime.now(UTC), expected_version(if_match)
        await templates.run(store, code, templates.Retire(), cause_of_call(principal), now, expected)
        return await _card(store.pool, code, response)

    return router


def firm_routes(store: Store) -> APIRouter:
    """``/firm`` and ``/document-variables``."""
    router = APIRouter(tags=["Documents: templates"])

    @router.get("/document-variables", dependencies=READS, summary="What a template may say")
    async def variables() -> models.Variables:
        return models.Variables(variables=sorted(VARIABLES), built_in=list(pdf.BUILT_IN))

    @router.get("/firm", dependencies=READS, summary="Read what documents say of the firm")
    async def read(response: Response) -> models.FirmCard:
        return _firm(firm.firm_of(await store.load(firm.STREAM)), response)

    @router.put("/firm", dependencies=SETS_UP, summary="Set what documents say of the firm")
    async def change(
        body: models.FirmBody, principal: CurrentPrincipal, response: Response, if_match: IfMatch = None
    ) -> models.FirmCard:
        told = FirmChanged.model_validate(body.model_dump())
        now, expected = datetime.now(UTC), expected_version(if_match)
        return _firm(await firm.change(store, told, cause_of_call(principal), now, expected), response)

    return router


def _firm(known: firm.Firm, response: Response) -> models.FirmCard:
    if known.told is None:
        raise NotFound("Nobody has said yet what documents say of the firm.")
    response.headers["ETag"] = f'"{known.version}"'
    return models.FirmCard(version=known.version, **dict(known.told))


async def _row(pool: asyncpg.Pool, code: str) -> asyncpg.Record:
    row = await pool.fetchrow("SELECT * FROM document_templates WHERE code = $1", code)
    if row is None:
        raise NotFound("There is no such template.")
    return row


async def _card(pool: asyncpg.Pool, code: str, response: Response) -> models.TemplateCard:
    row = await _row(pool, code)
    response.headers["ETag"] = f'"{row["version"]}"'
    return models.TemplateCard(**row)
