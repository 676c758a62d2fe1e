"""The parts by which answers of other services are known that the service puts together."""

from __future__ import annotations

from collections.abc import Sequence

from events.app import Component
from events.store import Store
from fastapi import APIRouter

from automation.asked import api
from automation.asked.keeping import keep
from automation.asked.watching import Watching
from automation.react import React


class AskedWiring:
    """``/requests``, and what tells of those that nobody answers."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.watching = Watching(store)

    def routers(self) -> Sequence[APIRouter]:
        """``/requests``."""
        return [api.router(self._store.pool)]

    def components(self) -> Sequence[Component]:
        """What watches."""
        return [self.watching]

    def reactions(self) -> Sequence[React]:
        """Requests and answers are kept."""
        return [keep]
