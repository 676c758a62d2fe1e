"""What the API of deals takes and gives. Money is a decimal string in major units with an ISO 4217 code."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from events.contracts.deals import Money
from events.inputs import Input
from pydantic import BaseModel, ConfigDict, Field

from deals.deal.states import DealType
from deals.inputs import Amount, BusinessTime, Name, Words

DealState = Literal["open", "nurture", "won", "lost"]


class _Command(Input):
    occurred_at: BusinessTime = None


class OpenDeal(_Command):
    """A deal to open: from a qualified lead, or for a customer."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"lead_id": "018f3f9e-7a8b-7c3d-9e2f-0a1b2c3d4e5f", "value": {"amount": "45000.00", "currency": "RUB"}}
            ]
        }
    )

    lead_id: UUID | None = Field(None, description="A lead leads to one deal of the type `first_sale`.")
    customer_id: UUID | None = Field(None, description="Needed without a lead; a lead brings its own.")
    pipeline: str = Field("default", max_length=40)
    stage: str | None = Field(None, max_length=40, description="Empty: the pipeline's first.")
    deal_type: DealType = "first_sale"
    value: Amount | None = None
    manager_id: Name | None = Field(None, description="Empty: the lead's manager.")
    direction: Name | None = Field(None, description="Line of business; empty: the lead's.")
    title: Words | None = Field(None, description="Kept sealed with the customer's key.")


class MoveDeal(_Command):
    """Another stage, forward or back, any skipped; not the stages of won and lost deals."""

    to_stage: str = Field(max_length=40, examples=["offer_sent"])


class ChangeValue(_Command):
    """What the deal is worth."""

    value: Amount


class WinDeal(_Command):
    """The deal is concluded."""

    value: Amount | None = Field(None, description="What it was concluded at; empty: the value it has.")


class LoseDeal(_Command):
    """The deal ended without a sale: a reason from the pipeline's list and a comment."""

    reason: str = Field(max_length=40, examples=["too_expensive"])
    comment: Words = Field(description="Kept sealed with the customer's key.", examples=["Взяли дешевле у соседа"])


class ReopenDeal(_Command):
    """A lost deal comes back."""

    to_stage: str | None = Field(None, max_length=40, description="Empty: the pipeline's first.")


class ReassignDeal(_Command):
    """Another manager."""

    manager_id: Name = Field(examples=["anna"])


class DealCard(BaseModel):
    """A deal as it stands."""

    deal_id: UUID
    version: int = Field(description="Send it as If-Match, and a command that came in between is not run over.")
    number: str = Field(description="What people read and payments refer to.", examples=["D-000123"])
    customer_id: UUID
    lead_id: UUID | None
    pipeline: str
    pipeline_version: int
    deal_type: DealType
    state: DealState
    stage: str
    value: Money
    paid: Money = Field(description="Sum of its payments in the deal's currency, without tests.")
    manager_id: str | None
    direction: str | None
    loss_reason: str | None
    opened_at: datetime
    stage_since: datetime
    closed_at: datetime | None


class DealDetails(DealCard):
    """A deal with its texts. `texts` says why they are missing: the customer was erased, or keys cannot be read now."""

    title: str | None = None
    loss_comment: str | None = None
    texts: Literal["readable", "erased", "unavailable"] = "readable"


class DealPage(BaseModel):
    """A page of deals, newest first; `next` is the cursor of the following page."""

    deals: list[DealCard]
    next: str | None = None


class BoardStage(BaseModel):
    """A column of the board."""

    code: str
    kind: DealState
    title_ru: str
    title_en: str
    deals: int
    sums: list[Money] = Field(description="Value of its deals, one entry a currency.")


class Board(BaseModel):
    """A pipeline with what is in it."""

    pipeline: str
    version: int
    stages: list[BoardStage]
