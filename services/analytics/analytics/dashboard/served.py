"""The files of the page, from this machine alone, under a policy that lets nothing else in.

``zone.js`` is made, not stored: days begin and end where those of reports do, wherever the browser is.
"""

from __future__ import annotations

import json
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

    def __init__(self, zone: str) -> None:
        super().__init__(directory=Path(__file__).parent / "page", html=True)
        self._zone = f"export const ZONE = {json.dumps(zone)};\n"

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, or the module that names the time zone of reports."""
        if path == "zone.js" and scope["method"] in ("GET", "HEAD"):
            return Response(self._zone, media_type="text/javascript", headers=_HEADERS)
        return await super().get_response(path, scope)

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """The file, or 304."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update(_HEADERS)
        return response


def routes(zone: str) -> dict[str, ASGIApp]:
    """``/dashboard/``; ``zone`` is the business time zone."""
    files = Page(zone)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        below: dict[str, Any] = {**scope, "root_path": scope.get("root_path", "") + PREFIX}
        await files(below, receive, send)

    return {PREFIX: RawRoute(serve, public("the page holds no figures; it asks for a key to read them"), PREFIX)}
