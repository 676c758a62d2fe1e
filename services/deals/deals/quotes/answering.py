"""What a customer may do with a quote through a link: see it, accept it, turn it down. The link says which quote."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from events import tracing
from events.links import LinkInvalid
from events.store import Cause
from uuid_utils.compat import uuid7

from deals.quotes import models
from deals.quotes.desk import PURPOSE, QuoteDesk, named
from deals.quotes.states import (
    Accepted,
    AcceptQuote,
    Command,
    Declined,
    NoQuote,
    Quote,
    RejectQuote,
    Sending,
    Standing,
    State,
)

ACTOR: Final = "customer:link"


@dataclass(frozen=True)
class Answering:
    """Opens links. Raises ``LinkInvalid`` and ``LinkExpired``, which tell nothing; rules are told as to anybody."""

    desk: QuoteDesk

    async def see(self, token: str, now: datetime) -> models.PublicQuote:
        """The quote as it stands for this link. Changes nothing: scanners of mail follow links too."""
        state, quote, sending = await self._opened(token, now)
        offer = quote.offers[sending.revision - 1]
        return models.PublicQuote(
            number=quote.number,
            revision=sending.revision,
            state=self._state(state, sending, now),
            lines=[models.PublicLine(**line.model_dump()) for line in offer.lines],
            totals=offer.totals,
            valid_until=offer.valid_until,
            texts=(await self.desk.texts(quote.customer_id, offer))[0],
        )

    async def accept(self, token: str, now: datetime) -> None:
        """The customer accepts what this link showed."""
        _, quote, sending = await self._opened(token, now)
        today = self.desk.commands.today(now)
        await self._run(quote, AcceptQuote("customer", today, sending.revision, sending.number), now)

    async def reject(self, token: str, said: models.Answer, now: datetime) -> None:
        """The customer turns down what this link showed."""
        _, quote, sending = await self._opened(token, now)
        comment = (await self.desk.deals.key(quote.customer_id)).seal(said.comment) if said.comment else None
        today = self.desk.commands.today(now)
        command = RejectQuote("customer", said.reason, today, comment, sending.revision, sending.number)
        await self._run(quote, command, now)

    async def _run(self, quote: Quote, command: Command, now: datetime) -> None:
        trail = tracing.current_trail()
        cause = Cause(ACTOR, trail.correlation_id if trail else uuid7(), None, tracing.current_traceparent())
        await self.desk.commands.run(quote.quote_id, quote.deal_id, command, cause, now)

    async def _opened(self, token: str, now: datetime) -> tuple[State, Quote, Sending]:
        quote_id, sending_id = named(self.desk.links.open(PURPOSE, token, now))
        state, _ = await self.desk.commands.load(quote_id)
        if isinstance(state, NoQuote):
            raise LinkInvalid
        quote = state.quote
        erased = await self.desk.deals.pool.fetchval(
            "SELECT true FROM erased_customers WHERE customer_id = $1", quote.customer_id
        )
        sending = next((one for one in quote.sendings if one.sending_id == sending_id), None)
        if erased or sending is None:
            raise LinkInvalid
        return state, quote, sending

    def _state(self, state: State, sending: Sending, now: datetime) -> models.PublicState:
        match state:
            case NoQuote():
                raise LinkInvalid
            case _ if sending.revision != state.quote.revision:
                return "superseded"
            case Accepted():
                return "accepted"
            case Declined():
                return "rejected"
            case Standing(quote=quote) if self.desk.commands.today(now) <= quote.offer.valid_until:
                return "open"
        return "expired"
