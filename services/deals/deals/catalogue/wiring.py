"""The parts of the catalogue that the service puts together."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from events.app import Runtime
from events.store import Store
from fastapi import APIRouter

from deals.catalogue import api
from deals.catalogue.commands import Catalogue
from deals.settings import DealsSettings


class CatalogueWiring:
    """Products and price lists by HTTP."""

    def __init__(self, runtime: Runtime, store: Store) -> None:
        settings: DealsSettings = runtime.settings
        self._zone = ZoneInfo(settings.business_timezone)
        self._catalogue = Catalogue(store)

    def routers(self) -> Sequence[APIRouter]:
        """``/products`` and ``/price-lists``."""
        return [api.product_routes(self._catalogue), api.price_list_routes(self._catalogue, self._zone)]
