"""What may be done with a payment: the commands, and what they are told of deals and invoices."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal
from uuid import UUID

from events.contracts.deals import Money


@dataclass(frozen=True, slots=True)
class Payee:
    """The deal that a payment is for; ``number`` and ``currency`` are those of what was ``named``."""

    deal_id: UUID
    customer_id: UUID
    number: str
    currency: str
    named: Literal["deal", "invoice"] = "deal"


@dataclass(frozen=True, slots=True)
class Claim:
    """What an invoice still needs."""

    invoice_id: UUID
    number: str
    deal_id: UUID
    customer_id: UUID
    currency: str
    due: Decimal
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class ThisMuch:
    """This very refund; known again by its id."""

    amount: Decimal


@dataclass(frozen=True, slots=True)
class InAll:
    """Everything refunded so far: a sum that only grows, so its repeats and late ones change nothing."""

    amount: Decimal


@dataclass(frozen=True, slots=True)
class Leaving:
    """What is left of the payment after its refunds so far, which only shrinks."""

    amount: Decimal


Returned = ThisMuch | InAll | Leaving


@dataclass(frozen=True, slots=True)
class ReceivePayment:
    """``payee`` is the deal that the reference names, if there is one; in another currency it waits for a person.

    ``claims`` are the invoices that it pays, in this order.
    """

    payment_id: UUID
    provider: str
    provider_payment_id: str
    reference: str
    received: Money
    is_test: bool
    payee: Payee | None
    claims: tuple[Claim, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class MatchPayment:
    """A person says which deal the payment is for."""

    payment_id: UUID
    payee: Payee
    claims: tuple[Claim, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Allocate:
    """A person says what an invoice is paid by; ``amount`` None is as much as goes."""

    claim: Claim
    amount: Decimal | None
    same_customer: bool


@dataclass(frozen=True, slots=True)
class Deallocate:
    """Money comes off an invoice; ``amount`` None is all of the payment that stands there."""

    claim: Claim
    amount: Decimal | None
    reason: Literal["by_hand", "invoice_cancelled"]


@dataclass(frozen=True, slots=True)
class Refund:
    """Money was given back; ``currency`` None is the payment's."""

    refund_id: str
    returned: Returned
    currency: str | None
    by_hand: bool = False


Command = ReceivePayment | MatchPayment | Allocate | Deallocate | Refund
