"""Money received, and the deal it is for."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

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
