"""The parts by which deals answers automation that the service puts together."""

from __future__ import annotations

from collections.abc import Sequence

from events.reactions import React
from events.tasks import Worker

from deals.asked.answering import MAKE, Answering
from deals.asked.documents import Making
from deals.deal.desk import Desk
from deals.documents.desk import DocumentDesk


class AskedWiring:
    """The reaction to requests, and the worker that has documents made."""

    def __init__(self, desk: Desk, documents: DocumentDesk) -> None:
        self._answering = Answering(desk.commands, desk.currency)
        self.worker = Worker("deals.asked", desk.commands.store, {MAKE: Making(documents)})

    def reactions(self) -> Sequence[React]:
        """What follows from requests of automation."""
        return [self._answering.react]
