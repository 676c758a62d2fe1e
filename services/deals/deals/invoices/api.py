"""The HTTP API of invoices."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import asyncpg
from events.auth import CurrentPrincipal, require
from events.calls import IfMatch, cause_of_call, directions_of, expected_version
from events.contracts.deals import InvoiceKind
from events.cursor import Cursor, read_cursor, write_cursor
from events.inputs import Day, OfCustomer
from events.problems import Conflict
from events.store import deterministic_id
from fastapi import APIRouter, Depends, Path, Query, Response
from uuid_utils.compat import uuid7

from deals.customers.cards import members_of
from deals.invoices import models
from deals.invoices.desk import InvoiceDesk
from deals.invoices.reading import card, details, seen
from deals.invoices.rows import sql
from deals.payments.api import IdempotencyKey

READS = [Depends(require("payments:read"))]
WRITES = [Depends(require("payments:write"))]
Text = Annotated[str | None, Query(max_length=100)]


def routes(desk: InvoiceDesk) -> APIRouter:
    """``/invoices``."""
    router = APIRouter(prefix="/invoices", tags=["Invoices"])
    store, pool = desk.commands.store, desk.commands.store.pool

    @router.post(
        "",
        status_code=201,
        dependencies=WRITES,
        summary="Issue an invoice for a deal",
        responses={200: {"model": models.InvoiceDetails, "description": "It was issued already; nothing was changed."}},
    )
    async def issue_invoice(
        body: models.IssueInvoice,
        principal: CurrentPrincipal,
        response: Response,
        idempotency_key: IdempotencyKey = None,
    ) -> models.InvoiceDetails:
        key = ("invoice", "key", principal.kind, principal.id, idempotency_key)
        invoice_id = deterministic_id(*key) if idempotency_key else uuid7()
        response.status_code = 201 if await desk.issue(invoice_id, body, principal, datetime.now(UTC)) else 200
        return await details(store, invoice_id, principal, response)

    @router.get("", dependencies=READS, summary="List invoices, newest first")
    async def list_invoices(
        principal: CurrentPrincipal,
        state: models.InvoiceState | None = None,
        deal_id: UUID | None = None,
        customer_id: OfCustomer = None,
        kind: InvoiceKind | None = None,
        number: Text = None,
        manager_id: Annotated[str | None, Query(max_length=100, description="Who answers for the deal.")] = None,
        direction: Text = None,
        due_from: Day | None = None,
        due_to: Day | None = None,
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> models.InvoicePage:
        cards = None
        if customer_id is not None:
            async with pool.acquire() as connection:
                cards = (await members_of(connection, [customer_id]))[customer_id]
        rows = await pool.fetch(
            sql("invoices_list"), state, deal_id, cards, kind, number.strip().upper() if number else None, manager_id,
            direction, due_from, due_to, directions_of(principal), *read_cursor(cursor), limit + 1,
        )  # fmt: skip
        shown = rows[:limit]
        following = write_cursor(shown[-1]["issued_at"], shown[-1]["invoice_id"]) if len(rows) > limit else None
        return models.InvoicePage(invoices=[card(row) for row in shown], next=following)

    @router.get("/{invoice_id}", dependencies=READS, summary="Read an invoice with its lines and payments")
    async def read_invoice(invoice_id: UUID, principal: CurrentPrincipal, response: Response) -> models.InvoiceDetails:
        return await details(store, invoice_id, principal, response)

    @router.post("/{invoice_id}/cancel", dependencies=WRITES, summary="Cancel an invoice; what was paid becomes free")
    async def cancel_invoice(
        invoice_id: UUID,
        body: models.CancelInvoice,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> models.InvoiceDetails:
        await seen(pool, invoice_id, principal)
        cause = cause_of_call(principal)
        await desk.commands.cancel(invoice_id, body.reason, cause, datetime.now(UTC), expected_version(if_match))
        return await details(store, invoice_id, principal, response)

    return router


def series_routes(pool: asyncpg.Pool) -> APIRouter:
    """``/invoice-series``."""
    router = APIRouter(prefix="/invoice-series", tags=["Invoices"])

    @router.get("", dependencies=READS, summary="List the series of invoice numbers")
    async def list_series() -> list[models.Series]:
        return [models.Series(**row) for row in await pool.fetch(sql("series_list"))]

    @router.put("/{code}", dependencies=WRITES, summary="Set up a series of invoice numbers")
    async def set_series(
        code: Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,39}$")], body: models.SetSeries
    ) -> models.Series:
        if body.prefix == "D-":
            raise Conflict("Deals have these numbers.", hint="rule: prefix_taken")
        try:
            row = await pool.fetchrow(sql("series_save"), code, body.prefix)
        except asyncpg.UniqueViolationError:
            raise Conflict("Another series has this prefix.", hint="rule: prefix_taken") from None
        if row is None:
            raise Conflict("The series has drawn numbers; its prefix stays.", hint="rule: series_in_use")
        return models.Series(**row)

    return router
