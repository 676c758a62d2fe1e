"""The parts of personal data that the service puts together."""

from __future__ import annotations

from collections.abc import Sequence

from events import personal, personal_api
from events.contracts.leads import CustomerErased
from events.envelope import Received
from events.privacy import Keys
from events.reactions import React
from events.store import Append, Connection, Store
from fastapi import APIRouter

from deals.privacy.stores import KEPT, STORES


class PrivacyWiring:
    """What is kept of a person, by HTTP, and what is forgotten."""

    def __init__(self, store: Store, keys: Keys) -> None:
        self._store = store
        self._keys = keys

    def routers(self) -> Sequence[APIRouter]:
        """``/personal-data``."""
        return [personal_api.router(KEPT, self._store.pool, self._keys)]

    def reactions(self) -> Sequence[React]:
        """What follows from events of leads."""
        return [forget]


async def forget(connection: Connection, records: Sequence[Received]) -> Sequence[Append]:
    """Empties the notifications and whatever no other reaction empties."""
    if gone := [record.stream_id for record in records if record.type == CustomerErased.type]:
        await personal.forget(connection, STORES, gone)
    return ()
