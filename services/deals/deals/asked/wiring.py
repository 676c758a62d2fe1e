"""The parts by which deals answers automation that the service puts together."""

from __future__ import annotations

from collections.abc import Sequence

from events.contracts.automation import DealClosingRequested, DealNoteRequested
from events.reactions import React
from events.tasks import Handler, Worker

from deals.asked.answering import CLOSE, ISSUE, MAKE, NOTE, Answering, given_up
from deals.asked.documents import Making
from deals.asked.invoices import Issuing
from deals.asked.words import Writing
from deals.deal.desk import Desk
from deals.documents.desk import DocumentDesk
from deals.invoices.desk import InvoiceDesk


class AskedWiring:
    """The reaction to requests, and the worker that has documents made, invoices issued, notes
    written and deals closed.
    """

    def __init__(self, desk: Desk, documents: DocumentDesk, invoices: InvoiceDesk) -> None:
        self._answering = Answering(desk.commands, invoices.pricing, desk.currency)
        handlers: dict[str, Handler] = {
            MAKE: Making(documents),
            ISSUE: Issuing(invoices),
            NOTE: Writing(desk, DealNoteRequested),
            CLOSE: Writing(desk, DealClosingRequested),
        }
        self.worker = Worker("deals.asked", desk.commands.store, handlers, abandoned=given_up)

    def reactions(self) -> Sequence[React]:
        """What follows from requests of automation."""
        return [self._answering.react]
