"""What the API of invoices takes and gives."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from events.contracts.deals import CancelReason, InvoiceKind, Line, Money
from events.inputs import Day, Input
from pydantic import BaseModel, Field, StringConstraints, model_validator

from deals.lines.models import GivenLines

InvoiceState = Literal["issued", "part_paid", "paid", "overdue", "cancelled"]
SeriesCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]


class IssueInvoice(Input):
    """An invoice for a deal: with its own lines, or made from the deal's."""

    deal_id: UUID
    kind: InvoiceKind = Field(
        "full", description="From the deal's lines: `full` all of them, `prepayment` a part, `final` what is left."
    )
    due_on: Day = Field(description="The last day to pay, in the business time zone.")
    lines: GivenLines | None = Field(None, description="Its own lines; empty: from the deal's.")
    percent: Decimal | None = Field(
        None, gt=0, le=100, max_digits=5, decimal_places=2, description="Of a prepayment without lines of its own."
    )
    series: SeriesCode = "default"

    @model_validator(mode="after")
    def _percent_of_the_deal(self) -> Self:
        if self.percent is not None and (self.lines is not None or self.kind != "prepayment"):
            raise ValueError("percent is for a prepayment made from the deal's lines")
        return self


class CancelInvoice(Input):
    """Why nothing is asked for any more."""

    reason: Literal["mistake", "replaced", "not_needed"]


class InvoiceCard(BaseModel):
    """An invoice as it stands: `total` = `allocated` - `refunded` + `due`; of a cancelled one nothing is due."""

    invoice_id: UUID
    version: int = Field(description="Counts payments too. Send it as If-Match.")
    number: str
    kind: InvoiceKind
    state: InvoiceState
    deal_id: UUID
    deal_number: str
    customer_id: UUID
    total: Money
    allocated: Money = Field(description="What was paid of it, refunds not taken off.")
    refunded: Money = Field(description="What of that was given back.")
    due: Money
    issued_at: datetime
    due_on: date
    overdue_at: datetime | None = Field(description="When its day had passed unpaid; it may be paid since.")
    cancelled_at: datetime | None
    external_system: str | None
    external_id: str | None


class InvoicePayment(BaseModel):
    """What a payment pays of an invoice."""

    payment_id: UUID
    provider: str
    received_at: datetime
    allocated: Money
    refunded: Money


class InvoiceDetails(InvoiceCard):
    """An invoice with its lines and what was paid of it."""

    lines: list[Line]
    payments: list[InvoicePayment]
    cancel_reason: CancelReason | None = None


class InvoicePage(BaseModel):
    """A page of invoices, newest first; `next` is the cursor of the following page."""

    invoices: list[InvoiceCard]
    next: str | None = None


class Series(BaseModel):
    """Numbers of invoices: the prefix and six digits or more, without gaps."""

    code: str
    prefix: str
    last: int = Field(description="The last number drawn.")


class SetSeries(Input):
    """The prefix of a series; of one that has drawn numbers it stays."""

    prefix: Annotated[str, StringConstraints(pattern=r"^[A-ZА-ЯЁ](?:[A-ZА-ЯЁ0-9/-]{0,18}[A-ZА-ЯЁ/-])?$")] = Field(
        examples=["СЧ-"], description="Capitals, digits, - and /, not a digit at its end."
    )
