"""An offer's rules: made once for a lead, accepted or declined once. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from events.contracts.deals import DealOfferAccepted, DealOfferDeclined, DealOffered
from events.decider import Decider, Rejected
from events.event import Event
from events.sealed import Sealed
from events.store import deterministic_id


@dataclass(frozen=True, slots=True)
class NoOffer:
    """Nothing was offered."""


@dataclass(frozen=True, slots=True)
class Offered:
    """Waits for a manager."""

    offer: DealOffered


@dataclass(frozen=True, slots=True)
class Accepted:
    """Became a deal."""

    offer: DealOffered
    deal_id: UUID


@dataclass(frozen=True, slots=True)
class Declined:
    """No deal is made of it."""

    offer: DealOffered


State = NoOffer | Offered | Accepted | Declined


@dataclass(frozen=True, slots=True)
class Make:
    offer: DealOffered


@dataclass(frozen=True, slots=True)
class Accept:
    deal_id: UUID


@dataclass(frozen=True, slots=True)
class Decline:
    comment: Sealed[str] | None = None


Command = Make | Accept | Decline


def offer_of_lead(lead_id: UUID) -> UUID:
    """The id of the offer that a lead leads to."""
    return deterministic_id("deal offer", lead_id)


def decide(command: Command, state: State) -> Sequence[Event]:
    """The events of a command; nothing where it is already so. Raises :class:`events.decider.Rejected`."""
    match command, state:
        case Make(offer=offer), NoOffer():
            return (offer,)
        case Make(), _:
            return ()
        case _, NoOffer():
            raise Rejected("no_offer", "There is no such offer.")
        case Accept(deal_id=deal_id), Offered(offer=offer):
            told = (offer.offer_id, offer.lead_id, offer.customer_id)
            return (DealOfferAccepted(offer_id=told[0], lead_id=told[1], customer_id=told[2], deal_id=deal_id),)
        case Decline(comment=comment), Offered(offer=offer):
            told = (offer.offer_id, offer.lead_id, offer.customer_id)
            return (DealOfferDeclined(offer_id=told[0], lead_id=told[1], customer_id=told[2], comment=comment),)
        case Accept(), Declined():
            raise Rejected("offer_declined", "The offer was declined; open a deal by hand.")
        case Decline(), Accepted():
            raise Rejected("offer_accepted", "The offer has become a deal already.")
    return ()


def evolve(state: State, event: Event) -> State:
    """The state after an event; total."""
    match event, state:
        case DealOffered(), NoOffer():
            return Offered(event)
        case DealOfferAccepted(), Offered(offer=offer):
            return Accepted(offer, event.deal_id)
        case DealOfferDeclined(), Offered(offer=offer):
            return Declined(offer)
    return state


OFFER: Decider[Command, State] = Decider(NoOffer(), decide, evolve)
