"""The HTTP API of quotes for managers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from events.auth import CurrentPrincipal, require
from events.calls import IfMatch, directions_of
from events.cursor import Cursor, read_cursor, write_cursor
from events.inputs import OfCustomer
from fastapi import APIRouter, Depends, Header, Query, Response

from deals.customers.cards import members_of
from deals.quotes import models
from deals.quotes.desk import QuoteDesk, card
from deals.quotes.states import AcceptQuote
from deals.quotes.tables import sql

READS, WRITES = Depends(require("deals:read")), Depends(require("deals:write"))
Size = Annotated[int, Query(ge=1, le=200)]
IdempotencyKey = Annotated[
    str | None, Header(max_length=200, description="The same key does it once; a repeat is answered with what came.")
]


def making_routes(desk: QuoteDesk) -> APIRouter:
    """``/deals/{deal_id}/quotes``."""
    router = APIRouter(prefix="/deals/{deal_id}/quotes", tags=["Quotes"])

    @router.post(
        "",
        status_code=201,
        dependencies=[WRITES],
        summary="Make a quote of the deal's lines, or of its own",
        responses={200: {"model": models.QuoteDetails, "description": "It was made already."}},
    )
    async def make_quote(
        deal_id: UUID,
        new: models.NewQuote,
        principal: CurrentPrincipal,
        response: Response,
        idempotency_key: IdempotencyKey = None,
    ) -> models.QuoteDetails:
        return await desk.make(deal_id, new, principal, idempotency_key, response)

    return router


def routes(desk: QuoteDesk) -> APIRouter:
    """``/quotes``."""
    router = APIRouter(prefix="/quotes", tags=["Quotes"])

    @router.get("", dependencies=[READS], summary="List quotes, newest first")
    async def list_quotes(
        principal: CurrentPrincipal,
        deal_id: UUID | None = None,
        customer_id: OfCustomer = None,
        state: models.QuoteState | None = None,
        cursor: Cursor = None,
        limit: Size = 50,
    ) -> models.QuotePage:
        async with desk.deals.pool.acquire() as connection:
            cards = (await members_of(connection, [customer_id]))[customer_id] if customer_id else None
            rows = await connection.fetch(
                sql("quotes_list"), deal_id, cards, state, directions_of(principal), *read_cursor(cursor), limit + 1
            )
        shown = rows[:limit]
        following = write_cursor(shown[-1]["made_at"], shown[-1]["quote_id"]) if len(rows) > limit else None
        return models.QuotePage(quotes=[card(row) for row in shown], next=following)

    @router.get("/{quote_id}", dependencies=[READS], summary="Read a quote with lines, texts and sendings")
    async def read_quote(quote_id: UUID, principal: CurrentPrincipal, response: Response) -> models.QuoteDetails:
        return await desk.details(await desk.visible(quote_id, principal), response)

    @router.post("/{quote_id}/revise", dependencies=[WRITES], summary="Make a new version, which supersedes the last")
    async def revise_quote(
        quote_id: UUID,
        new: models.NewQuote,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> models.QuoteDetails:
        return await desk.revise(quote_id, new, principal, if_match, response)

    @router.post("/{quote_id}/send", dependencies=[WRITES], summary="Note that it goes out, and get its link")
    async def send_quote(
        quote_id: UUID,
        how: models.SendQuote,
        principal: CurrentPrincipal,
        idempotency_key: IdempotencyKey = None,
    ) -> models.SentQuote:
        return await desk.send(quote_id, how.channel, principal, idempotency_key)

    @router.post("/{quote_id}/accept", dependencies=[WRITES], summary="Accept it as the customer told you")
    async def accept_quote(
        quote_id: UUID,
        said: models.AcceptQuote,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> models.QuoteDetails:
        now, row = datetime.now(UTC), await desk.visible(quote_id, principal)
        command = AcceptQuote("manager", desk.commands.today(now), said.revision)
        await desk.run(row, command, principal, now, if_match)
        return await desk.details(await desk.visible(quote_id, principal), response)

    @router.post("/{quote_id}/reject", dependencies=[WRITES], summary="Note that the customer turned it down, and why")
    async def reject_quote(
        quote_id: UUID,
        said: models.RejectQuote,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> models.QuoteDetails:
        await desk.reject(quote_id, said, principal, if_match)
        return await desk.details(await desk.visible(quote_id, principal), response)

    return router
