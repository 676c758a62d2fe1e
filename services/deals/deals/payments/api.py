"""The HTTP API of payments."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

import asyncpg
from events.auth import CurrentPrincipal, require
from events.calls import cause_of_call, directions_of
from events.contracts.deals import Money
from events.cursor import Cursor, Limit, read_cursor, write_cursor
from events.problems import NotFound
from fastapi import APIRouter, Depends

from deals.payments import models
from deals.payments.desk import PaymentCommands
from deals.payments.rows import sql

_ONE = "SELECT p.*, d.number FROM payments p JOIN deals d USING (deal_id) WHERE p.payment_id = $1"


def routes(pool: asyncpg.Pool, commands: PaymentCommands) -> APIRouter:
    """``/payments``."""
    router = APIRouter(prefix="/payments", tags=["Payments"])

    @router.get("", dependencies=[Depends(require("payments:read"))], summary="List payments, newest first")
    async def list_payments(
        principal: CurrentPrincipal,
        state: Literal["unmatched", "matched"] | None = None,
        deal_id: UUID | None = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> models.PaymentPage:
        rows = await pool.fetch(
            sql("payments_list"), state, deal_id, directions_of(principal), *read_cursor(cursor), limit + 1
        )
        shown = rows[:limit]
        following = write_cursor(shown[-1]["received_at"], shown[-1]["payment_id"]) if len(rows) > limit else None
        return models.PaymentPage(payments=[_card(row) for row in shown], next=following)

    @router.post(
        "/{payment_id}/match",
        dependencies=[Depends(require("payments:write"))],
        summary="Say which deal a payment is for",
    )
    async def match_payment(
        payment_id: UUID, body: models.MatchPayment, principal: CurrentPrincipal
    ) -> models.PaymentCard:
        number = body.deal_number.strip().upper()
        deal = await pool.fetchrow("SELECT direction FROM deals WHERE number = $1", number)
        if deal is None or not principal.sees(deal["direction"]):
            raise NotFound("There is no such deal.")
        await commands.match(payment_id, number, cause_of_call(principal), datetime.now(UTC))
        row = await pool.fetchrow(_ONE, payment_id)
        if row is None:
            raise NotFound("There is no such payment.")
        return _card(row)

    return router


def _card(row: asyncpg.Record) -> models.PaymentCard:
    fields = {name: row[name] for name in models.PaymentCard.model_fields if name in row}
    return models.PaymentCard(
        **fields,
        received=Money(amount=row["amount"], currency=row["currency"]),
        deal_number=row["number"],
        why_unmatched=row["why"],
    )
