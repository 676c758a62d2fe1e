"""What contacts consist of in a running service: recorders for intake, routes, background parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from events.store import Store
from fastapi import APIRouter

from leads.capture import Capturer
from leads.interactions import api
from leads.interactions.behaviour import BehaviourRecorder
from leads.interactions.desk import Desk
from leads.interactions.telephony import CallRecorder
from leads.interactions.told import CallTold, ViewTold
from leads.interactions.touches import TouchRecorder
from leads.understand import Record


@dataclass(frozen=True)
class Interactions:
    """Made once for a process."""

    store: Store
    capturer: Capturer

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
        return {CallTold: calls, ViewTold: self._behaviour}

    def routers(self) -> Sequence[APIRouter]:
        """The HTTP API."""
        desk = Desk(self.store, self.capturer.keyring)
        return [api.writing_router(desk), api.reading_router(desk), api.telephones_router(self.store.pool)]
