"""The parts of lines that the service puts together."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from events.app import Runtime
from fastapi import APIRouter

from deals.deal.desk import Desk
from deals.lines import api
from deals.lines.pricing import Pricing
from deals.settings import DealsSettings


class LinesWiring:
    """Lines of deals by HTTP, and what prices them."""

    def __init__(self, runtime: Runtime, desk: Desk) -> None:
        settings: DealsSettings = runtime.settings
        self.pricing = Pricing(runtime.pool, ZoneInfo(settings.business_timezone))
        self._desk = desk

    def routers(self) -> Sequence[APIRouter]:
        """``/deals/{deal_id}/lines``."""
        return [api.routes(self._desk, self.pricing)]
