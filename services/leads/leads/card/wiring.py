"""The parts of the card that the service puts together."""

from collections.abc import Sequence

from events.store import Store
from events.tasks import Worker
from fastapi import APIRouter

from leads.capture import Capturer
from leads.card import api, fields_api, handover_api, lead_fields, read_api
from leads.card.api import CardDesk
from leads.card.commands import CardCommands
from leads.card.edits import Edits
from leads.card.handover import TASK, Handovers


class CardWiring:
    """Cards by HTTP, and the worker that hands over."""

    def __init__(self, store: Store, capturer: Capturer, handover_reasons: frozenset[str]) -> None:
        self.desk = CardDesk(CardCommands(store, capturer.keyring), Edits(capturer.blind, capturer.region))
        self._handovers = Handovers(store, capturer.keyring)
        self._reasons = handover_reasons
        self.worker = Worker("leads.handover", store, {TASK: self._handovers.perform})

    def routers(self) -> Sequence[APIRouter]:
        """The HTTP API."""
        desk = self.desk
        return [
            api.router(desk),
            api.contacts_router(desk),
            api.tags_router(desk),
            read_api.history_router(desk),
            read_api.whose_router(desk),
            fields_api.router(desk.commands.store),
            lead_fields.router(desk.commands.store, desk.commands.keyring),
            *handover_api.routers(desk, self._handovers, self._reasons),
        ]
