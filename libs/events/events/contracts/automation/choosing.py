"""Managers whom automation chooses: how it is asked, and whom it chose, and why."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from events.contracts.cause import Cause
from events.event import Event

Strategy = Literal["best", "least_busy", "round_robin"]
Measure = Literal["won_deals", "won_share", "won_amount"]
ChoiceReason = Literal["best", "least_busy", "round_robin", "has_it_already", "nobody"]
Out = Literal["other_direction", "away", "too_few_deals", "not_among_the_best"]


class ManagerChoice(BaseModel):
    """How a manager is chosen. Empty lists mean everybody; the rest is asked for the best alone."""

    model_config = ConfigDict(frozen=True)

    by: Strategy
    managers: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    measure: Measure = "won_deals"
    currency: str | None = None
    days: int = 365
    at_least: int = 5
    top: int = 3


class Candidate(BaseModel):
    """A manager who was considered: what he has to do, how his deals went, and why he fell out, if he did."""

    model_config = ConfigDict(frozen=True)

    manager_id: str
    open_tasks: int
    place: int | None = None
    won: int | None = None
    lost: int | None = None
    amount: Decimal | None = None
    out: Out | None = None


class ManagerChoiceRequested(Event):
    """Another manager is to be chosen for the lead, if one is named, else for the deal, else for the customer."""

    type: ClassVar[str] = "manager.choice-requested.v1"

    choice_id: UUID
    choice: ManagerChoice
    customer_id: UUID | None = None
    deal_id: UUID | None = None
    lead_id: UUID | None = None
    with_leads: bool = True
    cause: Cause


class ManagerChosen(Event):
    """Whom automation chose, for a task or in answer to a request, among whom, and why; without ``manager_id`` nobody
    could be. What follows from it is a request of its own, or the task's new assignee.
    """

    type: ClassVar[str] = "manager.chosen.v1"

    choice_id: UUID
    manager_id: str | None = None
    reason: ChoiceReason
    candidates: tuple[Candidate, ...] = ()
    task_id: UUID | None = None
    customer_id: UUID | None = None
    deal_id: UUID | None = None
    lead_id: UUID | None = None
    cause: Cause | None = None
