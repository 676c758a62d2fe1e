"""What the API of payments takes and gives."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from events.contracts.deals import Money
from events.inputs import Input, Moment
from pydantic import BaseModel, Field, StringConstraints, model_validator

from deals.money import money

MOST_ITEMS = 1_000

Number = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, min_length=1, max_length=40)]
ExternalId = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]{1,200}$")]
Reference = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]{0,255}$")]
Sum = Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=4, examples=["45000.00"])]


class Received(Input):
    """Money in major units; more than nothing."""

    amount: Sum
    currency: str = Field(pattern=r"^[A-Z]{3}$", examples=["RUB"])

    def money(self) -> Money:
        """As the contracts have it."""
        return money(self.amount, self.currency)


class PaymentCard(BaseModel):
    """Money received = `allocated` to invoices + `refunded` + `free`. Without a deal it waits: see `why_unmatched`."""

    payment_id: UUID
    version: int = Field(description="Send it as If-Match, and a command that came in between is not run over.")
    provider: str
    provider_payment_id: str
    reference: str
    received: Money
    allocated: Money = Field(description="What stands on invoices now.")
    refunded: Money
    free: Money = Field(description="What pays nothing yet.")
    is_test: bool
    received_at: datetime
    deal_id: UUID | None
    deal_number: str | None
    customer_id: UUID | None
    why_unmatched: str | None


class PaymentShare(BaseModel):
    """What of a payment stands on an invoice: `allocated` less what was refunded of it."""

    invoice_id: UUID
    invoice_number: str
    allocated: Money
    refunded: Money


class PaymentRefund(BaseModel):
    """Money given back."""

    refund_id: str
    amount: Money
    refunded_at: datetime


class PaymentDetails(PaymentCard):
    """A payment with the invoices it pays and its refunds."""

    invoices: list[PaymentShare]
    refunds: list[PaymentRefund]


class PaymentPage(BaseModel):
    """A page of payments, newest first; `next` is the cursor of the following page."""

    payments: list[PaymentCard]
    next: str | None = None


class MatchPayment(Input):
    """The deal or the invoice that a payment is for; one of the two."""

    deal_number: Number | None = Field(None, examples=["D-000123"])
    invoice_number: Number | None = Field(None, examples=["I-000123"])

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.deal_number is None) == (self.invoice_number is None):
            raise ValueError("give a deal_number or an invoice_number")
        return self


class NewPayment(Input):
    """Money that came without a provider's notification: to the bank account, in cash."""

    method: Literal["bank", "cash", "other"]
    received: Received
    received_at: Moment | None = Field(None, description="When it came; empty: now.")
    reference: Reference = Field(
        "",
        description="What the payer wrote; only what may be a number is kept.",
        examples=["Счёт I-000123"],
    )
    number: Number | None = Field(None, description="Invoice or deal that it is for; empty: as the reference says.")
    external_id: ExternalId | None = Field(None, description="The bank's id: the same one is the same payment.")


class NewPayments(Input):
    """Payments in bulk, such as a bank statement; each needs its `external_id`, so that a repeat is known again."""

    payments: list[NewPayment] = Field(min_length=1, max_length=MOST_ITEMS)

    @model_validator(mode="after")
    def _with_ids(self) -> Self:
        if any(payment.external_id is None for payment in self.payments):
            raise ValueError("every payment of a bulk needs its external_id")
        return self


class BulkItem(BaseModel):
    """What became of one item, in the order of the request."""

    outcome: Literal["registered", "repeat", "refused"]
    payment_id: UUID
    why: str | None = None


class BulkAnswer(BaseModel):
    """An answer for each item."""

    items: list[BulkItem]


class Allocate(Input):
    """The invoice that a payment pays."""

    invoice_id: UUID
    amount: Sum | None = Field(None, description="Empty: as much as is free and due.")


class Deallocate(Input):
    """The invoice that a payment does not pay after all."""

    invoice_id: UUID
    amount: Sum | None = Field(None, description="Empty: all of the payment that stands there.")


class RefundPayment(Input):
    """Money given back by hand, for payments that no provider reports."""

    amount: Sum
    refunded_at: Moment | None = Field(None, description="Empty: now.")


class WaitingRefund(BaseModel):
    """A refund whose payment has not come. `means`: this very refund, the sum of all so far, or what is left."""

    payment_id: UUID
    provider: str
    provider_payment_id: str
    refund_id: str
    means: Literal["this_much", "in_all", "leaving"]
    amount: Decimal
    currency: str | None
    told_at: datetime


class WaitingRefunds(BaseModel):
    """Refunds that wait for their payment, oldest first; 500 at most."""

    refunds: list[WaitingRefund]
