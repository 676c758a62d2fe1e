"""Questionnaires by HTTP: for people who write them and read results, and for customers with a link."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qsl

from events.auth import CurrentPrincipal, public, require
from events.calls import IfMatch, expected_version
from events.cursor import Cursor, Limit
from events.inputs import OfCustomer
from events.links import LinkExpired
from events.problems import Invalid, Problem
from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import AwareDatetime

from automation.parts import Language
from automation.questionnaires import page
from automation.questionnaires.desk import Answering, QuestionnaireDesk
from automation.questionnaires.models import AnswerPage, QuestionnaireCard, QuestionnaireList, Results
from automation.questionnaires.questionnaire import Definition

QuestionnaireId = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", examples=["after-delivery"])]
READ, WRITE = [Depends(require("messages:read"))], [Depends(require("rules:write"))]
PROOF = Depends(public("the customer has the link from a message; it is signed and ends"))
Token = Annotated[str, Path(min_length=1, max_length=512, description="From the message.")]
MOST_BYTES = 100_000


def router(desk: QuestionnaireDesk) -> APIRouter:
    """The routes under /questionnaires."""
    routes = APIRouter(prefix="/questionnaires", tags=["questionnaires"])

    @routes.get("", dependencies=READ, summary="The questionnaires")
    async def list_questionnaires() -> QuestionnaireList:
        return QuestionnaireList(questionnaires=await desk.all())

    @routes.get("/{questionnaire}", dependencies=READ, summary="One questionnaire")
    async def read_questionnaire(questionnaire: QuestionnaireId, response: Response) -> QuestionnaireCard:
        return _tagged(await desk.read(questionnaire), response)

    @routes.put("/{questionnaire}", dependencies=WRITE, summary="Save a version")
    async def save_questionnaire(
        questionnaire: QuestionnaireId,
        body: Definition,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> QuestionnaireCard:
        return _tagged(await desk.save(questionnaire, body, principal, expected_version(if_match)), response)

    @routes.get("/{questionnaire}/results", dependencies=READ, summary="NPS, CSAT and choices of a period")
    async def read_results(
        questionnaire: QuestionnaireId,
        since: Annotated[AwareDatetime | None, Query(description="Answered from then on.")] = None,
        until: Annotated[AwareDatetime | None, Query(description="Answered before then.")] = None,
    ) -> Results:
        return await desk.results(questionnaire, since, until)

    @routes.get("/{questionnaire}/answers", dependencies=READ, summary="What customers answered, oldest first")
    async def list_answers(
        questionnaire: QuestionnaireId,
        principal: CurrentPrincipal,
        customer_id: OfCustomer = None,
        cursor: Cursor = None,
        limit: Limit = 100,
    ) -> AnswerPage:
        return await desk.answers(questionnaire, customer_id, cursor, limit, principal)

    return routes


def public_router(answering: Answering, language: Language) -> APIRouter:
    """The page behind a link; its language is that of messages."""
    routes = APIRouter(prefix="/public/questionnaires", tags=["Public"], dependencies=[PROOF])

    @routes.get("/{token}", summary="The page to answer on", response_class=HTMLResponse)
    async def ask(token: Token) -> HTMLResponse:
        try:
            asked = await answering.asked(token)
        except Problem as problem:
            return _refused(problem, language)
        shown = page.message("thanks", language) if asked.is_answered else page.form(asked.definition, language)
        return _shown(shown, 200)

    @routes.post("/{token}", summary="Answer; a second answer changes nothing", response_class=HTMLResponse)
    async def answer(
        token: Token, request: Request, content_length: Annotated[int, Header(le=MOST_BYTES)] = 0
    ) -> HTMLResponse:
        try:
            asked = await answering.asked(token)
            try:
                await answering.answer(token, _read(await request.body() if content_length else b""))
            except Invalid as invalid:
                wrong = (invalid.errors[0].pointer or "#/").removeprefix("#/") if invalid.errors else None
                return _shown(page.form(asked.definition, language, wrong), 422)
        except Problem as problem:
            return _refused(problem, language)
        return _shown(page.message("thanks", language), 200)

    return routes


def _read(body: bytes) -> dict[str, str]:
    """The fields of a form (application/x-www-form-urlencoded); what cannot be read is no answer."""
    try:
        return dict(parse_qsl(body.decode(), max_num_fields=50))
    except ValueError:
        return {}


def _refused(problem: Problem, language: Language) -> HTMLResponse:
    told = "expired" if isinstance(problem, LinkExpired) else "wrong"
    return _shown(page.message(told, language), problem.status)


def _shown(html: str, status: int) -> HTMLResponse:
    return HTMLResponse(html, status, {"content-security-policy": page.POLICY, "x-robots-tag": "noindex"})


def _tagged(card: QuestionnaireCard, response: Response) -> QuestionnaireCard:
    response.headers["ETag"] = f'"{card.version}"'
    return card
