"""The service's own documentation: `/docs` (Swagger UI), `/openapi.json`, `/asyncapi`, `/asyncapi.json`, `/problems/…`.

All assets come from this machine (the wheel swagger-ui-bundle-v2 and `static/`): no CDN, no inline script, a strict
Content-Security-Policy. Pages are made at first need and kept as bytes; links are relative, so that a proxy may add a
path prefix.
"""

import asyncio
import inspect
from collections.abc import Callable, Mapping
from functools import cache, partial
from html import escape
from pathlib import Path
from typing import Any

import orjson
from starlette.responses import Response

from events import asyncapi
from events.edge import Page
from events.problems import CATALOGUE, Problem

_STATIC = Path(__file__).parent / "static"
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_KINDS = {".js": "text/javascript", ".css": "text/css"}

Document = Callable[[], Mapping[str, Any]]


def pages(title: str, openapi: Document, events: Document) -> dict[str, Page]:
    """The documentation pages of a service, by their path."""
    import swagger_ui_bundle

    swagger = Path(swagger_ui_bundle.swagger_ui_path)
    files = [swagger / "swagger-ui.css", swagger / "swagger-ui-bundle.js", _STATIC / "start-docs.js"]
    return {
        "/docs": _lazily(lambda: _html(f"{title}: API", _SWAGGER, "docs/swagger-ui.css")),
        "/openapi.json": _lazily(lambda: _json(openapi())),
        "/asyncapi": _lazily(lambda: _html(f"{title}: events", asyncapi.html(events()))),
        "/asyncapi.json": _lazily(lambda: _json(events())),
        **{f"/docs/{file.name}": _file(file) for file in files},
    }


def problem_pages() -> dict[str, Page]:
    """A page for every kind of problem this process may answer with, and their list."""
    return {
        "/problems": _lazily(lambda: _html("Problems", _problems())),
        "/docs/page.css": _file(_STATIC / "page.css"),
        **{f"/problems/{slug}": _lazily(partial(_problem, kind)) for slug, kind in CATALOGUE.items()},
    }


def _lazily(make: Callable[[], Response]) -> Page:
    made = cache(make)

    async def page() -> Response:
        return made()

    return page


def _file(path: Path) -> Page:
    async def page() -> Response:
        # Read each time, not kept: Swagger UI is 1.5 MB that a service should not carry for a page seldom opened.
        body = await asyncio.to_thread(path.read_bytes)
        return Response(body, media_type=_KINDS[path.suffix], headers={"Cache-Control": "public, max-age=86400"})

    return page


def _json(document: Mapping[str, Any]) -> Response:
    return Response(orjson.dumps(document), media_type="application/json", headers={"Cache-Control": "no-cache"})


def _html(title: str, body: str, style: str = "docs/page.css") -> Response:
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f'<link rel="stylesheet" href="{style}"></head><body>{body}</body></html>'
    )
    headers = {"Content-Security-Policy": _CSP, "Cache-Control": "no-cache"}
    return Response(page, media_type="text/html", headers=headers)


_SWAGGER = (
    '<div id="docs"></div><script src="docs/swagger-ui-bundle.js"></script><script src="docs/start-docs.js"></script>'
)


def _problem(kind: type[Problem]) -> Response:
    body = (
        f"<h1>{escape(kind.title)}</h1>"
        f'<p class="muted"><code>{escape(kind.slug)}</code>, HTTP status {kind.status}</p>'
        f"<h2>What it means</h2><p>{escape(inspect.getdoc(kind) or '')}</p>"
        f"<h2>What to do</h2><p>{escape(kind.remedy)}</p>"
        '<p><a href="../problems">All problems</a></p>'
    )
    return _html(kind.title, body, "../docs/page.css")


def _problems() -> str:
    rows = "".join(
        f'<tr><td>{kind.status}</td><td><a href="problems/{escape(slug)}">{escape(kind.title)}</a></td>'
        f"<td>{escape(kind.remedy)}</td></tr>"
        for slug, kind in sorted(CATALOGUE.items(), key=lambda item: item[1].status)
    )
    return f"<h1>Problems</h1><table><tr><th>Status</th><th>What</th><th>What to do</th></tr>{rows}</table>"
