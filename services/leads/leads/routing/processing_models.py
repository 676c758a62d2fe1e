"""What callers say of leads: qualified, given, taken, returned, postponed, reopened; and the board they see."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from events.contracts.leads import Temperature
from pydantic import BaseModel, ConfigDict, Field, model_validator

from leads.routing.models import Frozen, ManagerId, Moment

Comment = Field(None, max_length=10_000, description="Sealed with the customer's key.")
Column = Literal["unsorted", "in_work", "postponed", "call_list", "cold", "warm", "hot"]


class QualifyLead(Frozen):
    """The interest is real."""

    temperature: Temperature
    category: str | None = Field(None, min_length=1, max_length=100, description="From the list, where one is set.")
    comment: str | None = Comment
    answers: dict[str, Any] = Field(
        default_factory=dict, max_length=100, description="To the check-list, by question. Sealed."
    )


class DisqualifyLead(Frozen):
    """There is nothing to sell."""

    reason: str = Field(max_length=100, examples=["spam"], description="From `/disqualification-reasons`.")
    comment: str | None = Comment


class AssignLead(Frozen):
    """Who becomes responsible: a manager, or the one whose turn it is."""

    strategy: Literal["by_hand", "round_robin"] | None = Field(
        None, description="Empty: by_hand if a manager is named."
    )
    manager_id: ManagerId | None = Field(None, description="For `by_hand`.", examples=["anna"])

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if self.strategy is not None and (self.strategy == "by_hand") != (self.manager_id is not None):
            raise ValueError("by_hand needs a manager_id, round_robin takes none")
        return self


class TakeLead(Frozen):
    """A manager begins to work on the lead."""

    manager_id: ManagerId | None = Field(None, description="Empty: the caller. For another it needs leads:assign.")


class ReturnLead(Frozen):
    """Back to the unsorted."""

    reason: str = Field(max_length=100, examples=["not-mine"], description="From `/return-reasons`.")
    comment: str | None = Comment


class PostponeLead(Frozen):
    """Nothing is to be done before."""

    until: Moment
    comment: str | None = Comment


class ReopenLead(Frozen):
    """It was disqualified too soon."""

    comment: str | None = Comment


class Qualification(BaseModel):
    """What the first line found last."""

    temperature: Temperature
    category: str | None
    comment: str | None
    answers: dict[str, Any] | None = Field(description="To the check-list, by question.")
    erased: bool = Field(description="The customer is erased: texts cannot be read.")
    qualified_at: datetime
    qualified_by: str


class BoardLead(BaseModel):
    """A lead on the board."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    lead_id: UUID
    customer_id: UUID
    version: int
    status: str
    direction: str | None
    channel: str
    source: str
    campaign: str | None
    is_returning: bool
    is_test: bool
    captured_at: datetime
    last_touch_at: datetime
    touches: int
    manager_id: str | None
    temperature: Temperature | None
    category: str | None
    taken_at: datetime | None
    postponed_until: datetime | None


class BoardColumn(BaseModel):
    """A column: how many leads stand there, and the newest of them."""

    column: Column
    count: int
    leads: list[BoardLead]
