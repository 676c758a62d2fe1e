"""What a payment is, and how its events change it. ``evolve`` is total: an event that means nothing changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from uuid import UUID

from events.contracts.deals import Money, PaymentAllocated, PaymentDeallocated, PaymentMatched, PaymentReceived
from events.contracts.deals.payments import PaymentRefunded
from events.event import Event

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class NoPayment:
    """Nothing was received."""


@dataclass(frozen=True, slots=True)
class Share:
    """What of a payment went to one invoice, and what of that was refunded."""

    number: str
    allocated: Decimal = NOTHING
    refunded: Decimal = NOTHING

    @property
    def held(self) -> Decimal:
        """What of the payment stands on the invoice now."""
        return self.allocated - self.refunded


@dataclass(frozen=True, slots=True)
class Payment:
    """Money received; without ``deal_id`` nobody knows yet for which deal."""

    payment_id: UUID
    provider: str
    provider_payment_id: str
    reference: str
    received: Money
    is_test: bool
    deal_id: UUID | None
    customer_id: UUID | None
    refunded: Decimal = NOTHING
    refund_ids: frozenset[str] = frozenset()
    shares: Mapping[UUID, Share] = field(default_factory=dict)

    @property
    def allocated(self) -> Decimal:
        """What stands on invoices now."""
        return sum((share.held for share in self.shares.values()), NOTHING)

    @property
    def free(self) -> Decimal:
        """What pays nothing yet."""
        return self.received.amount - self.allocated - self.refunded


State = NoPayment | Payment


def evolve(state: State, event: Event) -> State:
    """The state after an event."""
    match event, state:
        case PaymentReceived(), NoPayment():
            names = ("payment_id", "provider", "provider_payment_id", "reference", "received", "is_test")
            fields = {name: getattr(event, name) for name in names}
            return Payment(**fields, deal_id=event.deal_id, customer_id=event.customer_id)
        case PaymentMatched(), Payment(deal_id=None):
            return replace(state, deal_id=event.deal_id, customer_id=event.customer_id)
        case PaymentAllocated(), Payment():
            return _changed(state, event.invoice_id, event.invoice_number, allocated=event.amount.amount)
        case PaymentDeallocated(), Payment():
            return _changed(state, event.invoice_id, event.invoice_number, allocated=-event.amount.amount)
        case PaymentRefunded(), Payment():
            for share in event.shares:
                state = _changed(state, share.invoice_id, share.invoice_number, refunded=share.amount.amount)
            ids, refunded = state.refund_ids | {event.refund_id}, state.refunded + event.refunded.amount
            return replace(state, refunded=refunded, refund_ids=ids)
    return state


def _changed(
    state: Payment, invoice_id: UUID, number: str, *, allocated: Decimal = NOTHING, refunded: Decimal = NOTHING
) -> Payment:
    """An invoice that nothing stood on goes to the end: it is the one allocated to last."""
    before = state.shares.get(invoice_id, Share(number))
    after = replace(before, allocated=before.allocated + allocated, refunded=before.refunded + refunded)
    others = dict(state.shares)
    if not before.held:
        others.pop(invoice_id, None)
    return replace(state, shares={**others, invoice_id: after})
