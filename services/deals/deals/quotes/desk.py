"""What stands behind the HTTP API of quotes: who may see and do what, texts and links, quotes as the API gives them."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson
from events import disclosure
from events.auth import Principal
from events.calls import cause_of_call, expected_version
from events.contracts.deals import Money
from events.keys_client import KeysUnavailable
from events.links import Links
from events.privacy import CustomerKey
from events.problems import NotFound
from events.sealed import Sealed
from events.store import deterministic_id
from fastapi import Response
from uuid_utils.compat import uuid7

from deals.deal.desk import Desk
from deals.deal.states import NoDeal
from deals.lines.pricing import Pricing
from deals.money import items_of, priced
from deals.quotes import models
from deals.quotes.commands import QuoteCommands
from deals.quotes.states import Command, MakeQuote, NoQuote, Offer, RejectQuote, ReviseQuote, SendQuote
from deals.quotes.tables import draw_number, sql

PURPOSE: Final = "quote"
LINK_DAYS_AFTER: Final = 30
"""How long after its last day a quote's link still says that it is over, and does not merely stop working."""


@dataclass(frozen=True)
class QuoteDesk:
    """Reads and commands on quotes, on behalf of a principal. ``public_url`` is where customers reach this service."""

    commands: QuoteCommands
    deals: Desk
    pricing: Pricing
    links: Links
    public_url: str

    async def visible(self, quote_id: UUID, principal: Principal) -> asyncpg.Record:
        """The quote's row; one of a line of business the caller does not see is not there."""
        row = await self.deals.pool.fetchrow(sql("quote_read"), quote_id)
        if row is None or not principal.sees(row["direction"]):
            raise NotFound("There is no such quote.")
        return row

    async def make(
        self, deal_id: UUID, new: models.NewQuote, principal: Principal, idempotency_key: str | None, response: Response
    ) -> models.QuoteDetails:
        """Makes a quote on a deal, or finds the one that the key led to (200 instead of 201)."""
        now, row = datetime.now(UTC), await self.deals.visible(deal_id, principal)
        offer = await self._offer(row, new, now)
        quote_id = _id(f"quote {deal_id}", principal, idempotency_key)
        async with self.deals.pool.acquire() as connection:
            number = await draw_number(connection)
        command = MakeQuote(quote_id, deal_id, row["customer_id"], number, offer, self.commands.today(now))
        done = await self.commands.run(quote_id, deal_id, command, cause_of_call(principal), now)
        response.status_code = 201 if done.happened else 200
        return await self.details(await self.visible(quote_id, principal), response)

    async def revise(
        self, quote_id: UUID, new: models.NewQuote, principal: Principal, if_match: str | None, response: Response
    ) -> models.QuoteDetails:
        """Makes another revision."""
        now, row = datetime.now(UTC), await self.visible(quote_id, principal)
        offer = await self._offer(await self.deals.visible(row["deal_id"], principal), new, now)
        command = ReviseQuote(offer, self.commands.today(now))
        await self.run(row, command, principal, now, if_match)
        return await self.details(await self.visible(quote_id, principal), response)

    async def send(
        self, quote_id: UUID, channel: str, principal: Principal, idempotency_key: str | None
    ) -> models.SentQuote:
        """Notes that the newest revision goes out by a channel; answers with the link to send."""
        now, row = datetime.now(UTC), await self.visible(quote_id, principal)
        key = await self.deals.key(row["customer_id"])
        sending_id = _id(f"sending {quote_id}", principal, idempotency_key)
        state, _ = await self.commands.load(quote_id)
        assert not isinstance(state, NoQuote)
        link = self._link(quote_id, sending_id, state.quote.offer)
        command = SendQuote(sending_id, channel, self.commands.today(now), key.seal(link))
        await self.run(row, command, principal, now)
        state, _ = await self.commands.load(quote_id)
        assert not isinstance(state, NoQuote)
        (sent,) = [sending for sending in state.quote.sendings if sending.sending_id == sending_id]
        return models.SentQuote(number=sent.number, revision=sent.revision, channel=sent.channel, link=link)

    async def reject(
        self, quote_id: UUID, said: models.RejectQuote, principal: Principal, if_match: str | None
    ) -> None:
        """Notes that the customer turned it down."""
        now, row = datetime.now(UTC), await self.visible(quote_id, principal)
        comment = (await self.deals.key(row["customer_id"])).seal(said.comment) if said.comment else None
        command = RejectQuote("manager", said.reason, self.commands.today(now), comment, said.revision)
        await self.run(row, command, principal, now, if_match)

    async def run(
        self, row: asyncpg.Record, command: Command, principal: Principal, now: datetime, if_match: str | None = None
    ) -> None:
        """Runs a command on a quote the caller sees."""
        cause = cause_of_call(principal)
        await self.commands.run(row["quote_id"], row["deal_id"], command, cause, now, expected_version(if_match))

    async def details(self, row: asyncpg.Record, response: Response) -> models.QuoteDetails:
        """The quote with lines and texts; sets the ETag."""
        state, version = await self.commands.load(row["quote_id"])
        assert not isinstance(state, NoQuote)
        response.headers["ETag"] = f'"{version}"'
        quote = state.quote
        texts, texts_state = await self.texts(quote.customer_id, quote.offer)
        return models.QuoteDetails(
            **card(row).model_dump(),
            lines=list(quote.offer.lines),
            discount=quote.offer.discount,
            totals=quote.offer.totals,
            texts=texts,
            texts_state=texts_state,
            sendings=[models.SendingCard.model_validate(one, from_attributes=True) for one in quote.sendings],
        )

    @disclosure.shown
    async def texts(self, customer_id: UUID, offer: Offer) -> tuple[models.Texts | None, Any]:
        """The texts of a revision, as far as they can be read, and why not."""
        if offer.texts is None:
            return None, "readable"
        if disclosure.is_withheld():
            return None, "not_allowed"
        try:
            key = (await self.deals.keys.read([customer_id])).get(customer_id)
        except KeysUnavailable:
            return None, "unavailable"
        opened = key.open(offer.texts) if key else None
        return (None, "erased") if opened is None else (models.Texts(**orjson.loads(opened)), "readable")

    async def _offer(self, deal: asyncpg.Record, new: models.NewQuote, now: datetime) -> Offer:
        await self.deals.check_not_erased(deal["customer_id"])
        if new.lines is not None:
            whole = await self.pricing.price(new.lines, deal["currency"], now)
        else:
            state = self.deals.commands.fold(await self.commands.store.load(deal["deal_id"]))
            assert not isinstance(state, NoDeal)
            whole = priced(items_of(state.deal.lines), deal["currency"], state.deal.discount)
        texts: Sealed[dict[str, object]] | None = None
        if new.texts is not None:
            key: CustomerKey = await self.deals.key(deal["customer_id"])
            texts = key.seal_json(new.texts.model_dump(exclude_none=True))
        return Offer(whole.lines, whole.discount, whole.totals, new.valid_until, texts)

    def _link(self, quote_id: UUID, sending_id: UUID, offer: Offer) -> str:
        until = self.commands.end_of(offer.valid_until) + timedelta(days=LINK_DAYS_AFTER)
        token = self.links.make(PURPOSE, name_of(quote_id, sending_id), until)
        return f"{self.public_url}/public/quotes/{token}"


def card(row: asyncpg.Record) -> models.QuoteCard:
    """A row as the API gives it."""
    fields = {name: row[name] for name in models.QuoteCard.model_fields if name != "value"}
    return models.QuoteCard(**fields, value=Money(amount=row["amount"], currency=row["currency"]))


def name_of(quote_id: UUID, sending_id: UUID) -> str:
    """What a link names: 43 letters of base64url."""
    return base64.urlsafe_b64encode(quote_id.bytes + sending_id.bytes).rstrip(b"=").decode()


def named(name: str) -> tuple[UUID, UUID]:
    """The quote and the sending that a link names."""
    both = base64.urlsafe_b64decode(name + "=")
    return UUID(bytes=both[:16]), UUID(bytes=both[16:])


def _id(of: str, principal: Principal, idempotency_key: str | None) -> UUID:
    if idempotency_key is None:
        return uuid7()
    return deterministic_id(of, "key", principal.kind, principal.id, idempotency_key)
