"""The part of a mapping that says what became of a lead elsewhere, and who answers for it.

state:
  column: Status
  at: {column: Closed, format: "%d.%m.%Y"}       # when; empty: the time of the request
  values:                                        # by the cell, in any case; an empty cell says nothing
    Sold: {becomes: qualified, temperature: hot}
    Nonsense: {becomes: disqualified, reason: spam}
    In work: {becomes: new}
manager: {column: Owner, values: {Anna Petrova: anna, Somebody who left: null}}
"""

from collections.abc import Mapping as Map
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Self

from events.contracts.leads import Temperature
from events.webhooks import Unreadable
from pydantic import BaseModel, ConfigDict, Field, model_validator

from leads.imports.times import OccurredAt


class Verdict(BaseModel):
    """What a value means."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    becomes: Literal["new", "qualified", "disqualified"]
    temperature: Temperature | None = Field(None, description="Of a qualified lead; empty: warm.")
    category: str | None = Field(None, max_length=100)
    reason: str | None = Field(None, max_length=100, description="Of a disqualified lead: one of the list of reasons.")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.becomes == "disqualified") != (self.reason is not None):
            raise ValueError("a disqualified lead has a reason, and no other has one")
        if self.becomes != "qualified" and (self.temperature or self.category):
            raise ValueError("only a qualified lead has a temperature and a category")
        return self


class StateColumn(BaseModel):
    """Where the state stands, and when it came to be so."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str
    values: dict[str, Verdict] = Field(min_length=1)
    at: OccurredAt | None = None


class ManagerColumn(BaseModel):
    """Where the manager stands; null: nobody."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str
    values: dict[str, str | None] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Became:
    """What became of a lead elsewhere; ``verdict`` None: nothing is said of it."""

    verdict: Verdict | None
    manager_id: str | None
    at: datetime

    @property
    def closes(self) -> bool:
        """Whether the lead is closed: the person's next request opens a new one."""
        return self.verdict is not None and self.verdict.becomes == "disqualified"


def became(
    state: StateColumn | None, manager: ManagerColumn | None, row: Map[str, str | None], asked_at: datetime
) -> Became | None:
    """What a row says, by its cells without placeholders; raises ``Unreadable`` for a value without a meaning."""
    verdict = _meaning(state, row) if state else None
    manager_id = _meaning(manager, row) if manager else None
    if manager_id is None and (verdict is None or verdict.becomes == "new"):
        return None
    cell = row.get(state.at.column) if state and state.at else None
    at = state.at.read(cell) if state and state.at and cell else asked_at
    return Became(verdict, manager_id, max(at, asked_at))


def _meaning(where: StateColumn | ManagerColumn, row: Map[str, str | None]) -> Any:
    cell = row.get(where.column)
    if cell is None:
        return None
    meanings = {value.casefold(): meaning for value, meaning in where.values.items()}
    if cell.casefold() not in meanings:
        raise Unreadable(f"column {where.column}: the mapping says nothing of this value")
    return meanings[cell.casefold()]
