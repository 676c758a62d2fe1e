"""Targets as the API takes and gives them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from events.contracts.deals import TargetOwnerKind
from events.inputs import Input
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from deals.money import plain
from deals.targets.measures import Unit

MOST = 1_000

Plain = Annotated[Decimal, AfterValidator(plain)]
OwnerId = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
PeriodCode = Annotated[str, Field(max_length=7, examples=["2026-Q1"])]


class NewTarget(Input):
    """What a department or manager is to reach in a period; set again with another amount, it is changed."""

    period: PeriodCode = Field(description="A month (2026-03), a quarter (2026-Q1) or a year (2026).")
    owner_kind: TargetOwnerKind = Field(examples=["department"])
    owner_id: OwnerId = Field("", description="Name of the department or manager; empty for the company.")
    measure: Annotated[str, Field(max_length=40, examples=["revenue_won"])]
    amount: Annotated[Plain, Field(ge=0, max_digits=18, decimal_places=4, examples=["1500000.00"])]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = Field(
        None, description="ISO 4217, of a measure in money.", examples=["RUB"]
    )
    reason: Reason | None = Field(None, description="Why it is changed; needed for a change.")


class Withdrawal(Input):
    """Why a target does not hold any more."""

    reason: Reason


class TargetOutcome(BaseModel):
    """What became of one target, in the order of the request."""

    outcome: Literal["set", "changed", "unchanged", "refused"]
    target_id: UUID | None = None
    version: int = 0
    code: str | None = None
    reason: str | None = None


class Target(BaseModel):
    """A target as it was at the time that was asked for."""

    target_id: UUID
    version: int = Field(description="For `If-Match`.")
    period: str
    first_day: date
    last_day: date
    owner_kind: TargetOwnerKind
    owner_id: str
    measure: str
    amount: Plain
    currency: str | None
    reason: str | None = Field(description="Why it was changed to this.")
    set_by: str
    set_at: datetime


class TargetPage(BaseModel):
    """Targets; ask for `after` the last id for the next page, `next` is empty on the last."""

    as_of: datetime
    targets: list[Target]
    next: UUID | None


class TargetValue(BaseModel):
    """What a target was from a time on; no amount: it did not hold."""

    version: int
    amount: Plain | None
    reason: str | None
    set_by: str
    set_at: datetime


class MeasureCard(BaseModel):
    """What a target can be set in."""

    code: str
    unit: Unit
    title_ru: str
    title_en: str
