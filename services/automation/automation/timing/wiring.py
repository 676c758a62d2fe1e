"""The parts of timing that the service puts together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from events.app import Component, Runtime
from events.privacy import Keys
from events.store import Store
from events.tasks import Worker
from fastapi import APIRouter

from automation.react import React
from automation.rules.registry import InForceNow
from automation.settings import AutomationSettings
from automation.timing import api, dates, pending
from automation.timing.clock import Clock
from automation.timing.desk import CalendarDesk
from automation.timing.firings import Firings

PORTION = 200
GIVE_UP_AFTER = 36
"""Attempts to read a birthday: with pauses of at most an hour, a day."""


class TimingWiring:
    """Working calendars by HTTP, the clock, and the workers that fire what waits and read birthdays."""

    def __init__(
        self, runtime: Runtime, store: Store, keys: Keys, rules: InForceNow, now: Callable[[], datetime]
    ) -> None:
        settings: AutomationSettings = runtime.settings
        self._calendars = CalendarDesk(store, settings.business_timezone, now)
        self._pool = runtime.pool
        firings = Firings(runtime.pool, settings.language, settings.business_timezone)
        self._worker = Worker(
            "automation.firings", store, {}, batches={pending.KIND: firings.handle}, concurrency=PORTION
        )
        birthdays = dates.Birthdays(runtime.pool, keys)
        self._birthdays = Worker(
            "automation.birthdays", store, {dates.BIRTHDAY_TASK: birthdays.read}, give_up_after=GIVE_UP_AFTER
        )
        self._clock = Clock(store, rules, settings.business_timezone)

    def routers(self) -> Sequence[APIRouter]:
        """``/working-calendars`` and ``/firings``."""
        return [api.router(self._calendars), api.firings_router(self._pool)]

    def components(self) -> Sequence[Component]:
        """What fires and tells."""
        return [self._worker, self._birthdays, self._clock]

    def reactions(self) -> Sequence[React]:
        """The dates that cards hold."""
        return [dates.keep]
