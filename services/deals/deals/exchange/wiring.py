"""The parts of the exchange with an ERP that the service puts together."""

from __future__ import annotations

from collections.abc import Sequence

from events.store import Store
from fastapi import APIRouter

from deals.exchange import api
from deals.exchange.invoices import InvoiceExchange
from deals.exchange.payments import PaymentExchange
from deals.invoices.commands import InvoiceCommands


class ExchangeWiring:
    """The exchange by HTTP."""

    def __init__(self, store: Store, invoices: InvoiceCommands) -> None:
        self._store = store
        self._invoices = invoices

    def routers(self) -> Sequence[APIRouter]:
        """``/exchange``."""
        return [api.routes(self._store.pool, InvoiceExchange(self._invoices), PaymentExchange(self._store))]
