"""Money received, the deal and the invoices it is for, and money given back.

Of each payment: received = allocated + refunded + free, where ``allocated`` is what stands on invoices now.
"""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from events.contracts.deals.money import Money
from events.event import Event


class PaymentReceived(Event):
    """A payment provider reported money received. Without ``deal_id`` it matched nothing and waits for a person."""

    type: ClassVar[str] = "payment.received.v1"

    payment_id: UUID
    provider: str
    provider_payment_id: str
    reference: str
    received: Money
    is_test: bool = False
    deal_id: UUID | None = None
    customer_id: UUID | None = None


class PaymentMatched(Event):
    """A payment that waited was matched to a deal."""

    type: ClassVar[str] = "payment.matched.v1"

    payment_id: UUID
    deal_id: UUID
    customer_id: UUID
    received: Money


class PaymentAllocated(Event):
    """So much of a payment now pays an invoice. ``deal_id`` is the invoice's; it is paid where ``invoice_due`` is 0."""

    type: ClassVar[str] = "payment.allocated.v1"

    payment_id: UUID
    invoice_id: UUID
    invoice_number: str
    deal_id: UUID
    customer_id: UUID
    amount: Money
    invoice_due: Money


class PaymentDeallocated(Event):
    """So much of a payment was taken off an invoice and is free again."""

    type: ClassVar[str] = "payment.deallocated.v1"

    payment_id: UUID
    invoice_id: UUID
    invoice_number: str
    deal_id: UUID
    customer_id: UUID
    amount: Money
    reason: Literal["by_hand", "invoice_cancelled"]


class RefundedShare(BaseModel):
    """What a refund took back from an invoice: it is due again."""

    model_config = ConfigDict(frozen=True)

    invoice_id: UUID
    invoice_number: str
    amount: Money


class PaymentRefunded(Event):
    """Money was given back: what was free first, then from the invoices in ``shares``.

    ``refund_id`` is the provider's, or tells a refund from other refunds of the payment where the provider has none.
    """

    type: ClassVar[str] = "payment.refunded.v1"

    payment_id: UUID
    refund_id: str
    refunded: Money
    shares: tuple[RefundedShare, ...] = ()
    deal_id: UUID | None = None
    customer_id: UUID | None = None
