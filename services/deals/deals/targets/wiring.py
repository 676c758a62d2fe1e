"""The parts of targets that the service puts together."""

from __future__ import annotations

from collections.abc import Sequence

from events.store import Store
from fastapi import APIRouter

from deals.targets import api
from deals.targets.commands import Targets


class TargetsWiring:
    """Targets by HTTP."""

    def __init__(self, store: Store) -> None:
        self._targets = Targets(store)

    def routers(self) -> Sequence[APIRouter]:
        """``/targets``."""
        return [api.reading_router(self._targets.store.pool), api.writing_router(self._targets)]
