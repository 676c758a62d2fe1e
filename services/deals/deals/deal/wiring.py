"""The parts of deals themselves that the service puts together."""

from __future__ import annotations

from collections.abc import Sequence

from events.app import Component, Runtime
from events.privacy import CachedKeys
from events.store import Store
from events.tasks import Worker
from fastapi import APIRouter

from deals.deal import api, board_api, fields_api, particulars_api, stages_api
from deals.deal.batch import WAKE
from deals.deal.commands import Commands
from deals.deal.definitions import Definitions
from deals.deal.desk import Desk
from deals.pipelines.live import LivePipelines
from deals.settings import DealsSettings


class DealWiring:
    """Deals by HTTP, and the worker that wakes those that were put off."""

    def __init__(self, runtime: Runtime, store: Store, pipelines: LivePipelines, keys: CachedKeys) -> None:
        settings: DealsSettings = runtime.settings
        self._pipelines = pipelines
        self.commands = Commands(store, pipelines)
        self.desk = Desk(runtime.pool, self.commands, keys, settings.default_currency)
        self.worker = Worker("deals.deal", store, {WAKE: self.commands.wake})

    def routers(self) -> Sequence[APIRouter]:
        """``/deals``, ``/board`` and ``/deal-fields``."""
        desk = self.desk
        return [
            api.routes(desk),
            stages_api.routes(desk),
            particulars_api.routes(desk),
            board_api.routes(desk.pool, self._pipelines),
            fields_api.routes(Definitions(self.commands.store)),
        ]

    def components(self) -> Sequence[Component]:
        """What wakes deals that were put off."""
        return [self.worker]
