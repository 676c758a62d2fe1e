"""Deals that are offered, changes that are refused, and work that changes hands."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from events.contracts.cause import Cause
from events.event import Event
from events.sealed import Sealed


class DealOffered(Event):
    """A qualified lead could become a deal: a manager accepts or declines. ``rule`` is the one that said so."""

    type: ClassVar[str] = "deal.offered.v1"

    offer_id: UUID
    lead_id: UUID
    customer_id: UUID
    pipeline: str
    stage: str | None = None
    deal_type: str = "first_sale"
    manager_id: str | None = None
    direction: str | None = None
    rule: str | None = None


class DealOfferAccepted(Event):
    """The offer became a deal."""

    type: ClassVar[str] = "deal.offer-accepted.v1"

    offer_id: UUID
    lead_id: UUID
    customer_id: UUID
    deal_id: UUID


class DealOfferDeclined(Event):
    """No deal is made of the lead; the comment says why."""

    type: ClassVar[str] = "deal.offer-declined.v1"

    offer_id: UUID
    lead_id: UUID
    customer_id: UUID
    comment: Sealed[str] | None = None


class DealStageChangeRefused(Event):
    """Automation asked for a change of stage, and a rule of deals refused: ``code`` is stable, ``reason`` in words."""

    type: ClassVar[str] = "deal.stage-change-refused.v1"

    request_id: UUID
    deal_id: UUID
    customer_id: UUID | None = None
    to_stage: str
    code: str
    reason: str
    cause: Cause | None = None


class DealHandoverRequested(Event):
    """The open deals of a manager are to go to another."""

    type: ClassVar[str] = "deal_handover.requested.v1"

    handover_id: UUID
    from_manager_id: str
    to_manager_id: str
    reason: str


class DealHandoverCompleted(Event):
    """All of them have changed hands; ``deals`` counts them."""

    type: ClassVar[str] = "deal_handover.completed.v1"

    handover_id: UUID
    from_manager_id: str
    to_manager_id: str
    deals: int
