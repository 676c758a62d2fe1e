"""A payment's rules: received once, matched to one deal, allocated to invoices, given back. Each payment is a stream.

Of every payment received = allocated + refunded + free, whatever comes in whatever order; no command takes more than
there is. What an invoice still needs comes in with the command, read under its lock. Test payments are never allocated.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from events.contracts.deals import (
    Money,
    PaymentAllocated,
    PaymentDeallocated,
    PaymentMatched,
    PaymentReceived,
    PaymentRefunded,
    RefundedShare,
)
from events.decider import Decider, Rejected
from events.event import Event

from deals.money import money
from deals.payments.orders import (
    Allocate,
    Claim,
    Command,
    Deallocate,
    InAll,
    Leaving,
    MatchPayment,
    Payee,
    ReceivePayment,
    Refund,
    ThisMuch,
)
from deals.payments.states import NoPayment, Payment, Share, State, evolve

BY_HAND = ("bank", "cash", "other", "erp")
"""Providers whose payments and refunds are told by people and by the ERP, not by notifications."""


def decide(command: Command, state: State) -> Sequence[Event]:
    """The events of a command; nothing for a repeat. Raises :class:`events.decider.Rejected`."""
    match command, state:
        case ReceivePayment(), NoPayment():
            received = _received(command)
            return (received, *_spread(evolve(state, received), command.claims))
        case ReceivePayment(payee=Payee() as payee), Payment(deal_id=None):
            # Stripe tells of one payment twice, and only one of the two knows the reference.
            if why_unmatched(payee, state.received) is not None:
                return ()
            return _match(state, payee, command.claims)
        case ReceivePayment(), Payment():
            return ()
        case _, NoPayment():
            raise Rejected("no_payment", "There is no such payment.")
        case MatchPayment(), Payment():
            return _match_by_hand(command, state)
        case Allocate(), Payment():
            return _allocate_by_hand(command, state)
        case Deallocate(), Payment():
            return _deallocate(command, state)
        case Refund(), Payment():
            return _refund(command, state)
    raise AssertionError("every command meets every state")


PAYMENT: Decider[Command, State] = Decider(NoPayment(), decide, evolve)


def why_unmatched(payee: Payee | None, received: Money) -> str | None:
    """Why the payment waits for a person, None if it does not."""
    if payee is None:
        return "no deal has the number in its reference"
    if payee.currency != received.currency:
        return f"paid in {received.currency}, the {payee.named} {payee.number} is in {payee.currency}"
    return None


def _received(command: ReceivePayment) -> PaymentReceived:
    payee = command.payee if why_unmatched(command.payee, command.received) is None else None
    return PaymentReceived(
        payment_id=command.payment_id,
        provider=command.provider,
        provider_payment_id=command.provider_payment_id,
        reference=command.reference,
        received=command.received,
        is_test=command.is_test,
        deal_id=payee.deal_id if payee else None,
        customer_id=payee.customer_id if payee else None,
    )


def _match(state: Payment, payee: Payee, claims: Sequence[Claim]) -> Sequence[Event]:
    matched = PaymentMatched(
        payment_id=state.payment_id, deal_id=payee.deal_id, customer_id=payee.customer_id, received=state.received
    )
    return (matched, *_spread(evolve(state, matched), claims))


def _match_by_hand(command: MatchPayment, state: Payment) -> Sequence[Event]:
    if state.deal_id is not None:
        if state.deal_id != command.payee.deal_id:
            raise Rejected("already_matched", "The payment belongs to another deal.")
        return ()
    why = why_unmatched(command.payee, state.received)
    if why is not None:
        raise Rejected("other_currency", why)
    return _match(state, command.payee, command.claims)


def _spread(state: State, claims: Sequence[Claim]) -> Sequence[Event]:
    """What is free pays the claims in their order, each as far as it goes."""
    if not isinstance(state, Payment) or state.is_test or state.deal_id is None:
        return ()
    free, events = state.free, []
    for claim in claims:
        share = min(free, claim.due)
        if share > 0 and claim.currency == state.received.currency:
            events.append(_allocated(state, claim, share))
            free -= share
    return events


def _allocated(state: Payment, claim: Claim, amount: Decimal) -> PaymentAllocated:
    return PaymentAllocated(
        payment_id=state.payment_id,
        invoice_id=claim.invoice_id,
        invoice_number=claim.number,
        deal_id=claim.deal_id,
        customer_id=claim.customer_id,
        amount=money(amount, claim.currency),
        invoice_due=money(claim.due - amount, claim.currency),
    )


def _allocate_by_hand(command: Allocate, state: Payment) -> Sequence[Event]:
    claim = command.claim
    if state.is_test:
        raise Rejected("test_payment", "A test payment pays nothing.")
    if claim.cancelled:
        raise Rejected("invoice_cancelled", f"The invoice {claim.number} is cancelled.")
    if claim.currency != state.received.currency:
        raise Rejected(
            "other_currency", f"Paid in {state.received.currency}, the invoice {claim.number} is in {claim.currency}."
        )
    if state.customer_id is not None and not command.same_customer:
        raise Rejected("other_customer", "The payment and the invoice are different customers'.")
    amount = min(state.free, claim.due) if command.amount is None else command.amount
    if amount <= 0:
        raise Rejected("nothing_to_allocate", "Nothing is free on the payment, or nothing is due on the invoice.")
    if amount > state.free:
        raise Rejected("more_than_free", f"Only {state.free} of the payment is free.")
    if amount > claim.due:
        raise Rejected("more_than_due", f"Only {claim.due} is due on the invoice {claim.number}.")
    allocated = _allocated(state, claim, amount)
    if state.deal_id is not None:
        return (allocated,)
    matched = PaymentMatched(
        payment_id=state.payment_id, deal_id=claim.deal_id, customer_id=claim.customer_id, received=state.received
    )
    return (matched, allocated)


def _deallocate(command: Deallocate, state: Payment) -> Sequence[Event]:
    share = state.shares.get(command.claim.invoice_id, Share(command.claim.number))
    amount = share.held if command.amount is None else command.amount
    if amount == 0 and command.reason == "invoice_cancelled":
        return ()
    if not 0 < amount <= share.held:
        raise Rejected("more_than_allocated", f"{share.held} of the payment stands on this invoice.")
    claim = command.claim
    return (
        PaymentDeallocated(
            payment_id=state.payment_id,
            invoice_id=claim.invoice_id,
            invoice_number=claim.number,
            deal_id=claim.deal_id,
            customer_id=claim.customer_id,
            amount=money(amount, state.received.currency),
            reason=command.reason,
        ),
    )


def _refund(command: Refund, state: Payment) -> Sequence[Event]:
    """Free money goes back first, then what was allocated, the invoice allocated to last first."""
    if command.by_hand and state.provider not in BY_HAND:
        raise Rejected("refund_by_provider", f"Refund it at {state.provider}: its notification tells it here.")
    if command.refund_id in state.refund_ids:
        return ()
    if command.currency not in (None, state.received.currency):
        raise Rejected("other_currency", "The refund is in another currency than the payment.")
    amount = _given_back(command, state)
    if amount <= 0:
        return ()
    if amount > state.received.amount - state.refunded:
        raise Rejected("refund_too_large", "The refund is larger than what is left of the payment.")
    from_invoices, shares = amount - min(amount, state.free), []
    for invoice_id, share in reversed(list(state.shares.items())):
        taken = min(from_invoices, share.held)
        if taken > 0:
            back = money(taken, state.received.currency)
            shares.append(RefundedShare(invoice_id=invoice_id, invoice_number=share.number, amount=back))
            from_invoices -= taken
    return (
        PaymentRefunded(
            payment_id=state.payment_id,
            refund_id=command.refund_id,
            refunded=money(amount, state.received.currency),
            shares=tuple(shares),
            deal_id=state.deal_id,
            customer_id=state.customer_id,
        ),
    )


def _given_back(command: Refund, state: Payment) -> Decimal:
    match command.returned:
        case ThisMuch(amount=amount):
            return amount
        case InAll(amount=amount):
            return amount - state.refunded
        case Leaving(amount=amount):
            return state.received.amount - amount - state.refunded
