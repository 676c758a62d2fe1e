"""The parts of personal data that the service puts together."""

from __future__ import annotations

from collections.abc import Sequence

from events import personal, personal_api
from events.app import Component
from events.contracts.leads import CustomerErased
from events.envelope import Recorded
from events.privacy import Keys
from events.store import Append, Connection, Store
from fastapi import APIRouter

from automation.privacy.stores import KEPT, STORES
from automation.react import React


class PrivacyWiring:
    """What is kept of a person, by HTTP, and what is forgotten."""

    def __init__(self, store: Store, keys: Keys) -> None:
        self._store = store
        self._keys = keys

    def routers(self) -> Sequence[APIRouter]:
        """``/personal-data``."""
        return [personal_api.router(KEPT, self._store.pool, self._keys)]

    def components(self) -> Sequence[Component]:
        """None."""
        return []

    def reactions(self) -> Sequence[React]:
        """What is forgotten."""
        return [forget]


async def forget(connection: Connection, recorded: Sequence[Recorded]) -> Sequence[Append]:
    """Empties whatever no other reaction empties."""
    if gone := [entry.stream_id for entry in recorded if entry.type == CustomerErased.type]:
        await personal.forget(connection, STORES, gone)
    return []
