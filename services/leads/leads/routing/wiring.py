"""The parts of routing, put together: routes, the reaction to the own log, the worker of leads that wait."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime

from events.privacy import Keyring
from events.sources import Sources
from events.store import Store
from events.tasks import Worker
from fastapi import APIRouter

from leads.commands import Commands
from leads.routing.board_api import board_router
from leads.routing.call_lists_api import call_entries_router, call_lists_router
from leads.routing.distribution import ROUTE_LATER
from leads.routing.explain_api import explain_router
from leads.routing.managers_api import managers_router
from leads.routing.processing_api import processing_router
from leads.routing.processing_lists import Codes, Entry
from leads.routing.reactions import Reactions
from leads.routing.settings_api import settings_routers


def _now() -> datetime:
    return datetime.now(UTC)


class Routing:
    """Everything of ``leads.routing``. ``reasons``: why a lead may be disqualified, until a list of reasons is set."""

    def __init__(
        self,
        store: Store,
        keyring: Keyring,
        sources: Sources,
        reasons: Collection[str],
        now: Callable[[], datetime] = _now,
    ) -> None:
        self._store = store
        self._keyring = keyring
        self._sources = sources
        self._reasons = reasons
        self._now = now
        self.reactions = Reactions(store, keyring, sources, now)

    def routers(self) -> list[APIRouter]:
        """The routes; they go before those that read one lead."""
        store, keyring, now = self._store, self._keyring, self._now
        default = Codes(entries=tuple(Entry(code=code) for code in sorted(self._reasons)))
        return [
            board_router(store.pool, keyring, now),
            processing_router(store.pool, Commands(store, keyring, self._reasons), now),
            explain_router(store, keyring, self._sources, now),
            managers_router(store, now),
            call_lists_router(store, now),
            call_entries_router(store, keyring, now),
            *settings_routers(store.pool, now, default),
        ]

    @property
    def worker(self) -> Worker:
        """Asks again for leads that wait for somebody to be there."""
        return Worker("leads.routing", self._store, {ROUTE_LATER: self.reactions.ask_again})
