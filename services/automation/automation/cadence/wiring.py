"""The parts of the cadence that the service puts together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from events.app import Component
from events.store import Store
from fastapi import APIRouter

from automation.cadence import api
from automation.cadence.keeping import keep
from automation.cadence.looking import CadenceLooking
from automation.react import React


class CadenceWiring:
    """Paces by HTTP, and what looks who is to be talked to."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._desk = api.CadenceDesk(store, now)
        self._looking = CadenceLooking(store)

    def routers(self) -> Sequence[APIRouter]:
        """``/cadence``."""
        return [api.router(self._desk)]

    def components(self) -> Sequence[Component]:
        """What looks."""
        return [self._looking]

    def reactions(self) -> Sequence[React]:
        """When customers were talked to, and their segments."""
        return [keep]
