"""A quote's rules. Pure: the day comes in with the command, texts and links come in sealed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final
from uuid import UUID

from events.contracts.deals import (
    QuoteAccepted,
    QuoteExpired,
    QuoteMade,
    QuoteRejected,
    QuoteRevised,
    QuoteSent,
)
from events.decider import Decider, Rejected
from events.event import Event

from deals.quotes.states import (
    Accepted,
    AcceptQuote,
    Command,
    Declined,
    Expired,
    ExpireQuote,
    MakeQuote,
    NoQuote,
    Offer,
    Quote,
    RejectQuote,
    ReviseQuote,
    Sending,
    SendQuote,
    Standing,
    State,
)


def decide(command: Command, state: State) -> Sequence[Event]:  # noqa: C901 - an arm a rule
    """The events of a command; nothing where it is already so.

    Refuses with ``no_quote``, ``no_lines``, ``valid_until_past``, ``quote_superseded``, ``quote_accepted``,
    ``quote_rejected`` and ``quote_expired``.
    """
    match command, state:
        case MakeQuote(), NoQuote():
            _check(command.offer, command.today)
            return [QuoteMade(**_ids(command), number=command.number, **_said(command.offer))]
        case MakeQuote(), _:
            return []
        case _, NoQuote():
            raise Rejected("no_quote", "There is no such quote.")
        case ReviseQuote(), Accepted():
            raise Rejected("quote_accepted", "The quote is accepted and stays as it is: make another one.")
        case ReviseQuote(offer=offer, today=today), Standing() | Declined() | Expired():
            return _revised(offer, today, state)
        case SendQuote(), _:
            return _sent(command, state)
        case AcceptQuote(), _:
            return _accepted(command, state)
        case RejectQuote(), _:
            return _rejected(command, state)
        case ExpireQuote(revision=revision, today=today), Standing(quote=quote):
            is_due = revision == quote.revision and today > quote.offer.valid_until
            return [QuoteExpired(**_ids(quote), revision=revision)] if is_due else []
        case ExpireQuote(), _:
            return []
    raise AssertionError("every command meets every state")


def evolve(state: State, event: Event) -> State:
    """The state after an event; total."""
    match event, state:
        case QuoteMade(), NoQuote():
            return Standing(Quote(event.quote_id, event.deal_id, event.customer_id, event.number, (_offer(event),)))
        case _, NoQuote():
            return state
        case QuoteRevised(), _:
            return Standing(replace(state.quote, offers=(*state.quote.offers, _offer(event))))
        case QuoteSent(), _:
            sending = Sending(event.sending, event.sending_id, event.revision, event.channel)
            return replace(state, quote=replace(state.quote, sendings=(*state.quote.sendings, sending)))
        case QuoteAccepted(), Standing():
            return Accepted(state.quote)
        case QuoteRejected(), Standing():
            return Declined(state.quote, event.reason)
        case QuoteExpired(), Standing():
            return Expired(state.quote)
    return state


QUOTE: Final[Decider[Command, State]] = Decider(NoQuote(), decide, evolve)


def _check(offer: Offer, today: date) -> None:
    if not offer.lines:
        raise Rejected("no_lines", "There is nothing to offer: the deal has no lines, and none were given.")
    if offer.valid_until < today:
        raise Rejected("valid_until_past", "The last day to accept it is over already.")


def _revised(offer: Offer, today: date, state: Standing | Declined | Expired) -> Sequence[Event]:
    _check(offer, today)
    quote = state.quote
    if isinstance(state, Standing) and offer == quote.offer:
        return []
    return [QuoteRevised(**_ids(quote), revision=quote.revision + 1, **_said(offer))]


def _sent(command: SendQuote, state: Standing | Accepted | Declined | Expired) -> Sequence[Event]:
    quote = state.quote
    if any(sending.sending_id == command.sending_id for sending in quote.sendings):
        return []
    _check_standing(state, quote.revision, command.today)
    sent = QuoteSent(
        **_ids(quote),
        revision=quote.revision,
        sending=len(quote.sendings) + 1,
        sending_id=command.sending_id,
        channel=command.channel,
        link=command.link,
    )
    return [sent]


def _accepted(command: AcceptQuote, state: Standing | Accepted | Declined | Expired) -> Sequence[Event]:
    quote = state.quote
    revision = command.revision or quote.revision
    if isinstance(state, Accepted) and revision == quote.revision:
        return []
    _check_standing(state, revision, command.today)
    told = {"revision": revision, "by": command.by, "sending": command.sending}
    return [QuoteAccepted(**_ids(quote), value=quote.offer.value, **told)]


def _rejected(command: RejectQuote, state: Standing | Accepted | Declined | Expired) -> Sequence[Event]:
    quote = state.quote
    revision = command.revision or quote.revision
    if isinstance(state, Declined) and revision == quote.revision:
        return []
    _check_standing(state, revision, command.today)
    said = {name: getattr(command, name) for name in ("reason", "by", "comment", "sending")}
    return [QuoteRejected(**_ids(quote), revision=revision, **said)]


def _check_standing(state: Standing | Accepted | Declined | Expired, revision: int, today: date) -> None:
    """Only the newest revision can be answered or sent, until the end of its last day, whether or not it was noted that
    the day is over.
    """
    if revision != state.quote.revision:
        raise Rejected("quote_superseded", "There is a newer version of this quote.")
    match state:
        case Accepted():
            raise Rejected("quote_accepted", "The quote is accepted already.")
        case Declined():
            raise Rejected("quote_rejected", "The quote was turned down: a new version of it can be asked for.")
        case Expired():
            raise Rejected("quote_expired", "The quote has expired: a new version of it can be asked for.")
    if today > state.quote.offer.valid_until:
        raise Rejected("quote_expired", "The quote has expired: a new version of it can be asked for.")


def _ids(of: MakeQuote | Quote | QuoteMade) -> dict[str, UUID]:
    return {"quote_id": of.quote_id, "deal_id": of.deal_id, "customer_id": of.customer_id}


_OFFER: Final = ("lines", "discount", "totals", "valid_until", "texts")


def _said(offer: Offer) -> dict[str, object]:
    return {name: getattr(offer, name) for name in _OFFER}


def _offer(event: QuoteMade | QuoteRevised) -> Offer:
    return Offer(**{name: getattr(event, name) for name in _OFFER})
