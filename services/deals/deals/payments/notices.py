"""What is told of payments, whoever tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from events.contracts.deals import Money

from deals.payments.orders import Returned


@dataclass(frozen=True, slots=True)
class PaymentNotice:
    """Money received. ``reference`` is what names the invoice or the deal, may be empty."""

    provider_payment_id: str
    reference: str
    received: Money
    occurred_at: datetime
    is_test: bool = False


@dataclass(frozen=True, slots=True)
class RefundNotice:
    """Money given back of the payment ``provider_payment_id``; ``currency`` None is the payment's."""

    provider_payment_id: str
    refund_id: str
    returned: Returned
    currency: str | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Unproven:
    """Something happened to a payment, says somebody who cannot prove it: the provider must be asked for the truth."""

    provider_payment_id: str


Notice = PaymentNotice | RefundNotice | Unproven
