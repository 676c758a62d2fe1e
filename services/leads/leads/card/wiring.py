"""The parts of cards and organisations that the service puts together."""

from collections.abc import Sequence

from events.app import Runtime
from events.sources import Sources
from events.store import Store
from events.tasks import Worker
from fastapi import APIRouter

from leads.capture import Capturer
from leads.card import api, fields_api, lead_fields, read_api
from leads.card.commands import CardCommands
from leads.card.edits import Edits
from leads.card.showing import CardDesk
from leads.cards import Cards
from leads.handover import api as handover_api
from leads.handover.handovers import RETURN, TASK, Handovers
from leads.handover.returning import Returning
from leads.organisations import api as organisations_api
from leads.organisations.commands import Organisations
from leads.organisations.desk import OrganisationDesk
from leads.organisations.reference import DaData
from leads.settings import LeadsSettings


class CardWiring:
    """Cards and organisations by HTTP, and the worker that hands over."""

    def __init__(self, runtime: Runtime, store: Store, capturer: Capturer, sources: Sources) -> None:
        settings: LeadsSettings = runtime.settings
        cards, edits = Cards(store.pool, capturer.keyring), Edits(capturer.blind, capturer.region)
        self.desk = CardDesk(CardCommands(store, capturer.keyring), edits, cards)
        self._handovers = Handovers(store, capturer.keyring, sources)
        self._returning = Returning(store, capturer.keyring)
        self._reasons = settings.handover_reasons
        self._public = settings.public_document_classes
        self._organisations = OrganisationDesk(Organisations(store), capturer.keyring)
        self._reference = _reference(runtime)
        self.worker = Worker("leads.handover", store, {TASK: self._handovers.perform, RETURN: self._returning.perform})

    def routers(self) -> Sequence[APIRouter]:
        """The HTTP API."""
        desk = self.desk
        return [
            api.router(desk),
            api.contacts_router(desk),
            api.tags_router(desk),
            read_api.history_router(desk, self._public),
            read_api.whose_router(desk),
            fields_api.router(desk.commands.store),
            lead_fields.router(desk.commands.store, desk.commands.keyring),
            *handover_api.routers(desk, self._handovers, self._returning, self._reasons),
            *organisations_api.routers(self._organisations, self._reference, self._reasons),
        ]


def _reference(runtime: Runtime) -> DaData | None:
    settings: LeadsSettings = runtime.settings
    if settings.requisites_key is None:
        return None
    reference = DaData(settings.requisites_url, settings.requisites_key)
    runtime.closing.push_async_callback(reference.close)
    return reference
