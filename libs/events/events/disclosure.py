"""What of persons a request is shown: nothing to who may not see it, and told to the audit of who may.

Every sealed text is opened at one place (`privacy.CustomerKey`), so the answer to "whose data was this caller shown" is
the list of keys that opened something while his request was answered. Outside of a request nothing is noted.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

SHOWING: Final = frozenset(("customers:read", "customers:export", "documents:read", "keyring:read"))
"""Permissions whose routes show personal data: names and contacts, what is handed over, contracts, keys."""
MOST_NAMED: Final = 1_000


@dataclass(slots=True)
class Disclosure:
    """What one request opens. `is_allowed`: may the caller see it? `rows`: of a file, told by its route."""

    is_allowed: bool
    customers: dict[bytes, None] = field(default_factory=dict)
    rows: int | None = None

    def opens(self, customer: bytes) -> bool:
        """May data of this customer (16 bytes of its id) be opened? Then it is noted."""
        if self.is_allowed:
            self.customers[customer] = None
        return self.is_allowed

    @property
    def named(self) -> list[UUID]:
        """The customers, the first thousand."""
        return [UUID(bytes=one) for one in list(self.customers)[:MOST_NAMED]]


current: ContextVar[Disclosure | None] = ContextVar("disclosure", default=None)


def is_withheld() -> bool:
    """Does the caller of this request not see personal data?"""
    disclosure = current.get()
    return disclosure is not None and not disclosure.is_allowed


def tell(*customers: UUID, rows: int | None = None) -> None:
    """Notes what no key opened here: keys that are handed out, the rows of a file."""
    disclosure = current.get()
    if disclosure is not None:
        disclosure.customers |= dict.fromkeys(one.bytes for one in customers)
        disclosure.rows = rows if rows is not None else disclosure.rows
