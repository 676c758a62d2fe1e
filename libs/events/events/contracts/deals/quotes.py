"""Quotes: made, revised, sent, and what became of them. A newer revision supersedes the one before."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from events.contracts.deals.lines import Discount, Line, Totals
from events.contracts.deals.money import Money
from events.event import Event
from events.sealed import Sealed

QuoteParty = Literal["manager", "customer"]
QuoteRejection = Literal["too_expensive", "competitor", "no_need", "bad_timing", "other"]


class QuoteMade(Event):
    """The first revision: lines as computed, and the last day on which it can be accepted. ``texts`` are JSON."""

    type: ClassVar[str] = "quote.made.v1"

    quote_id: UUID
    deal_id: UUID
    customer_id: UUID
    number: str
    revision: int = 1
    lines: tuple[Line, ...]
    discount: Discount | None = None
    totals: Totals
    valid_until: date
    texts: Sealed[dict[str, object]] | None = None


class QuoteRevised(Event):
    """Another revision in place of the one before, whatever had become of that."""

    type: ClassVar[str] = "quote.revised.v1"

    quote_id: UUID
    deal_id: UUID
    customer_id: UUID
    revision: int
    lines: tuple[Line, ...]
    discount: Discount | None = None
    totals: Totals
    valid_until: date
    texts: Sealed[dict[str, object]] | None = None


class QuoteSent(Event):
    """A revision went out by a channel (``email``, ``whatsapp``, ``personal`` …). Sent twice, both are facts.

    ``sending`` counts the sendings of the quote. ``link`` is the public address that opens this revision: it lets
    whoever has it accept, so it is sealed.
    """

    type: ClassVar[str] = "quote.sent.v1"

    quote_id: UUID
    deal_id: UUID
    customer_id: UUID
    revision: int
    sending: int
    sending_id: UUID
    channel: str
    link: Sealed[str] | None = None


class QuoteAccepted(Event):
    """A revision was accepted: by the customer through the link of a ``sending``, or as a manager was told."""

    type: ClassVar[str] = "quote.accepted.v1"

    quote_id: UUID
    deal_id: UUID
    customer_id: UUID
    revision: int
    value: Money
    by: QuoteParty
    sending: int | None = None


class QuoteRejected(Event):
    """A revision was turned down."""

    type: ClassVar[str] = "quote.rejected.v1"

    quote_id: UUID
    deal_id: UUID
    customer_id: UUID
    revision: int
    reason: QuoteRejection
    by: QuoteParty
    comment: Sealed[str] | None = None
    sending: int | None = None


class QuoteExpired(Event):
    """Its last day is over and nobody had answered."""

    type: ClassVar[str] = "quote.expired.v1"

    quote_id: UUID
    deal_id: UUID
    customer_id: UUID
    revision: int
