"""What the system has promised: all that was answered with a 2xx, by the ids that the services must know it by."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID


@dataclass
class Ledger:
    """One for each running system: what one scenario was promised must hold after the next one too."""

    touches: dict[UUID, str] = field(default_factory=dict)  # touch id -> the channel it was accepted by
    qualified: set[UUID] = field(default_factory=set)  # leads
    won: set[UUID] = field(default_factory=set)  # deals
    payments: dict[UUID, Decimal] = field(default_factory=dict)  # payment id -> amount in RUB
    customers: int = 0  # how many have come so far; each is another person
    requests: int = 0
    failures: Counter[str] = field(default_factory=Counter)  # requests that had to be sent again, by what came instead
    repeated_letters: int = 0  # of all scenarios so far

    def next_customer(self) -> int:
        """A number that no other customer of this system has."""
        self.customers += 1
        return self.customers
