"""What a quote is, in which state, and what may be done with it. Days are those of the business."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from events.contracts.deals import Discount, Line, Money, QuoteParty, QuoteRejection, Totals
from events.sealed import Sealed


@dataclass(frozen=True, slots=True)
class Offer:
    """A revision: what is offered, until which day it can be accepted, and texts that only the customer's key opens."""

    lines: tuple[Line, ...]
    discount: Discount | None
    totals: Totals
    valid_until: date
    texts: Sealed[dict[str, object]] | None = None

    @property
    def value(self) -> Money:
        """What is to be paid."""
        return Money(amount=self.totals.gross, currency=self.totals.currency)


@dataclass(frozen=True, slots=True)
class Sending:
    """A revision went out."""

    number: int
    sending_id: UUID
    revision: int
    channel: str


@dataclass(frozen=True, slots=True)
class Quote:
    """What is true of a quote in every state. ``offers`` are its revisions; only the newest one can be answered."""

    quote_id: UUID
    deal_id: UUID
    customer_id: UUID
    number: str
    offers: tuple[Offer, ...]
    sendings: tuple[Sending, ...] = ()

    @property
    def revision(self) -> int:
        """Number of the newest revision."""
        return len(self.offers)

    @property
    def offer(self) -> Offer:
        """The newest revision."""
        return self.offers[-1]


@dataclass(frozen=True, slots=True)
class NoQuote:
    """Nothing was made."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Made or sent, and not answered yet."""

    quote: Quote


@dataclass(frozen=True, slots=True)
class Accepted:
    """The newest revision was accepted: nothing changes any more."""

    quote: Quote


@dataclass(frozen=True, slots=True)
class Declined:
    """The newest revision was turned down."""

    quote: Quote
    reason: QuoteRejection


@dataclass(frozen=True, slots=True)
class Expired:
    """The last day of the newest revision is over."""

    quote: Quote


State = NoQuote | Standing | Accepted | Declined | Expired


@dataclass(frozen=True, slots=True)
class MakeQuote:
    quote_id: UUID
    deal_id: UUID
    customer_id: UUID
    number: str
    offer: Offer
    today: date


@dataclass(frozen=True, slots=True)
class ReviseQuote:
    offer: Offer
    today: date


@dataclass(frozen=True, slots=True)
class SendQuote:
    """``link`` is made for the sending that comes next; ``sending_id`` makes a repeat the same sending."""

    sending_id: UUID
    channel: str
    today: date
    link: Sealed[str] | None = None


@dataclass(frozen=True, slots=True)
class AcceptQuote:
    """``revision`` None is the newest."""

    by: QuoteParty
    today: date
    revision: int | None = None
    sending: int | None = None


@dataclass(frozen=True, slots=True)
class RejectQuote:
    """``revision`` None is the newest."""

    by: QuoteParty
    reason: QuoteRejection
    today: date
    comment: Sealed[str] | None = None
    revision: int | None = None
    sending: int | None = None


@dataclass(frozen=True, slots=True)
class ExpireQuote:
    revision: int
    today: date


Command = MakeQuote | ReviseQuote | SendQuote | AcceptQuote | RejectQuote | ExpireQuote
