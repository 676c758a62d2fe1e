"""The parts of work that the service puts together."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from events.reactions import React
from events.store import Store
from events.tasks import Worker
from fastapi import APIRouter

from deals.deal.desk import Desk
from deals.work import api, reading_api
from deals.work.commands import GUARANTEE, OVERDUE, WorkCommands
from deals.work.desk import WorkDesk
from deals.work.opening import OpenWhenWon


class WorkWiring:
    """Work by HTTP, its opening when a deal is won, and the worker that watches its dates."""

    def __init__(self, store: Store, deals: Desk, zone: ZoneInfo) -> None:
        self.commands = WorkCommands(store, zone)
        self._desk = WorkDesk(self.commands, deals)
        self._opening = OpenWhenWon(self.commands, zone)
        handlers = {OVERDUE: self.commands.report_overdue, GUARANTEE: self.commands.end_guarantee}
        self.worker = Worker("deals.work", store, handlers)

    def routers(self) -> Sequence[APIRouter]:
        """``/work``, ``/deals/{deal_id}/work`` and ``/work-templates``."""
        return [
            reading_api.router(self._desk),
            reading_api.templates_router(self._desk),
            api.stages_router(self._desk),
            api.endings_router(self._desk),
        ]

    def reactions(self) -> Sequence[React]:
        """What follows from a deal that was won."""
        return [self._opening.react]
