"""The table of invoices and the series of their numbers, written in the transaction that appends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from events import tasks
from events.contracts.deals import InvoiceIssued
from events.decider import Rejected
from events.sqlfile import sql as _sql
from events.store import Append, Cause, Connection, deterministic_id

from deals.payments.ledger import FALL_DUE
from deals.payments.rows import LOCK_CHANGES

sql = partial(_sql, directory=Path(__file__).parent / "sql")


async def draw_numbers(connection: Connection, series: str, count: int) -> list[str]:
    """The next numbers of a series, without gaps: its row is locked until commit. Refuses with ``unknown_series``."""
    row = await connection.fetchrow(sql("series_draw"), series, count)
    if row is None:
        raise Rejected("unknown_series", f"There is no series of numbers {series}.")
    return [f"{row['prefix']}{n:06d}" for n in range(row["last"] - count + 1, row["last"] + 1)]


async def save_issued(
    connection: Connection, issued: Sequence[tuple[InvoiceIssued, Cause, datetime]], zone: ZoneInfo
) -> None:
    """Writes new invoices, and for each the task that looks at it when its day has passed."""
    if not issued:
        return
    await connection.execute(LOCK_CHANGES)
    columns = [
        (
            event.invoice_id,
            event.number,
            event.deal_id,
            event.customer_id,
            event.kind,
            event.total.amount,
            event.total.currency,
            at,
            event.due_on,
            event.external_system,
            event.external_id,
        )
        for event, _, at in issued
    ]
    await connection.execute(sql("invoices_insert"), *map(list, zip(*columns, strict=True)))
    await tasks.add(connection, [_when_due(event, cause, zone) for event, cause, _ in issued])


async def save_decision(connection: Connection, invoice_id: UUID, decision: Append) -> None:
    """Writes that an invoice was cancelled or is overdue."""
    await connection.execute(LOCK_CHANGES)
    version = decision.expected_version + len(decision.events)
    name = {"invoice.cancelled.v1": "cancelled", "invoice.overdue.v1": "overdue"}[decision.events[-1].type]
    await connection.execute(sql("invoice_decided"), invoice_id, version, name, decision.occurred_at)


def _when_due(event: InvoiceIssued, cause: Cause, zone: ZoneInfo) -> tasks.NewTask:
    """The day ends where the business is."""
    ends = datetime.combine(event.due_on + timedelta(days=1), time(), zone).astimezone(UTC)
    task_id = deterministic_id("invoice", event.invoice_id, "fall-due")
    return tasks.NewTask(task_id, FALL_DUE, {"invoice_id": str(event.invoice_id)}, ends, cause)
