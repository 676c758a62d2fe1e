"""What contacts consist of in a running service: recorders for intake, routes, background parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from events.outgoing import Outgoing
from events.sources import Sources
from events.store import Store
from events.tasks import Worker
from fastapi import APIRouter

from leads.capture import Capturer
from leads.interactions import api, calls_api, deliveries_api
from leads.interactions.behaviour import BehaviourRecorder
from leads.interactions.deliveries import DeliveryRecorder
from leads.interactions.desk import Desk
from leads.interactions.dialing import GIVE_UP_AFTER, KIND, Dialing
from leads.interactions.telephony import CallRecorder
from leads.interactions.told import CallTold, DeliveryTold, ViewTold
from leads.interactions.touches import TouchRecorder
from leads.settings import LeadsSettings
from leads.understand import Record


@dataclass(frozen=True)
class Interactions:
    """Made once for a process."""

    store: Store
    capturer: Capturer
    sources: Sources
    outgoing: Outgoing
    settings: LeadsSettings

    @cached_property
    def _behaviour(self) -> BehaviourRecorder:
        return BehaviourRecorder(self.capturer.keyring, self.capturer.blind)

    @property
    def touched(self) -> TouchRecorder:
        """Records what captures are besides leads."""
        return TouchRecorder(self._behaviour)

    @property
    def recorders(self) -> Mapping[type, Record]:
        """Recorders of facts that are no inquiries, by their kind."""
        calls = CallRecorder(self.capturer.keyring, self.capturer.blind, self.capturer.region)
        deliveries = DeliveryRecorder(self.capturer.blind, self.capturer.region)
        return {CallTold: calls, ViewTold: self._behaviour, DeliveryTold: deliveries}

    def routers(self) -> Sequence[APIRouter]:
        """``/interactions``, ``/missed-calls``, ``/calls``, telephones of managers."""
        desk, blind = Desk(self.store, self.capturer.keyring), self.capturer.blind
        return [
            api.writing_router(desk),
            api.reading_router(desk),
            api.telephones_router(self.store.pool),
            calls_api.router(self.store, blind, self.capturer.region, self.sources),
            deliveries_api.router(self.store.pool),
        ]

    @property
    def worker(self) -> Worker:
        """Asks exchanges for calls."""
        dialing = Dialing(
            self.store.pool,
            self.capturer.keyring,
            self.capturer.blind,
            self.sources,
            self.outgoing,
            self.settings.public_url,
            lambda: datetime.now(UTC),
        )
        return Worker(
            "leads.calls", self.store, {KIND: dialing}, abandoned=dialing.abandoned, give_up_after=GIVE_UP_AFTER
        )
