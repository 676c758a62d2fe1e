"""Sequences as the API takes and shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from events.contracts.automation import EntryRefusal, LeaveReason, SequenceState
from events.inputs import Input
from pydantic import BaseModel, Field

from automation.lists.asking import ListReading
from automation.parts import Slug
from automation.sequences.sequence import Definition

EnrolmentState = Literal["inside", "paused", "left"]


class SequenceCard(BaseModel):
    """A sequence as it is now: its newest version."""

    id: Slug
    state: Literal["draft"] | SequenceState = Field(
        description="`draft`: never opened. `open`: customers may enter. `closed`: nobody enters, who is inside goes "
        "on. `halted`: nobody enters and nobody goes on."
    )
    version: int = Field(description="The newest version, which `definition` shows.")
    entered_version: int | None = Field(description="The version that customers enter; who is inside keeps his own.")
    revision: int = Field(description="For `If-Match`.")
    named_by: list[str] = Field(
        description="Rules that are switched on and name it: while it is not open, what they ask is refused."
    )
    faults: list[str] = Field(
        description="What is wrong with it as things are now, such as a branch's condition that an earlier release "
        "took and that could cost too much: it is not evaluated, and its customers go on with `otherwise`."
    )
    definition: Definition


class SequenceList(BaseModel):
    """Sequences by name; there are 500 at most."""

    sequences: list[SequenceCard]


class StepProgress(BaseModel):
    """How many are on their way to a step; `step` is null of those who have just entered."""

    step: str | None
    inside: int
    paused: int


class Progress(BaseModel):
    """How far the customers of a sequence are."""

    inside: int
    paused: int
    left: dict[LeaveReason, int] = Field(description="How many left for which reason, by their last round.")
    messages: int = Field(description="Messages requested in the rounds that are counted here.")
    steps: list[StepProgress]


class Enrolment(BaseModel):
    """A customer's way through a sequence; of the last round."""

    enrolment_id: UUID
    sequence: str
    customer_id: UUID
    version: int
    round: int
    state: EnrolmentState
    step: str | None = Field(description="The step that comes next; null before the first and after the last.")
    until: datetime | None = Field(description="Not before then.")
    messages: int
    entered_at: datetime
    left_at: datetime | None
    reason: LeaveReason | None


class EnrolmentPage(BaseModel):
    """A page of ways, oldest entering first."""

    enrolments: list[Enrolment]
    next: str | None = Field(None, description="Cursor of the next page.")


class Entering(Input):
    """Customers to be led in."""

    customer_ids: list[UUID] = Field(min_length=1, max_length=1_000)


class Entered(BaseModel):
    """What became of one customer."""

    customer_id: UUID
    outcome: Literal["entered", "refused"]
    reason: str | None = Field(None, examples=["inside_already", "was_inside"])


class Enterings(BaseModel):
    """What became of each, in the order of the request."""

    customers: list[Entered]


class NamedList(Input):
    """A list of the leads service, whose customers are to be led in as they are on it now."""

    list_id: UUID


class LedList(ListReading):
    """A list whose customers were led in, and what came of them; who is in neither count is still on the way."""

    entered: int
    refused: dict[EntryRefusal, int]


class LedLists(BaseModel):
    """Lists that were led in, newest first; 100 at most."""

    lists: list[LedList]


class Switching(Input):
    """The state wanted."""

    state: SequenceState


class Way(BaseModel):
    """A way after a command."""

    enrolment_id: UUID
    state: EnrolmentState
