"""What the analytics service says: how much of the revenue a customer brings."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from events.contracts.deals.money import Money
from events.event import Event

Segment = Literal["gold", "silver", "bronze", "casual"]
SegmentReasonCode = Literal[
    "introduced",
    "rules_changed",
    "first_purchase",
    "returned",
    "rose_over_cut",
    "fell_under_cut",
    "merged",
    "refunded",
    "no_purchase_in_window",
]


class SegmentRules(BaseModel):
    """By what segments are told: payments of the last ``window_days`` days in one currency, cut at these shares.

    Gold are the customers who bring the first ``gold_percent`` of the revenue, silver those who bring what follows up
    to ``silver_percent``, bronze the rest; casual is who brought nothing.
    """

    model_config = ConfigDict(frozen=True)

    gold_percent: Decimal
    silver_percent: Decimal
    window_days: int
    currency: str


class SegmentReason(BaseModel):
    """Why, in numbers: percentages are of the revenue of all customers in the window.

    ``cut_percent`` is the cut that was passed. ``ahead_percent`` is what the customers who bring more bring together:
    it says where this one stands. ``previous_share_percent`` is the share at the change before.
    """

    model_config = ConfigDict(frozen=True)

    code: SegmentReasonCode
    cut_percent: Decimal | None = None
    share_percent: Decimal
    ahead_percent: Decimal | None = None
    previous_share_percent: Decimal | None = None


class CustomerSegmentChanged(Event):
    """The customer belongs to another segment, as of ``as_of``. Of whom nothing was ever said is casual."""

    type: ClassVar[str] = "customer.segment-changed.v1"

    customer_id: UUID
    segment: Segment
    previous_segment: Segment
    reason: SegmentReason
    revenue: Money
    rules: SegmentRules
    as_of: datetime
