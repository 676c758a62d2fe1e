"""The parts of lists, put together."""

from collections.abc import Sequence

from events.store import Store
from events.tasks import Worker
from fastapi import APIRouter

from leads.capture import Capturer
from leads.cards import Cards
from leads.lists import api
from leads.lists.desk import ListsDesk
from leads.lists.people import People
from leads.lists.reading import Selecting
from leads.lists.sealed_values import SealedIndexes, SealedValues
from leads.lists.telling import GIVE_UP_AFTER, KIND, PORTION, Telling


class Lists:
    """Routes and the desk of lists, and what tells automation who is on one."""

    def __init__(self, store: Store, capturer: Capturer) -> None:
        self._cards = Cards(store.pool, capturer.keyring)
        self._indexes = SealedIndexes(capturer.blind)
        self.desk = ListsDesk(store, People(capturer.blind, capturer.region), self._indexes)
        self.sealed = SealedValues(capturer.keyring, self._indexes)
        self.telling = Telling(store, self._indexes)

    @property
    def worker(self) -> Worker:
        """Tells who is on a list, one portion after the other."""
        handlers, gave_up = {KIND: self.telling.fix, PORTION: self.telling.tell}, self.telling.gave_up
        return Worker(
            "leads.lists",
            self.telling.store,
            handlers,
            abandoned=gave_up,
            give_up_after=GIVE_UP_AFTER,
            concurrency=1,
        )

    def routers(self) -> Sequence[APIRouter]:
        """``/lists``."""
        pool = self.desk.store.pool
        selecting = Selecting(pool, self._indexes)
        reading = api.reading_router(selecting, pool, self._cards)
        return reading, api.writing_router(self.desk, selecting), api.members_router(self.desk)
