"""What a deal is: its states, of which it is always in one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from events.contracts.deals import Discount, Line, Money, Totals
from events.sealed import Sealed

DealType = Literal["first_sale", "repeat_sale"]


@dataclass(frozen=True, slots=True)
class Deal:
    """What a deal is, in whatever state."""

    deal_id: UUID
    customer_id: UUID
    number: str
    pipeline: str
    pipeline_version: int
    value: Money
    lead_id: UUID | None = None
    deal_type: DealType = "first_sale"
    manager_id: str | None = None
    direction: str | None = None
    title: Sealed[str] | None = None
    lines: tuple[Line, ...] = ()
    discount: Discount | None = None
    totals: Totals | None = None


@dataclass(frozen=True, slots=True)
class NoDeal:
    """Nothing happened yet."""


@dataclass(frozen=True, slots=True)
class Open:
    """In work."""

    deal: Deal
    stage: str


@dataclass(frozen=True, slots=True)
class Nurtured:
    """Put off and kept warm."""

    deal: Deal
    stage: str


@dataclass(frozen=True, slots=True)
class Won:
    """Concluded."""

    deal: Deal
    stage: str


@dataclass(frozen=True, slots=True)
class Lost:
    """Ended without a sale."""

    deal: Deal
    stage: str
    reason: str
    comment: Sealed[str]


State = NoDeal | Open | Nurtured | Won | Lost
