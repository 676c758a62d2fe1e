"""The files of the page, from this machine alone, under a policy that lets nothing else in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from events.auth import RawRoute, public
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

PREFIX = "/dashboard"
_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cache-control": "no-cache",
}


class Page(StaticFiles):
    """Static files with the page's own headers; a browser asks each time, and is told that nothing has changed."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """The file, or 304."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update(_HEADERS)
        return response


def routes() -> dict[str, ASGIApp]:
    """``/dashboard/``."""
    files = Page(directory=Path(__file__).parent / "page", html=True)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        below: dict[str, Any] = {**scope, "root_path": scope.get("root_path", "") + PREFIX}
        await files(below, receive, send)

    return {PREFIX: RawRoute(serve, public("the page holds no figures; it asks for a key to read them"), PREFIX)}
