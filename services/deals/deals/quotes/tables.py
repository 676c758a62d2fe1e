"""The table of quotes, written in the transaction that appends: a quote as its stream now stands."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path

from events.sqlfile import sql as _sql
from events.store import Connection

from deals.quotes.states import Accepted, Declined, Expired, NoQuote, State

sql = partial(_sql, directory=Path(__file__).parent / "sql")


async def draw_number(connection: Connection) -> str:
    """A new number for a quote; one that is not used is a gap."""
    return f"Q-{await connection.fetchval('SELECT nextval($1)', 'quote_numbers'):06d}"


async def save_quote(connection: Connection, state: State, version: int, at: datetime) -> None:
    """Writes the row."""
    assert not isinstance(state, NoQuote)
    quote, value = state.quote, state.quote.offer.value
    await connection.execute(
        sql("quote_save"),
        quote.quote_id,
        version,
        quote.number,
        quote.deal_id,
        quote.customer_id,
        quote.revision,
        state_name(state),
        value.amount,
        value.currency,
        quote.offer.valid_until,
        at,
    )


def state_name(state: State) -> str:
    """The state as the API names it."""
    match state:
        case Accepted():
            return "accepted"
        case Declined():
            return "rejected"
        case Expired():
            return "expired"
        case NoQuote():
            raise TypeError("a quote that was never made has no state")
    is_sent = any(sending.revision == state.quote.revision for sending in state.quote.sendings)
    return "sent" if is_sent else "draft"
