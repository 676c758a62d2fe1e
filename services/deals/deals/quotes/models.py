"""Quotes as the API takes and gives them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from events.contracts.deals import Discount, Line, Money, QuoteRejection, Totals
from events.inputs import Day, Input
from pydantic import BaseModel, ConfigDict, Field

from deals.inputs import Words
from deals.lines.models import GivenLines

PublicState = Literal["open", "accepted", "rejected", "expired", "superseded"]
QuoteState = Literal["draft", "sent", "accepted", "rejected", "expired"]
Channel = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$", examples=["email", "whatsapp", "personal"])]


class Texts(Input):
    """What stands above and below the lines; kept sealed with the customer's key."""

    greeting: Words | None = None
    terms: Words | None = None


class NewQuote(Input):
    """What is offered and until when."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"valid_until": "2026-12-31", "texts": {"terms": "Оплата в два этапа"}}]}
    )

    valid_until: Day = Field(description="The last day to accept it, where the business is.")
    lines: GivenLines | None = Field(None, description="Empty: the lines of the deal.")
    texts: Texts | None = None


class SendQuote(Input):
    """By which channel it goes out. Each channel is a sending of its own, with a link of its own."""

    channel: Channel


class AcceptQuote(Input):
    """As the customer told the manager."""

    revision: int | None = Field(None, ge=1, le=1_000_000, description="Which one; empty: the newest.")


class RejectQuote(AcceptQuote):
    """Why the customer turned it down."""

    reason: QuoteRejection
    comment: Words | None = Field(None, description="Kept sealed with the customer's key.")


class QuoteCard(BaseModel):
    """A quote as it stands. `revision` is that of the offer, `version` that of everything that happened to it."""

    quote_id: UUID
    version: int = Field(description="For `If-Match`.")
    number: str = Field(examples=["Q-000123"])
    deal_id: UUID
    customer_id: UUID
    revision: int
    state: QuoteState
    value: Money
    valid_until: date
    made_at: datetime


class QuotePage(BaseModel):
    """A page of quotes, newest first; `next` is the cursor of the following page."""

    quotes: list[QuoteCard]
    next: str | None = None


class SendingCard(BaseModel):
    """A sending: its number, which revision went out, and by which channel."""

    number: int
    revision: int
    channel: str


class SentQuote(SendingCard):
    """A sending with the link that lets the customer see and answer the quote."""

    link: str


class QuoteDetails(QuoteCard):
    """A quote with its lines and texts. `texts_state` says why texts are missing."""

    lines: list[Line]
    discount: Discount | None
    totals: Totals
    texts: Texts | None
    texts_state: Literal["readable", "erased", "unavailable", "not_allowed"]
    sendings: list[SendingCard]


class PublicLine(Line):
    """A line as its customer sees it: not what it costs the firm."""

    unit_cost: Decimal | None = Field(None, exclude=True)


class PublicQuote(BaseModel):
    """A quote as its customer sees it through a link. `superseded`: a newer version was made."""

    number: str
    revision: int
    state: PublicState
    lines: list[PublicLine]
    totals: Totals
    valid_until: date
    texts: Texts | None


class Answer(Input):
    """Why it is turned down."""

    reason: QuoteRejection = "other"
    comment: Words | None = None
