"""What automation asks of leads about one lead, and notes that it wants on cards; leads decides, and answers once.

The answer is ``lead.request-answered.v1``; of a note on a card ``customer.request-answered.v1``.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal
from uuid import UUID

from events.contracts.cause import Cause
from events.event import Event

Judgement = Literal["qualified", "disqualified", "reopened"]


class LeadJudgementRequested(Event):
    """The lead is to be judged: ``temperature`` and ``category`` of one that is qualified, ``reason`` from the firm's
    list of one that is disqualified, which closes it.
    """

    type: ClassVar[str] = "lead.judgement-requested.v1"

    request_id: UUID
    lead_id: UUID
    judgement: Judgement
    temperature: str | None = None
    category: str | None = None
    reason: str | None = None
    cause: Cause


class LeadAssignmentRequested(Event):
    """Another manager is to have the lead."""

    type: ClassVar[str] = "lead.assignment-requested.v1"

    request_id: UUID
    lead_id: UUID
    manager_id: str
    cause: Cause


class LeadFieldsRequested(Event):
    """Custom fields of a lead are to be filled in; null clears one. ``add`` is added to numbers that stand there."""

    type: ClassVar[str] = "lead.fields-requested.v1"

    request_id: UUID
    lead_id: UUID
    fields: dict[str, Any]
    add: dict[str, float] | None = None
    cause: Cause


class CustomerNoteRequested(Event):
    """A note is to stand in the history of the card, about this lead of it if one is named. ``text`` are the words of
    the rule, with values that are not sealed; leads seals it.
    """

    type: ClassVar[str] = "customer.note-requested.v1"

    request_id: UUID
    customer_id: UUID
    lead_id: UUID | None = None
    text: str
    cause: Cause
