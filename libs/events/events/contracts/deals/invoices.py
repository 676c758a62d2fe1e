"""Invoices: issued, cancelled, overdue. Total = allocated - refunded + due; of a cancelled invoice nothing is due."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from events.contracts.cause import Cause
from events.contracts.deals.lines import Line
from events.contracts.deals.money import Money
from events.event import Event

InvoiceKind = Literal["prepayment", "full", "final"]
CancelReason = Literal["mistake", "replaced", "not_needed", "erp"]


class InvoiceIssued(Event):
    """A customer is asked for money by the end of ``due_on``, a day of the business time zone."""

    type: ClassVar[str] = "invoice.issued.v1"

    invoice_id: UUID
    number: str
    deal_id: UUID
    customer_id: UUID
    kind: InvoiceKind
    lines: tuple[Line, ...]
    total: Money
    due_on: date
    external_system: str | None = None
    external_id: str | None = None
    cause: Cause | None = None


class InvoiceCancelled(Event):
    """Nothing is asked for any more; what was allocated to it became free in the same transaction."""

    type: ClassVar[str] = "invoice.cancelled.v1"

    invoice_id: UUID
    number: str
    deal_id: UUID
    customer_id: UUID
    reason: CancelReason


class InvoiceOverdue(Event):
    """The day passed and ``due`` was not paid. Said once of an invoice; once paid it is not overdue any more."""

    type: ClassVar[str] = "invoice.overdue.v1"

    invoice_id: UUID
    number: str
    deal_id: UUID
    customer_id: UUID
    due: Money
    due_on: date
