"""The answer to a request of automation: one event, in a stream of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from events.contracts.automation import (
    DealClosingRequested,
    DealFieldsRequested,
    DealLinesRequested,
    DealNoteRequested,
    DealOpeningRequested,
    DealReassignmentRequested,
    DealTagsRequested,
    DocumentMakingRequested,
    InvoiceIssueRequested,
)
from events.contracts.deals import DealRequestAnswered
from events.decider import Rejected
from events.problems import Problem
from events.store import Append, Cause, deterministic_id

OnDeal = DealTagsRequested | DealFieldsRequested | DealReassignmentRequested | DealOpeningRequested | DealLinesRequested
"""What is obeyed in the consumer's transaction."""
ByTask = DocumentMakingRequested | InvoiceIssueRequested | DealNoteRequested | DealClosingRequested
"""What is obeyed by a durable task."""
Request = OnDeal | ByTask


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


def refusal(error: Exception, code: str, words: str) -> Rejected:
    """Why a task could not obey: the rule's stable code where the problem names it, else ``code`` and ``words``.

    Trouble that passes (a problem of 500 and more) is raised as it is, to be tried again.
    """
    if isinstance(error, Rejected):
        return error
    if not isinstance(error, Problem):
        return Rejected(code, words)
    if error.status >= 500:
        raise error
    hint = error.hint or ""
    return Rejected(hint.removeprefix("rule: ") if hint.startswith("rule: ") else code, str(error))
