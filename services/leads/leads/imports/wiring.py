"""The parts of imports, put together."""

from collections.abc import Mapping, Sequence

from events.store import Store
from fastapi import APIRouter

from leads.capture import Capturer
from leads.imports import api, mappings_api, spend_api
from leads.imports.becoming import Becoming
from leads.imports.kinds import Kind
from leads.imports.lead_rows import LeadRows
from leads.imports.spend import SpendRows
from leads.imports.worker import ImportWorker
from leads.lists.desk import ListsDesk
from leads.lists.rows import ListMembers


class Imports:
    """Routes and the worker of imports."""

    def __init__(self, store: Store, capturer: Capturer, lists: ListsDesk, becoming: Becoming) -> None:
        self._store = store
        self._kinds: Mapping[str, Kind] = {
            "leads": LeadRows(capturer, becoming),
            "ad-spend": SpendRows(),
            "list-members": ListMembers(lists),
        }
        self.worker = ImportWorker(store, self._kinds)

    def routers(self) -> Sequence[APIRouter]:
        """``/imports``, ``/import-mappings`` and ``/ad-spend``."""
        pool = self._store.pool
        return (
            api.router(pool, self._kinds, self.worker),
            mappings_api.router(pool, self._kinds),
            spend_api.router(self._store),
        )
