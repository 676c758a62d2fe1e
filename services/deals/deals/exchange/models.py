"""What an ERP hands in and reads. Its ids are stable: the same id of the same system is the same thing for ever."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal, Self, TypeVar
from uuid import UUID

from events.contracts.deals import InvoiceKind
from events.inputs import Day, Input, Moment
from pydantic import BaseModel, Field, StringConstraints, model_validator

from deals.invoices.models import InvoiceCard
from deals.lines.models import MOST_LINES, GivenDiscount, Quantity
from deals.payments.models import MOST_ITEMS, ExternalId, Number, PaymentCard, Received, Reference

Title = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]{1,500}$")]
M = TypeVar("M")
Percent = Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2)]


class ErpLine(Input):
    """A line of an invoice as the ERP has it."""

    title: Title = Field(examples=["Поддержка, месяц"])
    quantity: Quantity = Decimal(1)
    price: Decimal = Field(ge=0, max_digits=18, decimal_places=4, examples=["4000.00"])
    unit: Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,20}$")] | None = None
    discount: GivenDiscount | None = None
    tax_rate: Percent | None = Field(None, description="Percent; null: not taxed.")


class ErpInvoice(Input):
    """An invoice of the ERP. What it asks for stays; to change it, cancel it and hand in another."""

    external_id: ExternalId
    deal_number: Number = Field(examples=["D-000123"])
    number: Number | None = Field(None, description="The ERP's own number; empty: the next of the default series.")
    kind: InvoiceKind = "full"
    due_on: Day
    lines: list[ErpLine] = Field(min_length=1, max_length=MOST_LINES)
    tax_included: bool = True
    cancelled: bool = Field(False, description="It is asked for no more.")


class ErpInvoices(Input):
    """Invoices, each once in a call."""

    invoices: list[ErpInvoice] = Field(min_length=1, max_length=MOST_ITEMS)

    @model_validator(mode="after")
    def _once(self) -> Self:
        return once(self, [one.external_id for one in self.invoices])


class ErpPayment(Input):
    """A payment of the ERP; its invoice by the ERP's id, by a number, or as the reference says."""

    external_id: ExternalId
    received: Received
    received_at: Moment
    reference: Reference = ""
    number: Number | None = Field(None, description="Of the invoice or the deal.")
    invoice_external_id: ExternalId | None = None
    refunded: Decimal | None = Field(
        None, gt=0, max_digits=18, decimal_places=4, description="What of it was given back in all so far."
    )


class ErpPayments(Input):
    """Payments, each once in a call."""

    payments: list[ErpPayment] = Field(min_length=1, max_length=MOST_ITEMS)

    @model_validator(mode="after")
    def _once(self) -> Self:
        return once(self, [one.external_id for one in self.payments])


class ErpPaid(Input):
    """How much of an invoice is paid in all, as the ERP counts; what is missing here is received as its payment."""

    external_id: ExternalId = Field(description="Of the invoice.")
    paid: Decimal = Field(gt=0, max_digits=18, decimal_places=4, examples=["10800.00"])
    paid_at: Moment


class ErpPaidStates(Input):
    """States of invoices, each once in a call."""

    invoices: list[ErpPaid] = Field(min_length=1, max_length=MOST_ITEMS)

    @model_validator(mode="after")
    def _once(self) -> Self:
        return once(self, [one.external_id for one in self.invoices])


class Item(BaseModel):
    """What became of one item, in the order of the request: `id` is ours, for ever the same."""

    external_id: str
    outcome: Literal["done", "repeat", "refused"]
    id: UUID | None = None
    number: str | None = Field(None, description="Of an invoice.")
    why: str | None = None


class Answer(BaseModel):
    """An answer for each item; sending the same again is safe."""

    items: list[Item]


class Change(BaseModel):
    """An invoice or a payment as it stands since it changed."""

    change: int
    invoice: InvoiceCard | None = None
    payment: PaymentCard | None = None


class Changes(BaseModel):
    """What changed after `after`, in the order of the changes, each thing once; read on with `after` = `next`."""

    changes: list[Change]
    next: int


def once(body: M, ids: list[str]) -> M:
    """The body, if no id comes twice."""
    if len(set(ids)) != len(ids):
        raise ValueError("an external_id stands there twice")
    return body
