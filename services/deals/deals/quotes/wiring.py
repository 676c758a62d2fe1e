"""The parts of quotes that the service puts together."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from events.app import Runtime
from events.links import Links
from events.store import Store
from events.tasks import Worker
from fastapi import APIRouter

from deals.deal.desk import Desk
from deals.lines.pricing import Pricing
from deals.quotes import api, public_api
from deals.quotes.answering import Answering
from deals.quotes.commands import EXPIRY, QuoteCommands
from deals.quotes.desk import QuoteDesk
from deals.settings import DealsSettings


class QuotesWiring:
    """Quotes by HTTP for managers and customers, and the worker that ends them after their last day."""

    def __init__(self, runtime: Runtime, store: Store, deals: Desk, pricing: Pricing) -> None:
        settings: DealsSettings = runtime.settings
        commands = QuoteCommands(store, deals.commands, ZoneInfo(settings.business_timezone))
        links = Links(settings.link_keys)
        self._desk = QuoteDesk(commands, deals, pricing, links, settings.public_url or "")
        self.worker = Worker("deals.quotes", store, {EXPIRY: commands.expire})

    def routers(self) -> Sequence[APIRouter]:
        """``/quotes``, ``/deals/{deal_id}/quotes`` and ``/public/quotes/{token}``."""
        return [api.making_routes(self._desk), api.routes(self._desk), public_api.routes(Answering(self._desk))]
