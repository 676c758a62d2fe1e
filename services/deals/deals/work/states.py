"""What the work on a won deal is: its stages, what was asked to be changed, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal
from uuid import UUID

from events.contracts.deals.work import WorkStage

StageStatus = Literal["planned", "started", "finished", "skipped"]
WorkState = Literal["open", "accepted", "completed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Stage:
    """``reported_due`` is the planned date for which it was said that the stage is late."""

    plan: WorkStage
    status: StageStatus = "planned"
    started_on: date | None = None
    finished_on: date | None = None
    reported_due: date | None = None

    @property
    def is_to_do(self) -> bool:
        """Whether it still counts against its date."""
        return self.status in ("planned", "started")

    @property
    def is_overdue(self) -> bool:
        """Whether it is late by the plan as it now is."""
        return self.is_to_do and self.reported_due is not None and self.reported_due == self.plan.due_on


@dataclass(frozen=True, slots=True)
class Work:
    """What is known of work in every state; ``edits`` are those asked for, and whether they are made."""

    work_id: UUID
    deal_id: UUID
    customer_id: UUID
    direction: str | None
    manager_id: str | None
    template: str | None
    guarantee_days: int | None
    stages: dict[str, Stage]
    edits: dict[UUID, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NoWork:
    """Nothing was planned."""


@dataclass(frozen=True, slots=True)
class Open:
    """Is done."""

    work: Work


@dataclass(frozen=True, slots=True)
class Accepted:
    """The customer took it over."""

    work: Work
    accepted_on: date


@dataclass(frozen=True, slots=True)
class Completed:
    """Nothing is left but the guarantee."""

    work: Work
    accepted_on: date
    completed_on: date
    guarantee_until: date | None
    guarantee_ended: bool = False


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Will not be done."""

    work: Work


State = NoWork | Open | Accepted | Completed | Cancelled

NAMES: dict[type, WorkState] = {Open: "open", Accepted: "accepted", Completed: "completed", Cancelled: "cancelled"}
