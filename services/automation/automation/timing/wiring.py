"""The parts of timing that the service puts together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from events.app import Component, Runtime
from events.store import Store
from events.tasks import Worker
from fastapi import APIRouter

from automation.react import React
from automation.settings import AutomationSettings
from automation.timing import api, pending
from automation.timing.desk import CalendarDesk
from automation.timing.firings import Firings

PORTION = 200


class TimingWiring:
    """Working calendars by HTTP, and the worker that brings pending firings to their effects."""

    def __init__(self, runtime: Runtime, store: Store, now: Callable[[], datetime]) -> None:
        settings: AutomationSettings = runtime.settings
        self._calendars = CalendarDesk(store, settings.business_timezone, now)
        self._pool = runtime.pool
        firings = Firings(runtime.pool, settings.language, settings.business_timezone)
        self._worker = Worker(
            "automation.firings", store, {}, batches={pending.KIND: firings.handle}, concurrency=PORTION
        )

    def routers(self) -> Sequence[APIRouter]:
        """``/working-calendars`` and ``/firings``."""
        return [api.router(self._calendars), api.firings_router(self._pool)]

    def components(self) -> Sequence[Component]:
        """What brings firings to their effects."""
        return [self._worker]

    def reactions(self) -> Sequence[React]:
        """What waits is woken by the consumer itself."""
        return []
