"""The parts of invoices that the service puts together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from events.app import Runtime
from events.store import Store
from events.tasks import Worker
from fastapi import APIRouter

from deals.deal.desk import Desk
from deals.invoices import api
from deals.invoices.commands import InvoiceCommands
from deals.invoices.desk import InvoiceDesk
from deals.lines.pricing import Pricing
from deals.payments.ledger import FALL_DUE
from deals.settings import DealsSettings


def _now() -> datetime:
    return datetime.now(UTC)


class InvoicesWiring:
    """Invoices by HTTP, and the worker that says when one is overdue."""

    def __init__(self, runtime: Runtime, store: Store, deals: Desk) -> None:
        settings: DealsSettings = runtime.settings
        zone = ZoneInfo(settings.business_timezone)
        self.commands = InvoiceCommands(store, zone, _now)
        self.desk = InvoiceDesk(self.commands, deals, Pricing(runtime.pool, zone))
        self.worker = Worker("deals.invoices", store, {FALL_DUE: self.commands.fall_due})

    def routers(self) -> Sequence[APIRouter]:
        """``/invoices`` and ``/invoice-series``."""
        return [api.routes(self.desk), api.series_routes(self.commands.store.pool)]
