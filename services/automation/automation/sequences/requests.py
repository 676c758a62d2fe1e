"""What a rule asks of a sequence, as the durable task that answers it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from events.contracts.automation import SequenceEntryRequested, SequenceExitRequested
from events.store import Cause as Origin
from events.store import deterministic_id
from events.tasks import NewTask

ENTRY: Final = "sequence_entry"
EXIT: Final = "sequence_exit"


def work(request: SequenceEntryRequested | SequenceExitRequested, at: datetime, origin: Origin) -> NewTask:
    """The task; its id follows from the request's, so it is there once."""
    kind = ENTRY if isinstance(request, SequenceEntryRequested) else EXIT
    payload = request.model_dump(mode="json")
    return NewTask(deterministic_id(request.request_id, "answer"), kind, payload, at, origin)
