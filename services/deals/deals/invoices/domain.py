"""An invoice's rules: issued once, cancelled, overdue once. Each invoice is a stream.

What was paid of it stands in the streams of its payments; what is still due comes in with the command, read under the
invoice's lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from events.contracts.cause import Cause
from events.contracts.deals import (
    CancelReason,
    InvoiceCancelled,
    InvoiceIssued,
    InvoiceKind,
    InvoiceOverdue,
    Line,
    Money,
)
from events.decider import Decider, Rejected
from events.event import Event

from deals.money import money


@dataclass(frozen=True, slots=True)
class NoInvoice:
    """Nothing was issued."""


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice; ``told_overdue`` once its day has passed unpaid."""

    invoice_id: UUID
    number: str
    deal_id: UUID
    customer_id: UUID
    kind: InvoiceKind
    lines: tuple[Line, ...]
    total: Money
    due_on: date
    cancelled: bool = False
    told_overdue: bool = False


State = NoInvoice | Invoice


@dataclass(frozen=True, slots=True)
class Issue:
    """``total`` is what the lines come to."""

    invoice_id: UUID
    number: str
    deal_id: UUID
    customer_id: UUID
    kind: InvoiceKind
    lines: tuple[Line, ...]
    total: Money
    due_on: date
    external_system: str | None = None
    external_id: str | None = None
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class Cancel:
    reason: CancelReason


@dataclass(frozen=True, slots=True)
class FallDue:
    """``today`` in the business time zone; ``due`` is what is not paid."""

    today: date
    due: Decimal


Command = Issue | Cancel | FallDue


def decide(command: Command, state: State) -> Sequence[Event]:
    """The events of a command; nothing for a repeat. Raises :class:`events.decider.Rejected`."""
    match command, state:
        case Issue(), NoInvoice():
            if command.total.amount <= 0:
                raise Rejected("nothing_to_pay", "The lines come to nothing: there is nothing to ask for.")
            return (InvoiceIssued(**{name: getattr(command, name) for name in Issue.__dataclass_fields__}),)
        case Issue(), Invoice():
            return ()
        case _, NoInvoice():
            raise Rejected("no_invoice", "There is no such invoice.")
        case Cancel(reason=reason), Invoice():
            return () if state.cancelled else (InvoiceCancelled(**_whose(state), reason=reason),)
        case FallDue(), Invoice():
            if state.cancelled or state.told_overdue or command.due <= 0 or command.today <= state.due_on:
                return ()
            due = money(command.due, state.total.currency)
            return (InvoiceOverdue(**_whose(state), due=due, due_on=state.due_on),)
    raise AssertionError("every command meets every state")


def evolve(state: State, event: Event) -> State:
    """The state after an event; total."""
    match event, state:
        case InvoiceIssued(), NoInvoice():
            names = set(Invoice.__dataclass_fields__) - {"cancelled", "told_overdue"}
            return Invoice(**{name: getattr(event, name) for name in names})
        case InvoiceCancelled(), Invoice():
            return replace(state, cancelled=True)
        case InvoiceOverdue(), Invoice():
            return replace(state, told_overdue=True)
    return state


INVOICE: Decider[Command, State] = Decider(NoInvoice(), decide, evolve)


def _whose(state: Invoice) -> dict[str, object]:
    return {name: getattr(state, name) for name in ("invoice_id", "number", "deal_id", "customer_id")}
