"""Work as the API takes and gives it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from events.contracts.deals.work import TemplateStage, WorkStage
from events.inputs import Day, Input, Whole
from pydantic import BaseModel, Field, model_validator

from deals.inputs import Name, Words
from deals.pipelines.pipeline import Code
from deals.work.states import StageStatus, WorkState

Title = Annotated[str, Field(min_length=1, max_length=200)]
Days = Annotated[Whole, Field(ge=0, le=3650)]
Stages = Annotated[list["NewStage"], Field(min_length=1, max_length=100)]


class NewTemplateStage(Input):
    """A stage of a template; days count from the opening of the work."""

    code: Code = Field(examples=["approval"])
    title_ru: Title = Field(examples=["Согласование макета"])
    title_en: Title = Field(examples=["Approval of the layout"])
    role: Name | None = Field(None, description="Who does it: `manager` is the deal's.", examples=["designer"])
    responsible_id: Name | None = Field(None, description="Always this person.")
    starts_after_days: Days = 0
    due_after_days: Days | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.due_after_days is not None and self.due_after_days < self.starts_after_days:
            raise ValueError("due_after_days lies before starts_after_days")
        return self

    def stage(self) -> TemplateStage:
        """As events tell it."""
        return TemplateStage(**self.model_dump())


class NewTemplate(Input):
    """What work begins with. With `opens_when_won` a won deal gets it by itself; empty lists: of all kinds."""

    title_ru: Title = Field(examples=["Работы по сделке"])
    title_en: Title = Field(examples=["Work of a deal"])
    stages: list[NewTemplateStage] = Field(min_length=1, max_length=100)
    guarantee_days: Days | None = Field(None, description="From completion.")
    opens_when_won: bool = False
    pipelines: list[Code] = Field([], max_length=50)
    deal_types: list[Code] = Field([], max_length=50)
    directions: list[Name] = Field([], max_length=50)

    @model_validator(mode="after")
    def _once(self) -> Self:
        if len({stage.code for stage in self.stages}) < len(self.stages):
            raise ValueError("a stage stands there twice")
        return self


class Template(BaseModel):
    """A template as it is now."""

    code: str
    version: int = Field(description="For `If-Match`.")
    title_ru: str
    title_en: str
    stages: list[TemplateStage]
    guarantee_days: int | None
    opens_when_won: bool
    pipelines: list[str]
    deal_types: list[str]
    directions: list[str]


class StagePlan(Input):
    """The whole plan of a stage; what is left out is cleared."""

    title: Title = Field(examples=["Согласование макета"])
    role: Name | None = None
    responsible_id: Name | None = Field(None, examples=["anna"])
    starts_on: Day | None = None
    due_on: Day | None = Field(None, description="The last day on which it is in time.", examples=["2026-03-31"])

    def stage(self, code: str) -> WorkStage:
        """As events tell it."""
        return WorkStage(code=code, **{name: getattr(self, name) for name in StagePlan.model_fields})


class NewStage(StagePlan):
    """A stage of the work."""

    code: Code = Field(examples=["approval"])


class NewWork(Input):
    """The work of a won deal: by a template, or by stages."""

    template: Code | None = None
    stages: Stages | None = None
    guarantee_days: Days | None = Field(None, description="Without a template.")

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.template is None) == (self.stages is None):
            raise ValueError("give a template or stages")
        return self


class OnDay(Input):
    """When it was."""

    on: Day | None = Field(None, description="Empty: today in the business time zone.")


class Why(Input):
    """Why it is not done. Kept sealed with the customer's key."""

    reason: Words


class NewEdits(OnDay):
    """What the customer wants changed."""

    text: Words = Field(description="Kept sealed with the customer's key.", examples=["Поменять логотип на обложке"])
    stage: Code | None = None


class Acceptance(OnDay):
    """Who took the work over for the customer. Texts are kept sealed with the customer's key."""

    accepted_by: Words = Field(examples=["Пётр Иванов, директор"])
    remarks: Words | None = None


class Completion(OnDay):
    """The end of the work."""

    document_ids: list[UUID] = Field([], max_length=50, description="Closing documents.")
    guarantee_until: Day | None = Field(None, description="Empty: as many days as the template says.")
    because: Words | None = Field(
        None,
        description="Why it is completed though something is owed or no closing document is named. Kept sealed.",
    )


class StageCard(BaseModel):
    """A stage as it stands."""

    code: str
    title: str
    role: str | None
    responsible_id: str | None
    status: StageStatus
    starts_on: date | None
    due_on: date | None
    started_on: date | None
    finished_on: date | None
    is_overdue: bool


class WorkCard(BaseModel):
    """The work on a deal as it stands."""

    work_id: UUID
    version: int = Field(description="For `If-Match`.")
    deal_id: UUID
    customer_id: UUID
    direction: str | None
    manager_id: str | None
    template: str | None
    state: WorkState
    opened_at: datetime
    stages: list[StageCard]
    edits_to_make: int
    accepted_on: date | None
    completed_on: date | None
    guarantee_until: date | None = Field(description="The last day of the guarantee.")
    guarantee_ended: bool


class WorkPage(BaseModel):
    """Work, newest first; `next` is the cursor of the following page."""

    works: list[WorkCard]
    next: str | None = None


class WorkEntry(BaseModel):
    """An event of the work. `facts` is what it says, its texts opened."""

    version: int
    type: str
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    facts: dict[str, Any]


class WorkHistory(BaseModel):
    """All that happened, oldest first. `texts` says why texts are missing."""

    entries: list[WorkEntry]
    texts: Literal["readable", "erased", "unavailable", "not_allowed"]
