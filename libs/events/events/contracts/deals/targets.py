"""Targets: what a department or a manager is to reach in a period, by measure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

from events.event import Event

TargetOwnerKind = Literal["company", "department", "manager"]


class TargetSet(Event):
    """A target was set for a period (``2026-03``, ``2026-Q1``, ``2026``), from its first to its last day.

    ``owner_id`` is the name of the department or manager, empty for the whole company. ``amount`` is money in major
    units where ``currency`` (ISO 4217) is given, else a number of what the measure counts.
    """

    type: ClassVar[str] = "target.set.v1"

    target_id: UUID
    period: str
    first_day: date
    last_day: date
    owner_kind: TargetOwnerKind
    owner_id: str
    measure: str
    amount: Decimal
    currency: str | None = None


class TargetChanged(Event):
    """A target was set otherwise, for a reason; also one that was withdrawn (then ``previous_amount`` is absent)."""

    type: ClassVar[str] = "target.changed.v1"

    target_id: UUID
    amount: Decimal
    previous_amount: Decimal | None = None
    reason: str


class TargetWithdrawn(Event):
    """The target does not hold any more."""

    type: ClassVar[str] = "target.withdrawn.v1"

    target_id: UUID
    previous_amount: Decimal
    reason: str
