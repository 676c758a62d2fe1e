"""The routes of marketing events, put together."""

from collections.abc import Sequence

from events.store import Store
from fastapi import APIRouter

from leads.marketing import api
from leads.marketing.desk import EventsDesk
from leads.recording import Recording


def routers(store: Store, recording: Recording) -> Sequence[APIRouter]:
    """``/marketing-events`` and their participants."""
    desk = EventsDesk(store)
    return [api.reading_router(store.pool), api.writing_router(desk), api.participants_router(desk, recording)]
