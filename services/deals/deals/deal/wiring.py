"""The parts of deals themselves that the service puts together."""

from __future__ import annotations

from collections.abc import Sequence

from events.app import Component, Runtime
from events.privacy import CachedKeys
from events.store import Store
from events.tasks import Worker
from fastapi import APIRouter

from deals.deal import api, board_api, particulars_api, stages_api
from deals.deal.batch import WAKE
from deals.deal.commands import Commands
from deals.deal.desk import Desk
from deals.deal.from_leads import FromLeads
from deals.pipelines.live import LivePipelines
from deals.reactions import React
from deals.settings import DealsSettings


class DealWiring:
    """Deals by HTTP, and what they do when leads says something."""

    def __init__(self, runtime: Runtime, store: Store, pipelines: LivePipelines, keys: CachedKeys) -> None:
        settings: DealsSettings = runtime.settings
        self._pipelines = pipelines
        self.commands = Commands(store, pipelines)
        self.desk = Desk(runtime.pool, self.commands, keys, settings.default_currency)
        self.worker = Worker("deals.deal", store, {WAKE: self.commands.wake})
        self._from_leads = FromLeads(
            self.commands,
            open_on_qualified=settings.open_deal_on_qualified,
            currency=settings.default_currency,
            forget=keys.forget,
        )

    def routers(self) -> Sequence[APIRouter]:
        """``/deals`` and ``/board``."""
        desk = self.desk
        return [
            api.routes(desk),
            stages_api.routes(desk),
            particulars_api.routes(desk),
            board_api.routes(desk.pool, self._pipelines),
        ]

    def components(self) -> Sequence[Component]:
        """What wakes deals that were put off."""
        return [self.worker]

    def reactions(self) -> Sequence[React]:
        """What follows from events of leads."""
        return [self._from_leads.react]
