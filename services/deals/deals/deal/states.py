"""What a deal is: its states, of which it is always in one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from events.contracts.deals import Discount, Line, Money, Totals
from events.contracts.leads import FieldChange
from events.sealed import Sealed


@dataclass(frozen=True, slots=True)
class Deal:
    """What a deal is, in whatever state. ``checked`` are items of check-lists that are ticked off, by stage and code;
    ``participants`` say in which role.
    """

    deal_id: UUID
    customer_id: UUID
    number: str
    pipeline: str
    pipeline_version: int
    value: Money
    lead_id: UUID | None = None
    deal_type: str = "first_sale"
    manager_id: str | None = None
    direction: str | None = None
    title: Sealed[str] | None = None
    previous_deal_id: UUID | None = None
    organisation_id: UUID | None = None
    expected_on: date | None = None
    tags: frozenset[str] = frozenset()
    checked: frozenset[tuple[str, str]] = frozenset()
    participants: Mapping[UUID, str] = field(default_factory=dict)
    fields: Mapping[str, FieldChange] = field(default_factory=dict)
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
    """Put off and kept warm, until ``wake_at`` if somebody said when."""

    deal: Deal
    stage: str
    wake_at: datetime | None = None


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


Live = Open | Nurtured
Some = Open | Nurtured | Won | Lost
State = NoDeal | Open | Nurtured | Won | Lost
