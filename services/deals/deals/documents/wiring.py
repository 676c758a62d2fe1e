"""The parts of documents that the service puts together."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from events.app import Runtime
from events.links import Links
from events.reactions import React
from events.store import Store
from events.tasks import Worker
from fastapi import APIRouter

from deals.deal.desk import Desk
from deals.documents import api, links_api, setup_api
from deals.documents.classes import load
from deals.documents.commands import RENDER, Documents
from deals.documents.desk import DocumentDesk
from deals.documents.printing import ATTEMPTS, FORGET, LEASE_SECONDS, Printing
from deals.documents.reactions import react
from deals.documents.reading import Reader
from deals.documents.rendering import AT_ONCE, Renderer
from deals.documents.storage import storage_of
from deals.settings import DealsSettings


class DocumentsWiring:
    """Documents by HTTP, the worker that makes them, and what follows when a customer is erased."""

    def __init__(self, runtime: Runtime, store: Store, deals: Desk) -> None:
        settings: DealsSettings = runtime.settings
        documents = Documents(store)
        self.storage, self.renderer = storage_of(settings), Renderer()
        self._store, self._settings = store, settings
        self.desk = DocumentDesk(
            documents,
            deals,
            self.storage,
            load(settings.document_classes_path),
            ZoneInfo(settings.business_timezone),
        )
        self._reader = Reader(self.desk, Links(settings.link_keys), settings.public_url or "")
        printing = Printing(documents, self.storage, self.renderer, deals.keys)
        self.worker = Worker(
            "deals.documents",
            store,
            {RENDER: printing.render, FORGET: printing.forget},
            give_up_after=2 * ATTEMPTS,
            concurrency=AT_ONCE,
            lease_seconds=LEASE_SECONDS,
        )

    def routers(self) -> Sequence[APIRouter]:
        """``/documents``, ``/shared-documents``, ``/document-templates`` and ``/firm``."""
        settings = self._settings
        return [
            api.asking_routes(self.desk, settings.max_document_bytes),
            api.finding_routes(self.desk),
            api.content_routes(self._reader),
            links_api.routes(self._reader),
            links_api.door(self._reader),
            setup_api.template_routes(self._store, self.storage, self.renderer, settings.max_template_bytes),
            setup_api.firm_routes(self._store),
        ]

    def reactions(self) -> Sequence[React]:
        """What follows from events of leads."""
        return [react]
