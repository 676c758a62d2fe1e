"""A deal that was lived elsewhere: its steps, what else is said of it, and what is known of it here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from events.contracts.deals import Money
from events.sealed import Sealed

from deals.deal.orders import Command
from deals.deal.standing import Standing
from deals.money import Priced

Outcome = Literal["open", "won", "lost"]


@dataclass(frozen=True, slots=True)
class Step:
    """A stage that was entered, or ``won`` or ``lost``: ``what`` says which of the three."""

    what: Literal["stage", "won", "lost"]
    stage: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PastDeal:
    """The life of a deal so far. ``visits`` are stages and when they were entered; ``opened_at`` may lie before."""

    deal_id: UUID
    customer_id: UUID
    pipeline: str
    opened_at: datetime | None
    visits: tuple[tuple[str, datetime], ...] = ()
    outcome: Outcome = "open"
    closed_at: datetime | None = None
    reason: str | None = None
    comment: Sealed[str] | None = None
    value: Money | None = None
    priced: Priced | None = None
    manager_id: str | None = None
    direction: str | None = None
    deal_type: str = "first_sale"
    lead_id: UUID | None = None
    organisation_id: UUID | None = None
    title: Sealed[str] | None = None
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Said:
    """What the last history said besides the steps: only what it says otherwise now is changed here."""

    value: str | None = None
    manager_id: str | None = None
    lines: tuple[str, ...] | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the deal here: how it stands, the steps of its stream, and what was said of it last."""

    standing: Standing
    trail: Sequence[Step] = ()
    said: Said = Said()


@dataclass(frozen=True, slots=True)
class Timed:
    """A command and when it happened."""

    command: Command
    at: datetime


def said_of(past: PastDeal) -> Said:
    """What this history says besides the steps. What goods cost is of the catalogue, which is no other history."""
    value = f"{past.value.amount.normalize():f} {past.value.currency}" if past.value else None
    lines = tuple(line.model_dump_json(exclude={"unit_cost"}) for line in past.priced.lines) if past.priced else None
    return Said(value, past.manager_id, lines, tuple(sorted(past.tags)))
