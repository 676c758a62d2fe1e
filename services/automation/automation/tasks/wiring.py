"""The parts of managers' tasks that the service puts together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from events.app import Component, Runtime
from events.links import Links
from events.privacy import Keys
from events.store import Store
from fastapi import APIRouter

from automation.managers import balancing_api
from automation.managers.choosing import choose
from automation.react import React
from automation.settings import AutomationSettings
from automation.tasks import api, calendar_api
from automation.tasks.calendar import TaskCalendar
from automation.tasks.completing import complete
from automation.tasks.desk import Tasks
from automation.tasks.falling_due import FallingDue
from automation.tasks.following import follow


class TasksWiring:
    """Tasks by HTTP, what tells that their hour has come, and their way after the lead's or customer's manager."""

    def __init__(self, runtime: Runtime, store: Store, keys: Keys, now: Callable[[], datetime]) -> None:
        settings: AutomationSettings = runtime.settings
        self._desk = Tasks(store, keys, settings.language, now)
        self._falling_due = FallingDue(store)
        links = Links(settings.link_keys) if settings.link_keys else None
        self._calendar = TaskCalendar(self._desk, runtime.pool, settings.business_timezone, links, settings.public_url)

    def routers(self) -> Sequence[APIRouter]:
        """``/tasks``."""
        balancing = balancing_api.router(self._desk, self._desk.store.pool)
        return [calendar_api.router(self._calendar), balancing, api.router(self._desk)]

    def components(self) -> Sequence[Component]:
        """What tells that a task's hour has come."""
        return [self._falling_due]

    def reactions(self) -> Sequence[React]:
        """Tasks that follow a manager, those that rules complete, and those whose assignee is chosen."""
        return [follow, complete, choose]
