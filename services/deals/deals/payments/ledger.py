"""Payments and invoices of one transaction, locked: commands are decided on them, and what came of it is written.

Whoever moves money takes the locks in this order, so nobody waits in a circle: payments by id, invoices by id, the lock
of changes, the shards of the log. What an invoice still needs is counted along while a batch is decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from events import tasks
from events.contracts.deals import PaymentAllocated, PaymentDeallocated, PaymentRefunded
from events.event import Event
from events.store import Append, Cause, Connection, deterministic_id, recorded

from deals.payments import rows
from deals.payments.domain import PAYMENT
from deals.payments.orders import Claim, Command
from deals.payments.rows import sql
from deals.payments.states import NoPayment, Payment, State

FALL_DUE = "invoice.fall-due"
"""The kind of the task that looks whether an invoice is overdue; its payload is ``{"invoice_id": …}``."""


@dataclass
class Entry:
    """A payment while a transaction works on it: the state so far, and what is new."""

    state: State = field(default_factory=NoPayment)
    version: int = 0
    received_at: datetime | None = None
    last_at: datetime | None = None
    why: str | None = None
    events: list[Event] = field(default_factory=list)
    stamps: list[tuple[Cause, datetime]] = field(default_factory=list)


class Ledger:
    """Made by :meth:`opened`, inside a transaction."""

    def __init__(
        self, connection: Connection, payments: dict[UUID, Entry], claims: dict[UUID, tuple[Claim, date]]
    ) -> None:
        self._connection = connection
        self._payments = payments
        self._claims = claims
        self._moved: set[UUID] = set()
        self._due_again: dict[UUID, tuple[Cause, datetime]] = {}

    @classmethod
    async def opened(
        cls,
        connection: Connection,
        service: str,
        payment_ids: Iterable[UUID],
        invoice_ids: Iterable[UUID] = (),
        deal_ids: Iterable[UUID] = (),
    ) -> Ledger:
        """Locks and reads these payments, these invoices and those the payments pay, and what these deals still owe."""
        ids = sorted(set(payment_ids))
        await connection.execute(sql("payments_lock"), ids)
        payments = {payment_id: Entry() for payment_id in ids}
        for row in await connection.fetch(sql("payments_load"), ids):
            entry, event = payments[row["stream_id"]], recorded(service, row)
            entry.state = PAYMENT.evolve(entry.state, event.event)
            entry.version, entry.last_at = event.version, event.occurred_at
            entry.received_at = entry.received_at or event.occurred_at
        paid = {one for entry in payments.values() if isinstance(entry.state, Payment) for one in entry.state.shares}
        found = await connection.fetch(sql("claims_lock"), sorted(paid | set(invoice_ids)), sorted(set(deal_ids)))
        claims = {row["invoice_id"]: (Claim(*list(row.values())[:7]), row["due_on"]) for row in found}
        return cls(connection, payments, claims)

    def payment(self, payment_id: UUID) -> Entry:
        """The payment as it now stands here."""
        return self._payments[payment_id]

    def claim(self, invoice_id: UUID) -> Claim | None:
        """The invoice as it now stands here; None if there is none."""
        found = self._claims.get(invoice_id)
        return found[0] if found else None

    def owed(self, deal_id: UUID) -> tuple[Claim, ...]:
        """What a deal still owes, oldest due first."""
        open_ = [one for one in self._claims.values() if one[0].deal_id == deal_id and one[0].due > 0]
        return tuple(claim for claim, _ in sorted(open_, key=lambda one: (one[1], one[0].number)))

    def run(self, payment_id: UUID, command: Command, cause: Cause, at: datetime) -> Sequence[Event]:
        """Decides; what it comes to counts for the next command. Raises :class:`events.decider.Rejected`."""
        entry = self._payments[payment_id]
        events = PAYMENT.decide(command, entry.state)
        moment = max(at, entry.last_at or at)
        for event in events:
            entry.state = PAYMENT.evolve(entry.state, event)
            entry.events.append(event)
            entry.stamps.append((cause, moment))
            self._count(event, cause, moment)
        if events:
            entry.last_at, entry.received_at = moment, entry.received_at or moment
        return events

    async def save(self) -> list[Append]:
        """Writes the tables; returns what is to be appended, as the last statement of the transaction."""
        changed = {id_: entry for id_, entry in self._payments.items() if entry.events}
        if not changed:
            return []
        await self._connection.execute(rows.LOCK_CHANGES)
        states = [entry.state for entry in changed.values() if isinstance(entry.state, Payment)]
        saved = [
            rows.row_of(entry.state, entry.version + len(entry.events), entry.received_at, entry.why)
            for entry in changed.values()
            if isinstance(entry.state, Payment) and entry.received_at is not None
        ]
        await rows.save_payments(self._connection, saved)
        await rows.save_allocations(self._connection, states)
        await rows.save_refunds(
            self._connection,
            [
                (event.payment_id, event.refund_id, event.refunded.amount, event.refunded.currency, at)
                for entry in changed.values()
                for event, (_, at) in zip(entry.events, entry.stamps, strict=True)
                if isinstance(event, PaymentRefunded)
            ],
        )
        if self._moved:
            await self._connection.execute(sql("invoices_recount"), sorted(self._moved))
        await tasks.add(self._connection, [self._look_again(*one) for one in self._due_again.items()])
        return [
            Append(id_, entry.version, entry.events, *entry.stamps[0], stamps=entry.stamps)
            for id_, entry in changed.items()
        ]

    def _count(self, event: Event, cause: Cause, at: datetime) -> None:
        match event:
            case PaymentAllocated():
                self._move(event.invoice_id, -event.amount.amount)
            case PaymentDeallocated():
                self._move(event.invoice_id, event.amount.amount)
                self._due_again[event.invoice_id] = (cause, at)
            case PaymentRefunded():
                for share in event.shares:
                    self._move(share.invoice_id, share.amount.amount)
                    self._due_again[share.invoice_id] = (cause, at)

    def _move(self, invoice_id: UUID, more_due: Decimal) -> None:
        claim, due_on = self._claims[invoice_id]
        self._claims[invoice_id] = (replace(claim, due=claim.due + more_due), due_on)
        self._moved.add(invoice_id)

    def _look_again(self, invoice_id: UUID, told: tuple[Cause, datetime]) -> tasks.NewTask:
        """An invoice that was paid in time may be overdue once it is due again."""
        cause, at = told
        task_id = deterministic_id("invoice", invoice_id, "due-again", cause.causation_id or cause.correlation_id, at)
        return tasks.NewTask(task_id, FALL_DUE, {"invoice_id": str(invoice_id)}, at, cause)
