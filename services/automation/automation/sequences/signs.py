"""What a customer does that may end his way through sequences: he answers, buys, wants no messages, or is black-listed.

Only what he did himself is a sign. A list that is imported, a base that is moved from another CRM and what a colleague
notes or plans are none; a call or a request that a colleague writes down for him is one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from events.contracts.automation import MessageReplied, MessageUnsubscribed, QuestionnaireAnswered
from events.contracts.deals import DealWon
from events.contracts.leads import (
    IMPORTED,
    CustomerBlacklisted,
    CustomerConsentWithdrawn,
    LeadCaptured,
    LeadTouched,
    Touch,
)
from events.contracts.leads.interactions import CallProgressed, InteractionRegistered
from events.envelope import Recorded
from events.event import Event

Reason = Literal["replied", "bought", "unsubscribed", "black_listed"]


class Sign(NamedTuple):
    """A row of ``signs``. ``purpose`` and ``medium`` are of a withdrawal; without a medium it is of all."""

    event_id: UUID
    customer_id: UUID
    reason: Reason
    purpose: str | None
    medium: str | None
    occurred_at: datetime
    recorded_at: datetime


def sign_of(entry: Recorded) -> Sign | None:
    """What an event says of its customer; None: nothing that could end a way."""
    event, reason = entry.event, _reason(entry.event)
    customer_id: UUID | None = getattr(event, "customer_id", None)
    if reason is None or customer_id is None:
        return None
    sign = Sign(entry.id, customer_id, reason, None, None, entry.occurred_at, entry.recorded_at)
    match event:
        case MessageUnsubscribed():
            return sign._replace(purpose=event.purpose, medium=event.medium)
        case CustomerConsentWithdrawn():
            return sign._replace(purpose=event.purpose, medium=event.channel, occurred_at=event.at)
    return sign


def _reason(event: Event) -> Reason | None:
    match event:
        case MessageReplied() | QuestionnaireAnswered():
            return "replied"
        case LeadTouched(touch=touch) | LeadCaptured(touch=touch, from_lead_id=None) if not _is_imported(touch):
            return "replied"
        case InteractionRegistered(flow="in", intake=intake) if intake not in IMPORTED:
            return "replied"
        case CallProgressed(call=call) if call.flow == "in":
            return "replied"
        case DealWon():
            return "bought"
        case MessageUnsubscribed() | CustomerConsentWithdrawn():
            return "unsubscribed"
        case CustomerBlacklisted():
            return "black_listed"
    return None


def _is_imported(touch: Touch) -> bool:
    return touch.kind == "import" or touch.intake in IMPORTED
