"""The parts of personal data that the service puts together."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import asyncpg
from events import personal_api
from events.privacy import CustomerKey, Keyring, MasterKey
from events.store import Store
from events.tasks import Worker
from fastapi import APIRouter

from leads.capture import Capturer
from leads.privacy import api
from leads.privacy.erasing import Erasing
from leads.privacy.finding import Finder
from leads.privacy.reindexing import Reindexing
from leads.privacy.rotating import Rotating
from leads.privacy.searching import Searching
from leads.privacy.stores import KEPT, SEARCH


class PrivacyWiring:
    """Erasure, export and keys by HTTP; the workers that search what nobody understood and replace the index key."""

    def __init__(self, store: Store, capturer: Capturer, master: MasterKey) -> None:
        self._store = store
        self._keyring = capturer.keyring
        self._rotating = Rotating(store.pool, master)
        self._blind = capturer.blind
        self._finder = Finder(capturer.blind, capturer.region)
        searching = Searching(store, self._finder)
        self.workers = (
            Worker("leads.privacy", store, {SEARCH: searching.perform}, concurrency=2),
            Reindexing(store.pool, capturer.blind),
        )

    def routers(self) -> Sequence[APIRouter]:
        """The HTTP API."""
        keys = OwnKeys(self._store.pool, self._keyring)
        return [
            api.router(Erasing(self._store, self._keyring)),
            api.naming_router(self._store.pool, self._finder),
            api.keyring_router(self._rotating),
            api.index_key_router(self._store.pool, self._blind),
            personal_api.router(KEPT, self._store.pool, keys),
        ]


class OwnKeys:
    """The keyring as others see it through their caches."""

    def __init__(self, pool: asyncpg.Pool, keyring: Keyring) -> None:
        self._pool = pool
        self._keyring = keyring

    async def read(self, customer_ids: Iterable[UUID]) -> dict[UUID, CustomerKey]:
        """Keys of those customers who have one."""
        async with self._pool.acquire() as connection:
            return await self._keyring.read(connection, customer_ids)
