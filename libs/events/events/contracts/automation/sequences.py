"""Sequences: customers are led through steps, such as letters with waits between, until there is a reason to stop."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import JsonValue

from events.contracts.cause import Cause
from events.event import Event

SequenceState = Literal["open", "closed", "halted"]
"""Customers may enter; nobody enters any more, who is inside goes on; nobody enters and nobody goes on."""
LeaveReason = Literal["finished", "replied", "bought", "unsubscribed", "black_listed", "erased", "stopped"]
EntryRefusal = Literal["no_sequence", "not_open", "inside_already", "was_inside"]
"""``was_inside``: the customer may not enter again, or not yet."""
StepOutcome = Literal["sent", "waits", "then", "otherwise"]


class SequenceSaved(Event):
    """A version of a sequence was written. Who is inside goes on by the version he entered."""

    type: ClassVar[str] = "sequence.saved.v1"

    sequence: str
    version: int
    definition: dict[str, JsonValue]


class SequenceSwitched(Event):
    """From now on customers may enter this version, or not; may go on, or not."""

    type: ClassVar[str] = "sequence.switched.v1"

    sequence: str
    version: int
    state: SequenceState


class SequenceEntryRequested(Event):
    """A rule wants the customer in a sequence, or somebody does who led a list in; where that cannot be,
    ``sequence.entry-refused.v1`` says why.
    """

    type: ClassVar[str] = "sequence.entry-requested.v1"

    request_id: UUID
    sequence: str
    customer_id: UUID
    lead_id: UUID | None = None
    deal_id: UUID | None = None
    cause: Cause | None = None


class SequenceEntryRefused(Event):
    """What was asked was not done, and why; it stands in the stream of the request."""

    type: ClassVar[str] = "sequence.entry-refused.v1"

    request_id: UUID
    sequence: str
    customer_id: UUID
    reason: EntryRefusal
    cause: Cause | None = None


class SequenceExitRequested(Event):
    """A rule wants the customer out of a sequence; who is not inside is left as he is."""

    type: ClassVar[str] = "sequence.exit-requested.v1"

    request_id: UUID
    sequence: str
    customer_id: UUID
    cause: Cause | None = None


class SequenceEntered(Event):
    """The customer is inside; ``round`` counts from 1 how often. ``request_id`` is that of what asked for it."""

    type: ClassVar[str] = "sequence.entered.v1"

    enrolment_id: UUID
    sequence: str
    version: int
    customer_id: UUID
    round: int
    lead_id: UUID | None = None
    deal_id: UUID | None = None
    cause: Cause | None = None
    request_id: UUID | None = None


class SequenceStepTaken(Event):
    """A step was done. ``next`` is the step that follows, None at the end; ``until``: when, if it waits. ``because``:
    why a branch went ``otherwise`` without its condition being evaluated.
    """

    type: ClassVar[str] = "sequence.step-taken.v1"

    enrolment_id: UUID
    sequence: str
    customer_id: UUID
    step: str
    outcome: StepOutcome
    next: str | None = None
    until: datetime | None = None
    message_id: UUID | None = None
    because: Literal["over_limit"] | None = None


class SequencePaused(Event):
    """The customer stays where he is until he goes on."""

    type: ClassVar[str] = "sequence.paused.v1"

    enrolment_id: UUID
    sequence: str
    customer_id: UUID


class SequenceResumed(Event):
    """The customer goes on; what he waited for meanwhile has passed."""

    type: ClassVar[str] = "sequence.resumed.v1"

    enrolment_id: UUID
    sequence: str
    customer_id: UUID


class SequenceLeft(Event):
    """The customer is outside again, and why. ``left_at`` is when; by it is known when he may enter once more."""

    type: ClassVar[str] = "sequence.left.v1"

    enrolment_id: UUID
    sequence: str
    customer_id: UUID
    reason: LeaveReason
    left_at: datetime
