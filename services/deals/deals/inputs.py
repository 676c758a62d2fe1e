"""What bodies of requests have in common: texts, names, amounts, business time."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from events.contracts.deals import Money
from events.inputs import Input
from pydantic import AwareDatetime, Field, StringConstraints

from deals.money import money

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
BusinessTime = Annotated[
    AwareDatetime | None,
    Field(description="When it happened, for imports of history (needs `leads:import`); empty: now."),
]


class Amount(Input):
    """Money in major units."""

    amount: Decimal = Field(ge=0, max_digits=18, decimal_places=4, examples=["45000.00"])
    currency: str = Field(pattern=r"^[A-Z]{3}$", examples=["RUB"])

    def money(self) -> Money:
        """As the contracts have it."""
        return money(self.amount, self.currency)
