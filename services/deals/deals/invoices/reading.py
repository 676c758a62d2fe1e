"""Invoices as the API gives them: an invoice is seen by whoever sees its deal."""

from __future__ import annotations

from uuid import UUID

import asyncpg
from events.auth import Principal
from events.contracts.deals import InvoiceCancelled, InvoiceIssued
from events.problems import NotFound
from events.store import Store
from fastapi import Response

from deals.invoices import models
from deals.invoices.rows import sql
from deals.money import money


async def seen(pool: asyncpg.Pool, invoice_id: UUID, principal: Principal) -> asyncpg.Record:
    """The invoice's row; one of a deal that the caller does not see is not there (``NotFound``)."""
    row = await pool.fetchrow(sql("invoice_read"), invoice_id)
    if row is None or not principal.sees(row["direction"]):
        raise NotFound("There is no such invoice.")
    return row


async def details(store: Store, invoice_id: UUID, principal: Principal, response: Response) -> models.InvoiceDetails:
    """The invoice with lines and payments; sets ETag. Raises as :func:`seen`."""
    row = await seen(store.pool, invoice_id, principal)
    payments = await store.pool.fetch(sql("invoice_payments"), invoice_id)
    told = [entry.event for entry in await store.load(invoice_id)]
    shown, currency = card(row), row["currency"]
    response.headers["ETag"] = f'"{shown.version}"'
    return models.InvoiceDetails(
        **shown.model_dump(),
        lines=[line for event in told if isinstance(event, InvoiceIssued) for line in event.lines],
        cancel_reason=next((event.reason for event in told if isinstance(event, InvoiceCancelled)), None),
        payments=[
            models.InvoicePayment(
                payment_id=one["payment_id"],
                provider=one["provider"],
                received_at=one["received_at"],
                allocated=money(one["allocated"], currency),
                refunded=money(one["refunded"], currency),
            )
            for one in payments
        ],
    )


def card(row: asyncpg.Record) -> models.InvoiceCard:
    """A row of ``invoices``, with the deal's number."""
    fields = {name: row[name] for name in models.InvoiceCard.model_fields if name in row}
    sums = {name: money(row[name], row["currency"]) for name in ("total", "allocated", "refunded", "due")}
    return models.InvoiceCard(**(fields | sums | {"version": row["version"] + row["movements"]}))
