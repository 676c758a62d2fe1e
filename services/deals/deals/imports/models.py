"""Deals that are imported with their history, as the API takes and answers them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from events.inputs import Input, Moment
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from deals.inputs import Amount, Name, Words
from deals.money import plain

MOST_DEALS = 1_000
MOST_VISITS = 200

ExternalId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Source = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_:-]{0,99}$", examples=["old-crm"])]
Quantity = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=3), AfterValidator(plain)]
Price = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=4), AfterValidator(plain)]
StageCode = Annotated[str, Field(max_length=40)]


class PastVisit(Input):
    """The deal entered a stage. It left it when it entered the next, or was closed."""

    stage: StageCode = Field(examples=["offer_sent"])
    at: Moment


class PastOutcome(Input):
    """How the deal ended."""

    kind: Literal["won", "lost"]
    at: Moment
    reason: StageCode | None = Field(None, description="Of a lost deal: from the pipeline's list.")
    comment: Words | None = Field(None, description="Of a lost deal. Kept sealed with the customer's key.")


class PastLine(Input):
    """Something that was sold, by its code in the catalogue; taxes as the product says, the price as it was."""

    product: str = Field(max_length=64, examples=["SITE-1"])
    quantity: Quantity = Decimal(1)
    price: Price = Field(description="Of one unit, the tax included.")


class PastDeal(Input):
    """A deal and its life so far; sent again with more of it, only what is new is added."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "external_id": "17",
                    "customer_id": "018f3f9e-7a8b-7c3d-9e2f-0a1b2c3d4e5f",
                    "title": "Сайт под ключ",
                    "value": {"amount": "45000.00", "currency": "RUB"},
                    "manager_id": "anna",
                    "visits": [
                        {"stage": "first_contact", "at": "2025-11-03T10:00:00+03:00"},
                        {"stage": "offer_sent", "at": "2025-11-10T12:00:00+03:00"},
                    ],
                    "outcome": {"kind": "won", "at": "2025-12-01T17:30:00+03:00"},
                }
            ]
        }
    )

    external_id: ExternalId = Field(description="Its id where it comes from: with the source, one deal for ever.")
    customer_id: UUID = Field(description="As leads answers it when the customer is handed in.")
    lead_id: UUID | None = None
    organisation_id: UUID | None = None
    pipeline: StageCode = "default"
    title: Words | None = Field(None, description="Kept sealed with the customer's key.")
    value: Amount | None = Field(None, description="What it is worth now; with lines, they say it.")
    lines: list[PastLine] = Field([], max_length=100)
    manager_id: Name | None = None
    direction: Name | None = None
    deal_type: StageCode = "first_sale"
    tags: list[Name] = Field([], max_length=50)
    opened_at: Moment | None = Field(None, description="Empty: when it entered its first stage.")
    visits: list[PastVisit] = Field([], max_length=MOST_VISITS, description="In the order of time.")
    outcome: PastOutcome | None = Field(None, description="Empty: it is in work.")


class PastDeals(Input):
    """Deals of one source."""

    source: Source = Field(description="Where they come from: a name that stays the same.")
    deals: list[PastDeal] = Field(min_length=1, max_length=MOST_DEALS)


class ImportedDeal(BaseModel):
    """What became of one deal, in the order of the request. Refused, it says why, and nothing changed."""

    external_id: str
    outcome: Literal["opened", "extended", "unchanged", "refused"]
    deal_id: UUID
    number: str | None = None
    version: int = 0
    changes: int = Field(0, description="How many steps and changes were added.")
    code: str | None = None
    reason: str | None = None


class KnownDeal(BaseModel):
    """A deal by the name it has elsewhere."""

    deal_id: UUID
    source: str
    external_id: str


class RefusedHistory(BaseModel):
    """What another CRM reported of a deal and could not be lived through here: it waits for its next report."""

    deal_id: UUID
    report_id: UUID
    lead_id: UUID
    customer_id: UUID
    provider: str
    source: str
    provider_id: str
    direction: str | None
    code: str
    why: str
    refused_at: datetime


class RefusedPage(BaseModel):
    """Refused histories, newest first; `next` is the cursor of the following page."""

    histories: list[RefusedHistory]
    next: str | None = None
