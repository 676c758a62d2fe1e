"""Deals: opened, moved through their pipeline, won, lost and reopened."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from events.contracts.deals.money import Money
from events.event import Event
from events.sealed import Sealed

StageKind = Literal["open", "won", "lost", "nurture"]


class DealOpened(Event):
    """A deal entered its pipeline's stage."""

    type: ClassVar[str] = "deal.opened.v1"

    deal_id: UUID
    customer_id: UUID
    lead_id: UUID | None = None
    number: str
    pipeline: str
    pipeline_version: int
    stage: str
    deal_type: Literal["first_sale", "repeat_sale"] = "first_sale"
    value: Money
    manager_id: str | None = None
    direction: str | None = None
    title: Sealed[str] | None = None


class DealStageChanged(Event):
    """The deal left one stage for another, forward or back, any skipped."""

    type: ClassVar[str] = "deal.stage-changed.v1"

    deal_id: UUID
    customer_id: UUID
    from_stage: str
    to_stage: str
    to_kind: StageKind


class DealValueChanged(Event):
    """What the deal is worth was learnt or changed."""

    type: ClassVar[str] = "deal.value-changed.v1"

    deal_id: UUID
    customer_id: UUID
    value: Money


class DealReassigned(Event):
    """Another manager became responsible."""

    type: ClassVar[str] = "deal.reassigned.v1"

    deal_id: UUID
    customer_id: UUID
    manager_id: str
    previous_manager_id: str | None = None


class DealWon(Event):
    """The deal is concluded: the lead has become a customer."""

    type: ClassVar[str] = "deal.won.v1"

    deal_id: UUID
    customer_id: UUID
    from_stage: str
    stage: str
    value: Money


class DealLost(Event):
    """The deal ended without a sale: a reason from the list and a comment, both required."""

    type: ClassVar[str] = "deal.lost.v1"

    deal_id: UUID
    customer_id: UUID
    from_stage: str
    stage: str
    reason: str
    comment: Sealed[str]


class DealReopened(Event):
    """A lost deal came back to an open stage."""

    type: ClassVar[str] = "deal.reopened.v1"

    deal_id: UUID
    customer_id: UUID
    from_stage: str
    to_stage: str
