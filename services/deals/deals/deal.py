"""What a deal is: its states, of which it is always in one, and the commands it understands."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from uuid import UUID

from events.contracts.deals import Money
from events.sealed import Sealed

DealType = Literal["first_sale", "repeat_sale"]

CENT = Decimal("0.01")


def money(amount: Decimal, currency: str) -> Money:
    """An amount with two decimal places or more, as contracts want it."""
    exponent = amount.as_tuple().exponent
    return Money(
        amount=amount.quantize(CENT) if isinstance(exponent, int) and exponent > -2 else amount, currency=currency
    )


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


@dataclass(frozen=True, slots=True)
class OpenDeal:
    """``stage`` None is the pipeline's first."""

    deal_id: UUID
    customer_id: UUID
    number: str
    pipeline: str
    value: Money
    stage: str | None = None
    lead_id: UUID | None = None
    deal_type: DealType = "first_sale"
    manager_id: str | None = None
    direction: str | None = None
    title: Sealed[str] | None = None


@dataclass(frozen=True, slots=True)
class MoveDeal:
    to_stage: str


@dataclass(frozen=True, slots=True)
class ChangeValue:
    value: Money


@dataclass(frozen=True, slots=True)
class WinDeal:
    """``value`` None concludes it at the value it has."""

    value: Money | None = None


@dataclass(frozen=True, slots=True)
class LoseDeal:
    """``comment`` None means that nothing was said: an empty text cannot be told from another once it is sealed."""

    reason: str
    comment: Sealed[str] | None


@dataclass(frozen=True, slots=True)
class ReopenDeal:
    """``to_stage`` None is the pipeline's first."""

    to_stage: str | None = None


@dataclass(frozen=True, slots=True)
class ReassignDeal:
    manager_id: str


Command = OpenDeal | MoveDeal | ChangeValue | WinDeal | LoseDeal | ReopenDeal | ReassignDeal
