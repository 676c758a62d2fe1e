"""Deals that come from elsewhere with their history."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from events.event import Event


class DealHistoryRefused(Event):
    """What another CRM reported of a deal cannot be lived through here: ``code`` is the rule, ``why`` for a person.

    ``report_id`` is the event that reported it. Nothing is guessed: it waits until what is missing is set up and the
    deal is reported again.
    """

    type: ClassVar[str] = "deal_history.refused.v1"

    deal_id: UUID
    report_id: UUID
    lead_id: UUID
    customer_id: UUID
    provider: str
    source: str
    provider_id: str
    code: str
    why: str
