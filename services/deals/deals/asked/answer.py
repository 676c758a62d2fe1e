"""The answer to a request of automation: one event, in a stream of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from events.contracts.automation import (
    DealFieldsRequested,
    DealOpeningRequested,
    DealReassignmentRequested,
    DealTagsRequested,
    DocumentMakingRequested,
)
from events.contracts.deals import DealRequestAnswered
from events.decider import Rejected
from events.store import Append, Cause, deterministic_id

Request = (
    DealTagsRequested | DealFieldsRequested | DealReassignmentRequested | DealOpeningRequested | DocumentMakingRequested
)


def answered(
    event: Request, happened: bool, refused: Rejected | None, cause: Cause, at: datetime, **ids: UUID | None
) -> Append:
    """What came of it: done, so already, or refused; ``ids`` name what it is about."""
    outcome: Literal["done", "unchanged", "refused"] = "refused" if refused else "done" if happened else "unchanged"
    answer = DealRequestAnswered(
        request_id=event.request_id,
        request=event.type,
        outcome=outcome,
        code=refused.code if refused else None,
        reason=str(refused) if refused else None,
        cause=event.cause,
        **ids,
    )
    return Append(deterministic_id("deal request", event.request_id), 0, (answer,), cause, at)
