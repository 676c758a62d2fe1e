"""The tables of payments, written in the transaction that appends: payments, which invoice they pay, refunds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from uuid import UUID

from events.sqlfile import sql as _sql
from events.store import Connection

from deals.payments.states import Payment

sql = partial(_sql, directory=Path(__file__).parent / "sql")

LOCK_CHANGES = "SELECT pg_advisory_xact_lock(7031, 0)"
"""Held until commit by whoever draws from ``money_changes``."""


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A row of ``payments``, in the order of its columns."""

    payment_id: UUID
    version: int
    provider: str
    provider_payment_id: str
    reference: str
    amount: Decimal
    currency: str
    is_test: bool
    received_at: datetime
    deal_id: UUID | None
    customer_id: UUID | None
    why: str | None
    allocated: Decimal
    refunded: Decimal


def row_of(payment: Payment, version: int, received_at: datetime, why: str | None) -> PaymentRow:
    """A payment as the table has it."""
    return PaymentRow(
        payment.payment_id,
        version,
        payment.provider,
        payment.provider_payment_id,
        payment.reference,
        payment.received.amount,
        payment.received.currency,
        payment.is_test,
        received_at,
        payment.deal_id,
        payment.customer_id,
        why,
        payment.allocated,
        payment.refunded,
    )


async def save_payments(connection: Connection, rows: Sequence[PaymentRow]) -> None:
    """Writes payments."""
    await _save(connection, "payments_save", [astuple(row) for row in rows])


async def save_allocations(connection: Connection, payments: Sequence[Payment]) -> None:
    """Writes what of these payments stands on invoices."""
    rows = [
        (payment.payment_id, invoice_id, share.allocated, share.refunded)
        for payment in payments
        for invoice_id, share in payment.shares.items()
    ]
    await _save(connection, "allocations_save", rows)


async def save_refunds(connection: Connection, rows: Sequence[tuple[UUID, str, Decimal, str, datetime]]) -> None:
    """Writes refunds: payment, refund, amount, currency, when."""
    await _save(connection, "refunds_save", rows)


async def _save(connection: Connection, name: str, rows: Sequence[tuple[object, ...]]) -> None:
    if rows:
        await connection.execute(sql(name), *map(list, zip(*rows, strict=True)))
