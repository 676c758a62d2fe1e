"""The parts of deals themselves that the service puts together."""

from __future__ import annotations

from collections.abc import Sequence

from events.app import Runtime
from events.privacy import CachedKeys
from events.store import Store
from fastapi import APIRouter

from deals.deal import api, board_api
from deals.deal.commands import Commands
from deals.deal.desk import Desk
from deals.deal.from_leads import FromLeads
from deals.pipelines.pipeline import Pipelines
from deals.reactions import React
from deals.settings import DealsSettings


class DealWiring:
    """Deals by HTTP, and what they do when leads says something."""

    def __init__(self, runtime: Runtime, store: Store, pipelines: Pipelines, keys: CachedKeys) -> None:
        settings: DealsSettings = runtime.settings
        self._pipelines = pipelines
        self.commands = Commands(store, pipelines)
        self.desk = Desk(runtime.pool, self.commands, keys, settings.default_currency)
        self._from_leads = FromLeads(
            pipelines,
            open_on_qualified=settings.open_deal_on_qualified,
            currency=settings.default_currency,
            forget=keys.forget,
        )

    def routers(self) -> Sequence[APIRouter]:
        """``/deals`` and ``/board``."""
        return [api.routes(self.desk), board_api.routes(self.desk.pool, self._pipelines)]

    def reactions(self) -> Sequence[React]:
        """What follows from events of leads."""
        return [self._from_leads.react]
