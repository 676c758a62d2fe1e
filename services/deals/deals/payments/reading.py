"""Payments as the API gives them, to whom may see them: a payment has its deal's direction, without a deal none."""

from __future__ import annotations

from uuid import UUID

import asyncpg
from events.auth import Principal
from events.contracts.deals import Money
from events.problems import NotFound
from fastapi import Response

from deals.money import money
from deals.payments import models
from deals.payments.rows import sql


async def seen(pool: asyncpg.Pool, payment_id: UUID, principal: Principal) -> asyncpg.Record:
    """The payment's row; one of a direction that the caller does not see is not there (``NotFound``)."""
    row = await pool.fetchrow(sql("payment_read"), payment_id)
    if row is None or not principal.sees(row["direction"]):
        raise NotFound("There is no such payment.")
    return row


async def details(
    pool: asyncpg.Pool, payment_id: UUID, principal: Principal, response: Response
) -> models.PaymentDetails:
    """The payment with its invoices and refunds; sets ETag. Raises as :func:`seen`."""
    row = await seen(pool, payment_id, principal)
    currency = row["currency"]
    shares = await pool.fetch(sql("payment_shares"), payment_id)
    refunds = await pool.fetch(sql("payment_refunds"), payment_id)
    response.headers["ETag"] = f'"{row["version"]}"'
    return models.PaymentDetails(
        **card(row).model_dump(),
        invoices=[
            models.PaymentShare(
                invoice_id=share["invoice_id"],
                invoice_number=share["number"],
                allocated=money(share["allocated"], currency),
                refunded=money(share["refunded"], currency),
            )
            for share in shares
        ],
        refunds=[
            models.PaymentRefund(
                refund_id=one["refund_id"], amount=money(one["amount"], currency), refunded_at=one["refunded_at"]
            )
            for one in refunds
        ],
    )


def card(row: asyncpg.Record) -> models.PaymentCard:
    """A row of ``payments``, with the deal's ``number``."""
    currency = row["currency"]
    fields = {name: row[name] for name in models.PaymentCard.model_fields if name in row}
    sums = {name: money(row[name], currency) for name in ("allocated", "refunded", "free")}
    return models.PaymentCard(
        **(fields | sums),
        received=Money(amount=row["amount"], currency=currency),
        deal_number=row["number"],
        why_unmatched=row["why"],
    )
