"""What may be done with work: commands, with everything sealed that is to be sealed. ``today`` is the business day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from events.contracts.deals import Money
from events.contracts.deals.work import WorkStage
from events.sealed import Sealed


@dataclass(frozen=True, slots=True)
class OpenWork:
    work_id: UUID
    deal_id: UUID
    customer_id: UUID
    stages: tuple[WorkStage, ...]
    direction: str | None = None
    manager_id: str | None = None
    template: str | None = None
    template_version: int | None = None
    guarantee_days: int | None = None


@dataclass(frozen=True, slots=True)
class PlanStage:
    """The whole plan of a stage; one of a new code is added."""

    stage: WorkStage


@dataclass(frozen=True, slots=True)
class StartStage:
    stage: str
    started_on: date
    today: date


@dataclass(frozen=True, slots=True)
class FinishStage:
    stage: str
    finished_on: date
    today: date


@dataclass(frozen=True, slots=True)
class SkipStage:
    stage: str
    reason: Sealed[str]


@dataclass(frozen=True, slots=True)
class ReportOverdue:
    """``due_on`` passed; it counts only if it is still the planned date."""

    stage: str
    due_on: date


@dataclass(frozen=True, slots=True)
class RequestEdits:
    edit_id: UUID
    requested_on: date
    today: date
    text: Sealed[str]
    stage: str | None = None


@dataclass(frozen=True, slots=True)
class MakeEdits:
    edit_id: UUID
    made_on: date
    today: date


@dataclass(frozen=True, slots=True)
class Accept:
    accepted_on: date
    today: date
    accepted_by: Sealed[str]
    remarks: Sealed[str] | None = None


@dataclass(frozen=True, slots=True)
class Complete:
    """``guarantee_until`` None: as long as the template says, from completion.

    ``unpaid`` is what the customer still owes for the deal, ``unfit`` are documents named that are none of his or not
    there yet; ``because`` says why it is completed although something is owed or no closing document is named.
    """

    completed_on: date
    today: date
    document_ids: tuple[UUID, ...] = ()
    guarantee_until: date | None = None
    unpaid: Money | None = None
    unfit: tuple[UUID, ...] = ()
    because: Sealed[str] | None = None


@dataclass(frozen=True, slots=True)
class EndGuarantee:
    """``guarantee_until`` passed."""

    guarantee_until: date


@dataclass(frozen=True, slots=True)
class Cancel:
    reason: Sealed[str]


Command = (
    OpenWork
    | PlanStage
    | StartStage
    | FinishStage
    | SkipStage
    | ReportOverdue
    | RequestEdits
    | MakeEdits
    | Accept
    | Complete
    | EndGuarantee
    | Cancel
)
