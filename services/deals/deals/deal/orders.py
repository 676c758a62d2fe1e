"""What may be done with a deal: commands, with everything sealed that is to be sealed."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from events.contracts.deals import Money
from events.sealed import Sealed

from deals.deal.states import DealType
from deals.money import Priced


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
class SetLines:
    """All lines as they are to be; none gives the value back to hand. ``quote_id``: the accepted quote they are of."""

    priced: Priced
    quote_id: UUID | None = None


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


Command = OpenDeal | MoveDeal | ChangeValue | SetLines | WinDeal | LoseDeal | ReopenDeal | ReassignDeal
