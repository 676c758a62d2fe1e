"""Work after the sale: its stages with dates and responsible, edits, acceptance, completion, guarantee."""

from __future__ import annotations

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from events.contracts.deals.money import Money
from events.event import Event
from events.sealed import Sealed


class TemplateStage(BaseModel):
    """A stage that work begins with: days count from the day on which the work is opened.

    ``responsible_id`` None: the deal's manager where the role is ``manager`` or none, else nobody yet.
    """

    model_config = ConfigDict(frozen=True)

    code: str
    title_ru: str
    title_en: str
    role: str | None = None
    responsible_id: str | None = None
    starts_after_days: int = 0
    due_after_days: int | None = None


class WorkStage(BaseModel):
    """A stage of a deal's work as it is planned; ``due_on`` is the last day on which it is in time."""

    model_config = ConfigDict(frozen=True)

    code: str
    title: str
    role: str | None = None
    responsible_id: str | None = None
    starts_on: date | None = None
    due_on: date | None = None


class WorkTemplateSaved(Event):
    """A template of work is like this from now on, whole; work that was opened by it stays as it is.

    Where ``opens_when_won`` is set, a won deal of these pipelines, types and lines of business (none named: of all)
    gets its work by itself.
    """

    type: ClassVar[str] = "work_template.saved.v1"

    code: str
    title_ru: str
    title_en: str
    stages: tuple[TemplateStage, ...]
    guarantee_days: int | None = None
    opens_when_won: bool = False
    pipelines: tuple[str, ...] = ()
    deal_types: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()


class WorkOpened(Event):
    """Work on a won deal began to be planned. ``guarantee_days`` count from completion."""

    type: ClassVar[str] = "work.opened.v1"

    work_id: UUID
    deal_id: UUID
    customer_id: UUID
    direction: str | None = None
    manager_id: str | None = None
    template: str | None = None
    template_version: int | None = None
    guarantee_days: int | None = None
    stages: tuple[WorkStage, ...]


class WorkStagePlanned(Event):
    """A stage was added to the work, or has another plan from now on."""

    type: ClassVar[str] = "work.stage-planned.v1"

    work_id: UUID
    deal_id: UUID
    customer_id: UUID
    stage: WorkStage


class WorkStageStarted(Event):
    """Somebody began with a stage; one that was finished or left out is worked on again."""

    type: ClassVar[str] = "work.stage-started.v1"

    work_id: UUID
    deal_id: UUID
    customer_id: UUID
    stage: str
    started_on: date


class WorkStageFinished(Event):
    """A stage is done."""

    type: ClassVar[str] = "work.stage-finished.v1"

    work_id: UUID
    deal_id: UUID
    customer_id: UUID
    stage: str
    finished_on: date


class WorkStageSkipped(Event):
    """A stage is left out."""

    type: ClassVar[str] = "work.stage-skipped.v1"

    work_id: UUID
    deal_id: UUID
    customer_id: UUID
    stage: str
    reason: Sealed[str]


class WorkStageOverdue(Event):
    """The last day of a stage passed and it is not done; told once for each date that was planned."""

    type: ClassVar[str] = "work.stage-overdue.v1"

    work_id: UUID
    deal_id: UUID
    customer_id: UUID
    stage: str
    due_on: date
    responsible_id: str | None = None


class WorkEditsRequested(Event):
    """The customer asks for something to be changed, in a stage or as a whole."""

    type: ClassVar[str] = "work.edits-requested.v1"

    work_id: UUID
    deal_id: UUID
    customer_id: UUID
    edit_id: UUID
    requested_on: date
    text: Sealed[str]
    stage: str | None = None


class WorkEditsMade(Event):
    """What the customer asked to be changed is changed."""

    type: ClassVar[str] = "work.edits-made.v1"

    work_id: UUID
    deal_id: UUID
    customer_id: UUID
    edit_id: UUID
    made_on: date


class WorkAccepted(Event):
    """The customer took the work over: who did, when, and what he remarked."""

    type: ClassVar[str] = "work.accepted.v1"

    work_id: UUID
    deal_id: UUID
    customer_id: UUID
    accepted_on: date
    accepted_by: Sealed[str]
    remarks: Sealed[str] | None = None


class WorkCompleted(Event):
    """Nothing is left to do but for the guarantee, whose last day is ``guarantee_until``.

    ``unpaid`` is what the customer still owed for the deal; then, or without closing documents, ``because`` says why.
    """

    type: ClassVar[str] = "work.completed.v1"

    work_id: UUID
    deal_id: UUID
    customer_id: UUID
    completed_on: date
    document_ids: tuple[UUID, ...] = ()
    guarantee_until: date | None = None
    unpaid: Money | None = None
    because: Sealed[str] | None = None


class WorkGuaranteeEnded(Event):
    """The last day of the guarantee passed; told once."""

    type: ClassVar[str] = "work.guarantee-ended.v1"

    work_id: UUID
    deal_id: UUID
    customer_id: UUID
    guarantee_until: date


class WorkCancelled(Event):
    """The work will not be done."""

    type: ClassVar[str] = "work.cancelled.v1"

    work_id: UUID
    deal_id: UUID
    customer_id: UUID
    reason: Sealed[str]
