"""How an action says that a manager is to be chosen, instead of naming one."""

from __future__ import annotations

from typing import Annotated, Self

from events.contracts.automation import ManagerChoice, Measure, Strategy
from pydantic import Field, StringConstraints, model_validator

from automation.parts import Part

Word = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class Choose(Part):
    """One of ``managers``, of ``teams`` or ``departments`` (none named: of all), who is there and works in the line of
    business: ``least_busy`` by open tasks and weights, ``round_robin`` whose turn it is, or ``best``.

    The best are the ``top`` by deals of the last ``days`` (deals won, their share of those closed, or the amount won in
    one currency), of those who closed ``at_least`` so many; of them the least busy.
    """

    by: Strategy
    managers: tuple[Word, ...] = Field((), max_length=200)
    teams: tuple[Word, ...] = Field((), max_length=50)
    departments: tuple[Word, ...] = Field((), max_length=50)
    measure: Measure = "won_deals"
    currency: str | None = Field(None, pattern=r"^[A-Z]{3}$", examples=["RUB"])
    days: int = Field(365, ge=1, le=3_650)
    at_least: int = Field(5, ge=1, le=10_000)
    top: int = Field(3, ge=1, le=100)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.measure == "won_amount" and self.currency is None:
            raise ValueError("amounts of which currency are compared? name it: currency")
        return self

    def asked(self) -> ManagerChoice:
        """As events tell it."""
        return ManagerChoice.model_validate(self.model_dump())
