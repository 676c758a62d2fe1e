"""Commands on invoices: issue, cancel, fall due; each in one transaction under the locks of the ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from events.contracts.deals import CancelReason, InvoiceIssued
from events.decider import Rejected
from events.problems import StaleVersion
from events.store import Append, Cause, Conflict, Connection, Store, append_all, load
from events.tasks import Task

from deals.invoices.domain import INVOICE, Cancel, FallDue, Issue, State
from deals.invoices.rows import draw_numbers, save_decision, save_issued, sql
from deals.payments.desk import committed
from deals.payments.ledger import Ledger
from deals.payments.orders import Deallocate


@dataclass(frozen=True, slots=True)
class Drafted:
    """An invoice to be issued; without ``number`` the next of ``series``."""

    make: Callable[[str], Issue]
    invoice_id: UUID
    cause: Cause
    at: datetime
    number: str | None = None
    series: str = "default"


@dataclass(frozen=True)
class InvoiceCommands:
    """Raises the problem of a rule. ``zone`` is where a day ends; ``now`` the clock of what no person asks for."""

    store: Store
    zone: ZoneInfo
    now: Callable[[], datetime]

    async def issued(self, connection: Connection, drafts: Sequence[Drafted]) -> list[Append]:
        """Issues what was not issued yet, in the caller's transaction; returns what is to be appended last.

        Raises :class:`events.decider.Rejected`: ``unknown_series``, ``number_taken`` and those of the decider.
        """
        ids = [draft.invoice_id for draft in drafts]
        known = {row["invoice_id"] for row in await connection.fetch(sql("invoices_known"), ids)}
        fresh = list({draft.invoice_id: draft for draft in drafts if draft.invoice_id not in known}.values())
        wanted = [draft.series for draft in fresh if draft.number is None]
        drawn = {
            series: iter(await draw_numbers(connection, series, wanted.count(series))) for series in sorted(set(wanted))
        }
        appends, rows = [], []
        for draft in fresh:
            number = draft.number or next(drawn[draft.series])
            events = INVOICE.decide(draft.make(number), INVOICE.initial)
            appends.append(Append(draft.invoice_id, 0, events, draft.cause, draft.at))
            rows += [(event, draft.cause, draft.at) for event in events if isinstance(event, InvoiceIssued)]
        try:
            await save_issued(connection, rows, self.zone)
        except asyncpg.UniqueViolationError as error:
            if error.constraint_name == "invoices_number_key":
                raise Rejected("number_taken", "Another invoice has this number.") from None
            raise Conflict from None  # somebody issued the same invoice at this moment
        return appends

    async def cancel(
        self, invoice_id: UUID, reason: CancelReason, cause: Cause, now: datetime, expected: int | None = None
    ) -> None:
        """Cancels; what was paid of it becomes free. Raises ``StaleVersion`` for another revision than ``expected``."""

        async def work(connection: Connection) -> tuple[None, list[Append]]:
            return None, await self.cancelled(connection, invoice_id, reason, cause, now, expected)

        await committed(self.store, work)

    async def cancelled(
        self,
        connection: Connection,
        invoice_id: UUID,
        reason: CancelReason,
        cause: Cause,
        now: datetime,
        expected: int | None = None,
    ) -> list[Append]:
        """As :meth:`cancel`, in the caller's transaction; returns what is to be appended last."""
        paying = [row["payment_id"] for row in await connection.fetch(sql("payments_of_invoice"), invoice_id)]
        ledger = await Ledger.opened(connection, self.store.service, paying, [invoice_id])
        row = await connection.fetchrow(sql("invoice_revision"), invoice_id)
        if row is not None and expected not in (None, row["revision"]):
            raise StaleVersion(f"The invoice is at version {row['revision']}, not {expected}.")
        still = [row["payment_id"] for row in await connection.fetch(sql("payments_of_invoice"), invoice_id)]
        if not set(still) <= set(paying):
            raise Conflict  # it was paid between the two looks; now that it is locked nobody else can
        state, version = await self._read(connection, invoice_id)
        events = INVOICE.decide(Cancel(reason), state)
        claim = ledger.claim(invoice_id)
        if not events or claim is None:
            return []
        for payment_id in still:
            ledger.run(payment_id, Deallocate(claim, None, "invoice_cancelled"), cause, now)
        freed = await ledger.save()
        decision = Append(invoice_id, version, events, cause, now)
        await save_decision(connection, invoice_id, decision)
        return [*freed, decision]

    async def fall_due(self, task: Task) -> Sequence[Append]:
        """Handles the task of an invoice whose day has passed; commits by itself, and a second run finds it told."""
        invoice_id, now = UUID(task.payload["invoice_id"]), self.now()
        async with self.store.pool.acquire() as connection, connection.transaction():
            due = await connection.fetchval(sql("invoice_lock"), invoice_id)
            state, version = await self._read(connection, invoice_id)
            events = INVOICE.decide(FallDue(now.astimezone(self.zone).date(), due), state)
            decisions = [Append(invoice_id, version, events, task.cause, now)] if events else []
            for decision in decisions:
                await save_decision(connection, invoice_id, decision)
            appended = await append_all(connection, decisions)
        self.store.count(decisions, appended)
        return ()

    async def _read(self, connection: Connection, invoice_id: UUID) -> tuple[State, int]:
        history = await load(connection, self.store.service, invoice_id)
        return INVOICE.fold(entry.event for entry in history), len(history)
