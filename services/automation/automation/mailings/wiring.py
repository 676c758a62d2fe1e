"""The parts of mailings that the service puts together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from events.app import Component, Runtime
from events.store import Store
from events.tasks import Worker
from fastapi import APIRouter

from automation.actions.effect import Known
from automation.mailings import api, sending
from automation.mailings.desk import MailingDesk
from automation.react import React
from automation.settings import AutomationSettings


class MailingsWiring:
    """Mailings by HTTP, and the worker that sends them portion by portion."""

    def __init__(
        self, runtime: Runtime, store: Store, named: Callable[[], Awaitable[Known]], now: Callable[[], datetime]
    ) -> None:
        settings: AutomationSettings = runtime.settings
        self._desk = MailingDesk(store, named, now)
        made = sending.MailingSending(runtime.pool, settings.language)
        handlers = {sending.LIST: made.ask_list, sending.GATHER: made.gather, sending.PORTION: made.portion}
        self._worker = Worker("automation.mailings", store, handlers, concurrency=4)

    def routers(self) -> Sequence[APIRouter]:
        """``/mailings``."""
        return [api.router(self._desk)]

    def components(self) -> Sequence[Component]:
        """What sends."""
        return [self._worker]

    def reactions(self) -> Sequence[React]:
        """Mailings follow from nothing but what people say."""
        return []
