"""The parts by which colleagues are told that the service puts together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from events.app import Component, Runtime
from events.store import Store
from events.tasks import Handler, Worker
from fastapi import APIRouter

from automation.messages.wiring import server_of
from automation.react import React
from automation.settings import AutomationSettings
from automation.staff import api
from automation.staff.telling import Telling, Writing
from automation.staff.work import TELL, WRITE


class StaffWiring:
    """Feeds and the address book by HTTP, and the worker that tells."""

    def __init__(self, runtime: Runtime, store: Store, now: Callable[[], datetime]) -> None:
        settings: AutomationSettings = runtime.settings
        self._pool = runtime.pool
        writing = Writing(runtime.pool, server_of(settings), settings.sender, settings.language)
        self.handlers: dict[str, Handler] = {TELL: Telling(runtime.pool, now), WRITE: writing}
        self._worker = Worker("automation.staff", store, self.handlers, give_up_after=24)

    def routers(self) -> Sequence[APIRouter]:
        """``/notifications`` and ``/staff-addresses``."""
        return [api.feed_router(self._pool), api.addresses_router(self._pool)]

    def components(self) -> Sequence[Component]:
        """What tells."""
        return [self._worker]

    def reactions(self) -> Sequence[React]:
        """Nothing follows from events but what rules say."""
        return []
