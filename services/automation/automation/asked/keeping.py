"""Keeps what was asked of leads and deals, and what they answered: by the requests and answers themselves.

Whoever hears them in whatever order comes to the same rows; an answer that was given up is an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

from events.contracts import automation, deals, leads
from events.contracts.leads.lists import ListRead, ListReadingRefused
from events.envelope import Recorded
from events.event import Event
from events.sqlfile import sql
from events.store import Append, Connection

SQL: Final = Path(__file__).parent / "sql"

REQUESTS: Final[tuple[type[Event], ...]] = (
    automation.CustomerBlacklistingRequested,
    automation.CustomerFieldsRequested,
    automation.CustomerNoteRequested,
    automation.CustomerResponsibleRequested,
    automation.CustomerTagsRequested,
    automation.DealClosingRequested,
    automation.DealFieldsRequested,
    automation.DealLinesRequested,
    automation.DealNoteRequested,
    automation.DealOpeningRequested,
    automation.DealReassignmentRequested,
    automation.DealStageChangeRequested,
    automation.DealTagsRequested,
    automation.DocumentMakingRequested,
    automation.InteractionPlanningRequested,
    automation.InvoiceIssueRequested,
    automation.LeadAssignmentRequested,
    automation.LeadFieldsRequested,
    automation.LeadJudgementRequested,
    automation.ListReadingRequested,
)
ANSWERS: Final[tuple[type[Event], ...]] = (
    deals.DealRequestAnswered,
    deals.DealStageChanged,
    deals.DealStageChangeRefused,
    leads.CustomerRequestAnswered,
    leads.LeadRequestAnswered,
    ListRead,
    ListReadingRefused,
)
TYPES: Final = frozenset(one.type for one in (*REQUESTS, *ANSWERS))


class Answer(NamedTuple):
    """What came of a request of this type."""

    request_id: UUID
    request: str
    outcome: str
    code: str | None = None
    reason: str | None = None


async def keep(connection: Connection, recorded: Sequence[Recorded]) -> Sequence[Append]:
    """The reaction; nothing follows from it."""
    asked = [_asked(entry) for entry in recorded if isinstance(entry.event, REQUESTS)]
    if asked:
        await connection.execute(sql("asked_keep", SQL), *map(list, zip(*asked, strict=True)))
    told = {one.request_id: (*one, entry.recorded_at) for entry in recorded if (one := answer_of(entry.event))}
    if told:
        await connection.execute(sql("asked_answer", SQL), *map(list, zip(*told.values(), strict=True)))
    return ()


def answer_of(event: Event) -> Answer | None:
    """What an event says of a request; None where it is no answer, or not the last of it."""
    match event:
        case deals.DealRequestAnswered() | leads.CustomerRequestAnswered() | leads.LeadRequestAnswered():
            return Answer(event.request_id, event.request, event.outcome, event.code, event.reason)
        case deals.DealStageChanged(request_id=UUID() as request_id):
            return Answer(request_id, automation.DealStageChangeRequested.type, "done")
        case deals.DealStageChangeRefused():
            return Answer(
                event.request_id, automation.DealStageChangeRequested.type, "refused", event.code, event.reason
            )
        case ListRead() if event.part == event.parts:
            return Answer(event.request_id, automation.ListReadingRequested.type, "done")
        case ListReadingRefused():
            return Answer(event.request_id, automation.ListReadingRequested.type, "refused", event.code, event.reason)
    return None


def _asked(entry: Recorded) -> tuple[object, ...]:
    event = entry.event
    request_id, cause = getattr(event, "request_id"), getattr(event, "cause", None)  # noqa: B009 - every one has it
    subjects = [getattr(event, name, None) for name in ("customer_id", "lead_id", "deal_id")]
    return request_id, entry.type, entry.recorded_at, *subjects, cause.model_dump_json() if cause else None
