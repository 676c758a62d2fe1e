"""A payment's rules: received once, matched to one deal. Each payment is a stream of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from events.contracts.deals import Money, PaymentMatched, PaymentReceived
from events.decider import Decider, Rejected
from events.event import Event


@dataclass(frozen=True, slots=True)
class NoPayment:
    """Nothing was received."""


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Received; nobody knows yet for which deal."""

    received: Money


@dataclass(frozen=True, slots=True)
class Matched:
    """Received for a deal."""

    received: Money
    deal_id: UUID


State = NoPayment | Unmatched | Matched


@dataclass(frozen=True, slots=True)
class Payee:
    """The deal that a payment is for, with the currency it is made in."""

    deal_id: UUID
    customer_id: UUID
    number: str
    currency: str


@dataclass(frozen=True, slots=True)
class ReceivePayment:
    """``payee`` is the deal that the reference names, if there is one; in another currency it waits for a person."""

    payment_id: UUID
    provider: str
    provider_payment_id: str
    reference: str
    received: Money
    is_test: bool
    payee: Payee | None


@dataclass(frozen=True, slots=True)
class MatchPayment:
    """A person says which deal the payment is for."""

    payment_id: UUID
    payee: Payee


Command = ReceivePayment | MatchPayment


def decide(command: Command, state: State) -> Sequence[Event]:
    """The events of a command; nothing for a repeat. Raises :class:`events.decider.Rejected`."""
    match command, state:
        case ReceivePayment(), NoPayment():
            payee = command.payee if why_unmatched(command.payee, command.received) is None else None
            return (
                PaymentReceived(
                    payment_id=command.payment_id,
                    provider=command.provider,
                    provider_payment_id=command.provider_payment_id,
                    reference=command.reference,
                    received=command.received,
                    is_test=command.is_test,
                    deal_id=payee.deal_id if payee else None,
                    customer_id=payee.customer_id if payee else None,
                ),
            )
        case ReceivePayment(payee=Payee() as payee), Unmatched(received=received):
            # Stripe tells of one payment twice, and only one of the two knows the reference.
            return () if why_unmatched(payee, received) else (_matched(command.payment_id, payee, received),)
        case ReceivePayment(), _:
            return ()
        case MatchPayment(), NoPayment():
            raise Rejected("no_payment", "There is no such payment.")
        case MatchPayment(payee=payee), Unmatched(received=received):
            if received.currency != payee.currency:
                raise Rejected("other_currency", str(why_unmatched(payee, received)))
            return (_matched(command.payment_id, payee, received),)
        case MatchPayment(payee=payee), Matched(deal_id=deal_id):
            if deal_id != payee.deal_id:
                raise Rejected("already_matched", "The payment belongs to another deal.")
            return ()
    raise AssertionError("every command meets every state")


def evolve(state: State, event: Event) -> State:
    """The state after an event; total."""
    match event, state:
        case PaymentReceived(deal_id=None), NoPayment():
            return Unmatched(event.received)
        case PaymentReceived(deal_id=UUID() as deal_id), NoPayment():
            return Matched(event.received, deal_id)
        case PaymentMatched(), Unmatched(received=received):
            return Matched(received, event.deal_id)
    return state


PAYMENT: Decider[Command, State] = Decider(NoPayment(), decide, evolve)


def why_unmatched(payee: Payee | None, received: Money) -> str | None:
    """Why the payment waits for a person, None if it does not."""
    if payee is None:
        return "no deal has the number in its reference"
    if payee.currency != received.currency:
        return f"paid in {received.currency}, the deal {payee.number} is in {payee.currency}"
    return None


def _matched(payment_id: UUID, payee: Payee, received: Money) -> Event:
    return PaymentMatched(
        payment_id=payment_id, deal_id=payee.deal_id, customer_id=payee.customer_id, received=received
    )
