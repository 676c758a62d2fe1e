"""Deals: opened, moved through their pipeline, won, lost and reopened."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from events.contracts.cause import Cause
from events.contracts.deals.money import Money
from events.event import Event
from events.sealed import Sealed

StageKind = Literal["open", "won", "lost", "nurture"]


class DealOpened(Event):
    """A deal entered its pipeline's stage. ``deal_type`` is a code of the pipeline, or ``first_sale``, ``repeat_sale``.

    A repeat sale names the won deal that it follows, where it was opened from one.
    """

    type: ClassVar[str] = "deal.opened.v1"

    deal_id: UUID
    customer_id: UUID
    lead_id: UUID | None = None
    number: str
    pipeline: str
    pipeline_version: int
    stage: str
    deal_type: str = "first_sale"
    value: Money
    manager_id: str | None = None
    direction: str | None = None
    title: Sealed[str] | None = None
    previous_deal_id: UUID | None = None
    organisation_id: UUID | None = None
    cause: Cause | None = None


class DealStageChanged(Event):
    """The deal left one stage for another, forward or back, any skipped.

    ``unchecked`` are the required items of the check-list of the stage left that nobody had ticked off, and ``because``
    says why it moved on without them. ``request_id`` is automation's, where it asked for the change.
    """

    type: ClassVar[str] = "deal.stage-changed.v1"

    deal_id: UUID
    customer_id: UUID
    from_stage: str
    to_stage: str
    to_kind: StageKind
    pipeline_version: int | None = None
    unchecked: tuple[str, ...] | None = None
    because: Sealed[str] | None = None
    request_id: UUID | None = None
    cause: Cause | None = None


class DealValueChanged(Event):
    """What the deal is worth was learnt or changed."""

    type: ClassVar[str] = "deal.value-changed.v1"

    deal_id: UUID
    customer_id: UUID
    value: Money
    cause: Cause | None = None


class DealReassigned(Event):
    """Another manager became responsible; ``handover_id`` where all work of the one before went over."""

    type: ClassVar[str] = "deal.reassigned.v1"

    deal_id: UUID
    customer_id: UUID
    manager_id: str
    previous_manager_id: str | None = None
    reason: str | None = None
    handover_id: UUID | None = None
    cause: Cause | None = None


class DealWon(Event):
    """The deal is concluded: the lead has become a customer. ``unchecked`` and ``because`` as in a change of stage."""

    type: ClassVar[str] = "deal.won.v1"

    deal_id: UUID
    customer_id: UUID
    from_stage: str
    stage: str
    value: Money
    pipeline_version: int | None = None
    unchecked: tuple[str, ...] | None = None
    because: Sealed[str] | None = None
    cause: Cause | None = None


class DealLost(Event):
    """The deal ended without a sale: a reason from the list and a comment, both required."""

    type: ClassVar[str] = "deal.lost.v1"

    deal_id: UUID
    customer_id: UUID
    from_stage: str
    stage: str
    reason: str
    comment: Sealed[str]
    pipeline_version: int | None = None
    cause: Cause | None = None


class DealReopened(Event):
    """A lost deal came back to an open stage."""

    type: ClassVar[str] = "deal.reopened.v1"

    deal_id: UUID
    customer_id: UUID
    from_stage: str
    to_stage: str
    pipeline_version: int | None = None
