"""What the API of payments takes and gives."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from events.contracts.deals import Money
from events.inputs import Input
from pydantic import BaseModel, Field


class PaymentCard(BaseModel):
    """Money received. Without a deal it waits, and `why_unmatched` says for what."""

    payment_id: UUID
    provider: str
    provider_payment_id: str
    reference: str
    received: Money
    is_test: bool
    received_at: datetime
    deal_id: UUID | None
    deal_number: str | None
    why_unmatched: str | None


class PaymentPage(BaseModel):
    """A page of payments, newest first; `next` is the cursor of the following page."""

    payments: list[PaymentCard]
    next: str | None = None


class MatchPayment(Input):
    """The deal that a payment is for."""

    deal_number: str = Field(max_length=40, examples=["D-000123"])
