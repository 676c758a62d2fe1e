"""What the HTTP API of tasks takes and gives."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from events.contracts.automation import Cause, TaskPriority
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from automation.tasks import domain

State = Literal["open", "completed"]
Login = Annotated[str, Field(min_length=1, max_length=100, examples=["anna"])]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NewTask(_Input):
    """A task made by hand. For a lead and without assignee, it follows whoever is responsible for the lead."""

    kind: domain.TaskKind
    due_at: AwareDatetime
    assignee: Login | None = None
    customer_id: UUID | None = None
    lead_id: UUID | None = None
    deal_id: UUID | None = None
    comment: str | None = Field(
        None, min_length=1, max_length=5_000, description="Kept sealed with the customer's key; needs customer_id."
    )
    priority: TaskPriority = "normal"
    remind_at: AwareDatetime | None = Field(None, description="When its assignee is to be reminded; not after due_at.")


class Completion(_Input):
    """What came of the work."""

    result: domain.TaskResult
    comment: str | None = Field(
        None, min_length=1, max_length=5_000, description="Kept sealed with the customer's key."
    )


class Assignment(_Input):
    """Who is to do the work."""

    assignee: Login


class Rescheduling(_Input):
    """When the work is to be done, and when to remind of it."""

    due_at: AwareDatetime
    remind_at: AwareDatetime | None = Field(None, description="Not after due_at; left out, nobody is reminded.")


class Prioritising(_Input):
    """How urgent it is."""

    priority: TaskPriority


class NewComment(_Input):
    """Words about the work."""

    text: str = Field(min_length=1, max_length=5_000, description="Kept sealed with the customer's key.")


class Moving(_Input):
    """Tasks that go to another person together, of whoever they were."""

    task_ids: list[UUID] = Field(min_length=1, max_length=1_000)
    assignee: Login


class Moved(BaseModel):
    """What became of one task."""

    task_id: UUID
    outcome: Literal["moved", "unchanged", "refused"]
    reason: str | None = Field(None, description="The code of the rule that refused it.")


class Moves(BaseModel):
    """One answer for each task, in the order they were given."""

    tasks: list[Moved]


class Load(BaseModel):
    """What one person has to do; without assignee: what is nobody's yet."""

    assignee: str | None
    open: int
    overdue: int
    due_in_a_day: int
    urgent: int = Field(description="Open ones of high or urgent priority.")


class Loads(BaseModel):
    """Everybody's open work, the most loaded first."""

    loads: list[Load]


class Comment(BaseModel):
    """Words that somebody added."""

    at: datetime
    actor: str
    text: str


class Task(BaseModel):
    """A task as it stands."""

    task_id: UUID
    version: int = Field(description="Send it as If-Match, and a command that came in between is not run over.")
    state: State
    kind: str
    title: str
    due_at: datetime
    assignee: str | None
    follows_responsible: bool = Field(description="The assignee is whoever is responsible for the lead.")
    result: str | None
    customer_id: UUID | None
    lead_id: UUID | None
    deal_id: UUID | None
    cause: Cause | None = Field(description="The rule and the event that made it; empty for a task made by hand.")
    created_at: datetime
    completed_at: datetime | None
    priority: TaskPriority
    remind_at: datetime | None


class TaskDetails(Task):
    """A task with its texts, for those who may see customers' data. `texts` says why they are missing."""

    created_by: str = Field(description="Who made it: he may always see it and work on it.")
    comment: str | None = None
    result_comment: str | None = None
    comments: list[Comment] = []
    texts: Literal["readable", "erased", "unavailable", "not_allowed"] = "readable"


class TaskPage(BaseModel):
    """A page of tasks, by the time they are due; `next` is the cursor of the following page."""

    tasks: list[Task]
    next: str | None = None
