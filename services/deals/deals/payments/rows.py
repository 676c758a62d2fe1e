"""The table of payments, written in the transaction that appends: a payment as its stream now stands."""

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

from deals.payments.domain import Payee

sql = partial(_sql, directory=Path(__file__).parent / "sql")


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
    why: str | None


async def save_payments(connection: Connection, rows: Sequence[PaymentRow]) -> None:
    """Writes payments."""
    if rows:
        await connection.execute(sql("payments_save"), *map(list, zip(*map(astuple, rows), strict=True)))


async def payees(connection: Connection, numbers: Sequence[str]) -> dict[str, Payee]:
    """The deals that have these numbers."""
    rows = await connection.fetch(
        "SELECT deal_id, customer_id, number, currency FROM deals WHERE number = ANY($1::text[])", list(numbers)
    )
    return {row["number"]: Payee(*row) for row in rows}
