"""The HTTP API of the exchange with an ERP: batches in, a feed of changes out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import asyncpg
from events.auth import CurrentPrincipal, require
from events.calls import directions_of
from fastapi import APIRouter, Depends, Path, Query

from deals.exchange import models
from deals.exchange.invoices import InvoiceExchange, sql
from deals.exchange.payments import PaymentExchange
from deals.invoices.reading import card as invoice_card
from deals.payments.reading import card as payment_card

WRITES = [Depends(require("payments:write"))]
System = Annotated[
    str,
    Path(pattern=r"^[a-z0-9][a-z0-9-]{0,29}$", description="The ERP; its ids are its own.", examples=["1c"]),
]


def routes(pool: asyncpg.Pool, invoices: InvoiceExchange, payments: PaymentExchange) -> APIRouter:
    """``/exchange``."""
    router = APIRouter(prefix="/exchange", tags=["Exchange with an ERP"])

    @router.post("/{system}/invoices", dependencies=WRITES, summary="Hand in up to 1,000 invoices of an ERP")
    async def hand_in_invoices(system: System, body: models.ErpInvoices, principal: CurrentPrincipal) -> models.Answer:
        return models.Answer(items=await invoices.hand_in(system, body.invoices, principal, datetime.now(UTC)))

    @router.post("/{system}/payments", dependencies=WRITES, summary="Hand in up to 1,000 payments of an ERP")
    async def hand_in_payments(system: System, body: models.ErpPayments, principal: CurrentPrincipal) -> models.Answer:
        return models.Answer(items=await payments.hand_in(system, body.payments, principal, datetime.now(UTC)))

    @router.post("/{system}/paid", dependencies=WRITES, summary="Say how much of up to 1,000 invoices is paid")
    async def hand_in_paid(system: System, body: models.ErpPaidStates, principal: CurrentPrincipal) -> models.Answer:
        return models.Answer(items=await payments.hand_in_paid(system, body.invoices, principal, datetime.now(UTC)))

    @router.get(
        "/changes",
        dependencies=[Depends(require("payments:read"))],
        summary="Read on from the last change of invoices and payments",
    )
    async def read_changes(
        principal: CurrentPrincipal,
        after: Annotated[int, Query(ge=0, lt=2**63, description="`next` of the page before; 0: all.")] = 0,
        limit: Annotated[int, Query(ge=1, le=500)] = 200,
    ) -> models.Changes:
        async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            page = await connection.fetch(sql("changes_page"), after, limit, directions_of(principal))
            ids = [row["id"] for row in page]
            invoice_rows = {row["invoice_id"]: row for row in await connection.fetch(sql("changed_invoices"), ids)}
            payment_rows = {row["payment_id"]: row for row in await connection.fetch(sql("changed_payments"), ids)}
        changes = [
            models.Change(
                change=row["changed"],
                invoice=invoice_card(invoice_rows[row["id"]]) if row["id"] in invoice_rows else None,
                payment=payment_card(payment_rows[row["id"]]) if row["id"] in payment_rows else None,
            )
            for row in page
        ]
        return models.Changes(changes=changes, next=changes[-1].change if changes else after)

    return router
