"""What a visitor of a site sees: a script on its pages posts small JSON, one view or up to a hundred.

    {"key": "site-key", "visitor_id": "3f0c…", "views": [{"id": "1", "at": "2026-05-01T12:00:00Z", "kind": "page",
     "url": "https://shop.ru/sofas?utm_source=x", "title": "Sofas"}, {"id": "2", "kind": "product", "url": "…",
     "product": "Sofa Nord"}]}

Secrets and the option `origins` as in `web_form.py`: the key stands in the page. `visitor_id` (16 to 100 characters) is
random and chosen by the script; a form that posts the same `visitor_id` links the visitor to its customer. Idempotency
key: the view's `id` within the visitor. Of addresses only host and path are kept: a query may hold personal data.
"""

from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlsplit

from events.webhooks import RawRequest, Reply, Source, Unreadable

from leads.channels.base import Fact, View
from leads.channels.body import json_object
from leads.channels.values import identifier, listing, mapping, moment, text
from leads.channels.web_form import WebForm

MOST_VIEWS: Final = 100
_SHORTEST, _LONGEST = 16, 100
_MAX_TEXT: Final = 300


class Behaviour(WebForm):
    name = "behaviour"

    def reply(self, request: RawRequest, source: Source) -> Reply:
        options = {name: value for name, value in source.options.items() if name != "redirect"}
        return super().reply(request, replace(source, options=options))

    def parse(self, request: RawRequest, source: Source) -> list[Fact]:
        given = json_object(request.body)
        visitor = identifier(given.get("visitor_id"), "visitor_id")
        if not _SHORTEST <= len(visitor) <= _LONGEST:
            raise Unreadable(f"visitor_id must have {_SHORTEST} to {_LONGEST} characters")
        views = [mapping(item, "views") for item in listing(given.get("views"), "views")]
        if not 0 < len(views) <= MOST_VIEWS:
            raise Unreadable(f"views must hold 1 to {MOST_VIEWS} of them")
        return [_view(view, visitor, request) for view in views]


def _view(view: dict[str, Any], visitor: str, request: RawRequest) -> View:
    kind = view.get("kind", "page")
    if kind not in ("page", "product"):
        raise Unreadable("kind must be page or product")
    return View(
        visitor=visitor,
        view_id=identifier(view.get("id"), "views.id"),
        occurred_at=moment(view["at"], "at") if view.get("at") is not None else request.received_at,
        kind=kind,
        page=_page(text(view.get("url"), "url")),
        title=_short(text(view.get("title"), "title")),
        product=_short(text(view.get("product"), "product")),
    )


def _page(url: str | None) -> str:
    if url is None:
        raise Unreadable("url is missing")
    try:
        parts = urlsplit(url)
        return f"{parts.hostname or ''}{parts.path or '/'}"[:_MAX_TEXT]
    except ValueError as error:
        raise Unreadable("url is not an address") from error


def _short(value: str | None) -> str | None:
    return value[:_MAX_TEXT] if value else None
