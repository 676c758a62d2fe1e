"""What a payment's reference names: invoices and deals, by their numbers anywhere in the text."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from events.store import Connection

from deals.payments.orders import Payee
from deals.payments.rows import sql

MOST_NUMBERS = 40
MOST_TEXT = 255
SEVERAL = "its reference names several deals"
_NUMBER = re.compile(r"\w+(?:[-/]\w+)*")
_PERSONAL = re.compile(r"\d{10}")


@dataclass(frozen=True, slots=True)
class Numbered:
    """An invoice or, without ``invoice_id``, a deal."""

    number: str
    invoice_id: UUID | None
    deal_id: UUID
    customer_id: UUID
    currency: str
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Named:
    """Whose the payment of a reference is, with the invoices it names, oldest due first; or why it is nobody's."""

    payee: Payee | None = None
    invoice_ids: tuple[UUID, ...] = ()
    why: str | None = None


class Names:
    """What the references of a batch name."""

    def __init__(self, known: Mapping[str, Numbered]) -> None:
        self._known = known

    @classmethod
    async def looked_up(cls, connection: Connection, references: Iterable[str]) -> Names:
        """Looks all references up with one statement."""
        numbers = sorted({number for reference in references for number in numbers_in(reference)})
        rows = await connection.fetch(sql("named"), numbers) if numbers else []
        return cls({row["number"]: Numbered(*row.values()) for row in rows})

    @property
    def invoice_ids(self) -> Collection[UUID]:
        """All invoices that are named."""
        return {one.invoice_id for one in self._known.values() if one.invoice_id is not None}

    @property
    def deal_ids(self) -> Collection[UUID]:
        """All deals that are named themselves."""
        return {one.deal_id for one in self._known.values() if one.invoice_id is None}

    def of(self, reference: str) -> Named:
        """What one reference names. Invoices go before deals; those of several customers leave it to a person."""
        found = [self._known[number] for number in numbers_in(reference) if number in self._known]
        invoices = sorted(
            {one for one in found if one.invoice_id is not None}, key=lambda one: (str(one.due_on), one.number)
        )
        deals = {one for one in found if one.invoice_id is None}
        if len({one.customer_id for one in found}) > 1 or (not invoices and len(deals) > 1):
            return Named(why=SEVERAL)
        if invoices:
            first = invoices[0]
            payee = Payee(first.deal_id, first.customer_id, first.number, first.currency, "invoice")
            return Named(payee, tuple(one.invoice_id for one in invoices if one.invoice_id is not None))
        return next((Named(Payee(one.deal_id, one.customer_id, one.number, one.currency)) for one in deals), Named())


def numbers_in(reference: str) -> list[str]:
    """Everything in a reference that may be a number, in the form in which numbers are kept."""
    text = reference.strip().upper()
    return list(dict.fromkeys((text, *_NUMBER.findall(text))))[:MOST_NUMBERS]


def kept(text: str) -> str:
    """What is kept of a text that a person wrote, such as the purpose of a transfer: what may be a number of ours.

    Words go, because names are among them, and so does whatever has ten digits in a row: phones, accounts, taxpayers.
    """
    parts = (part for part in _NUMBER.findall(text) if any(c.isdigit() for c in part))
    return " ".join(part for part in parts if not _PERSONAL.search(part))[:MOST_TEXT]
