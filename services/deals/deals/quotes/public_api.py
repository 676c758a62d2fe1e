"""``/public/quotes/{token}``: a quote for the customer who was sent the link, as JSON or as a page without scripts.

Only a POST answers a quote: whoever checks letters for dangerous links follows them with a GET.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import parse_qsl

import orjson
from events.answers import problem_of
from events.auth import public
from events.problems import Malformed, Problem
from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import ValidationError

from deals.quotes import models, page
from deals.quotes.answering import Answering

PROOF = Depends(public("whoever has the link was given it by a manager; it is signed and ends"))
Token = Annotated[str, Path(min_length=1, max_length=512, description="From the link.")]
Accept = Annotated[str, Header(max_length=1000, description="`text/html` gives a page, anything else JSON.")]
AcceptLanguage = Annotated[str, Header(max_length=1000, description="The page is in Russian or English.")]
Lang = Annotated[page.Language | None, Query(description="Language of the page, if not that of the browser.")]
_ANSWER = {"schema": models.Answer.model_json_schema()}
_BODY = {"requestBody": {"content": {"application/json": _ANSWER, "application/x-www-form-urlencoded": _ANSWER}}}


def routes(answering: Answering) -> APIRouter:
    """See, accept, turn down."""
    router = APIRouter(prefix="/public/quotes/{token}", tags=["Public"], dependencies=[PROOF])

    @router.get("", summary="See a quote through its link", response_model=models.PublicQuote)
    async def see(token: Token, accept: Accept = "", accept_language: AcceptLanguage = "", lang: Lang = None) -> Any:
        shown = lang or page.language_of(accept_language)
        try:
            quote = await answering.see(token, datetime.now(UTC))
        except Problem as problem:
            return _refused(problem, accept, shown)
        return _page(page.quote(quote, token, shown), 200) if _wants_page(accept) else quote

    @router.post("/accept", summary="Accept a quote through its link", response_model=models.PublicQuote)
    async def accept_it(
        token: Token, accept: Accept = "", accept_language: AcceptLanguage = "", lang: Lang = None
    ) -> Any:
        shown = lang or page.language_of(accept_language)
        try:
            await answering.accept(token, datetime.now(UTC))
            return await _answered(answering, token, accept, lang)
        except Problem as problem:
            return _refused(problem, accept, shown)

    @router.post(
        "/reject",
        summary="Turn a quote down through its link",
        response_model=models.PublicQuote,
        openapi_extra=_BODY,
    )
    async def reject_it(
        request: Request, token: Token, accept: Accept = "", accept_language: AcceptLanguage = "", lang: Lang = None
    ) -> Any:
        shown = lang or page.language_of(accept_language)
        try:
            said = _read(await request.body(), request.headers.get("content-type", ""))
            await answering.reject(token, said, datetime.now(UTC))
            return await _answered(answering, token, accept, lang)
        except Problem as problem:
            return _refused(problem, accept, shown)

    return router


async def _answered(answering: Answering, token: str, accept: str, lang: page.Language | None) -> Any:
    if _wants_page(accept):
        return RedirectResponse(f"../{token}" + (f"?lang={lang}" if lang else ""), status_code=303)
    return await answering.see(token, datetime.now(UTC))


def _read(body: bytes, content_type: str) -> models.Answer:
    try:
        if content_type.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded":
            given: object = {name: value for name, value in parse_qsl(body.decode(), max_num_fields=10) if value}
        else:
            given = orjson.loads(body) if body else {}
    except ValueError:
        raise Malformed("The body is neither a form nor JSON.") from None
    try:
        return models.Answer.model_validate(given)
    except ValidationError as error:
        faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors(include_input=False)]
        raise problem_of(RequestValidationError(faults)) from None


def _refused(problem: Problem, accept: str, language: page.Language) -> Response:
    if not _wants_page(accept):
        raise problem
    return _page(page.refusal(problem, language), problem.status)


def _wants_page(accept: str) -> bool:
    return "text/html" in accept


def _page(html: str, status: int) -> HTMLResponse:
    return HTMLResponse(html, status, {"content-security-policy": page.POLICY, "x-robots-tag": "noindex"})
