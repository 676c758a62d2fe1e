"""``/public/…`` for customers who were sent a message: its picture, its links, and the way out of them.

What a caller may do stands in the signed token alone. Pages load nothing and need no script.
"""

from __future__ import annotations

from html import escape
from typing import Annotated

from events.auth import public
from events.problems import Problem
from fastapi import APIRouter, Depends, Header, Path, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from automation.messages.public import Following
from automation.parts import Language

PROOF = Depends(public("the customer has the link from a message; it is signed and ends"))
Token = Annotated[str, Path(min_length=1, max_length=512, description="From the message.")]
PREFETCH = ("purpose", "sec-purpose", "x-purpose", "x-moz")
PIXEL = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")
_POLICY = "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
_WORDS = {
    "ru": {
        "title": "Отписка от сообщений",
        "ask": "Больше не присылать таких сообщений?",
        "button": "Отписаться",
        "done": "Готово: таких сообщений больше не будет.",
        "wrong": "Ссылка не работает. Откройте её в точности так, как она пришла.",
    },
    "en": {
        "title": "Unsubscribe",
        "ask": "Send no more messages of this kind?",
        "button": "Unsubscribe",
        "done": "Done: there will be no more messages of this kind.",
        "wrong": "This link does not work. Open it exactly as it was sent.",
    },
}


def router(following: Following, language: Language) -> APIRouter:
    """The routes; pages are in the language of messages."""
    routes = APIRouter(prefix="/public", tags=["Public"], dependencies=[PROOF])

    @routes.get("/opened/{token}", summary="The picture of a letter", response_class=Response)
    async def picture(token: Token, request: Request) -> Response:
        await following.opened(token, is_prefetch=_is_prefetch(request))
        return Response(PIXEL, media_type="image/gif", headers={"cross-origin-resource-policy": "cross-origin"})

    @routes.get("/links/{token}", summary="Where a link of a message leads to", status_code=302)
    async def follow(token: Token, request: Request) -> Response:
        return RedirectResponse(await following.clicked(token, is_prefetch=_is_prefetch(request)), status_code=302)

    @routes.get("/unsubscribe/{token}", summary="The page to unsubscribe on", response_class=HTMLResponse)
    async def ask(token: Token) -> HTMLResponse:
        try:
            await following.may_unsubscribe(token)
        except Problem as problem:
            return _page(language, "wrong", problem.status)
        return _page(language, "ask", 200)

    @routes.post("/unsubscribe/{token}", summary="Unsubscribe, by the page or with one click (RFC 8058)")
    async def unsubscribe(
        token: Token, request: Request, content_length: Annotated[int, Header(le=10_000)] = 0
    ) -> HTMLResponse:
        body = await request.body() if content_length else b""
        try:
            await following.unsubscribe(token, "one_click" if b"List-Unsubscribe=One-Click" in body else "link")
        except Problem as problem:
            return _page(language, "wrong", problem.status)
        return _page(language, "done", 200)

    return routes


def _is_prefetch(request: Request) -> bool:
    told = " ".join(request.headers.get(name, "") for name in PREFETCH).lower()
    return "prefetch" in told or "preview" in told


def _page(language: Language, message: str, status: int) -> HTMLResponse:
    words = {name: escape(text) for name, text in _WORDS[language].items()}
    form = f'<form method="post"><button>{words["button"]}</button></form>' if message == "ask" else ""
    html = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{words["title"]}</title>'
        '<meta name="viewport" content="width=device-width"></head>'
        f"<body><main><h1>{words['title']}</h1><p>{words[message]}</p>{form}</main></body></html>"
    )
    return HTMLResponse(html, status, {"content-security-policy": _POLICY, "x-robots-tag": "noindex"})
