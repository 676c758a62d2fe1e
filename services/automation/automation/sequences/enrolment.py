"""A customer's way through a sequence. Pure: what is asked of the world comes in with the command.

One stream for a customer and a sequence, so that he is inside once at most, whoever brings him in at one time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from events.contracts.automation import (
    Cause,
    LeaveReason,
    SequenceEntered,
    SequenceLeft,
    SequencePaused,
    SequenceResumed,
    SequenceStepTaken,
)
from events.decider import Decider, Rejected
from events.event import Event
from events.store import deterministic_id


@dataclass(frozen=True, slots=True)
class Outside:
    """Not inside. ``rounds``: how often he was; ``left_at``: when he left last."""

    rounds: int = 0
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Inside:
    """On the way. ``step`` is what comes next, None: the first one; ``until``: not before then."""

    entered: SequenceEntered
    step: str | None = None
    until: datetime | None = None
    is_paused: bool = False
    resumed: int = 0


Enrolment = Outside | Inside


@dataclass(frozen=True, slots=True)
class Enter:
    """Begin. ``at`` and ``again_after_days`` decide whether one who was inside may."""

    sequence: str
    version: int
    customer_id: UUID
    at: datetime
    again_after_days: int | None
    lead_id: UUID | None = None
    deal_id: UUID | None = None
    cause: Cause | None = None
    request_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Take:
    """What was done at the steps that came up, in order; ``is_over`` if none is left."""

    steps: Sequence[SequenceStepTaken]
    at: datetime
    is_over: bool


@dataclass(frozen=True, slots=True)
class Pause:
    """Stay."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on."""


@dataclass(frozen=True, slots=True)
class Leave:
    """End, because."""

    reason: LeaveReason
    at: datetime


Command = Enter | Take | Pause | Resume | Leave


def decide(command: Command, state: Enrolment) -> Sequence[Event]:
    """The events of a command; none where it is already so.

    Raises ``Rejected`` (inside_already, was_inside, not_inside).
    """
    match command, state:
        case Enter(), Inside():
            raise Rejected("inside_already", "The customer is inside this sequence.")
        case Enter(), Outside():
            return [_entered(command, state)]
        case Leave(), Outside():
            return []
        case _, Outside():
            raise Rejected("not_inside", "The customer is not inside this sequence.")
        case Leave(reason=reason, at=at), Inside(entered=entered):
            return [_left(entered, reason, at)]
        case Take(steps=steps, at=at, is_over=is_over), Inside(entered=entered):
            return [*steps, *([_left(entered, "finished", at)] if is_over else [])]
        case Pause(), Inside(entered=entered, is_paused=False):
            return [SequencePaused(**_of(entered))]
        case Resume(), Inside(entered=entered, is_paused=True):
            return [SequenceResumed(**_of(entered))]
    return []


def _entered(command: Enter, state: Outside) -> SequenceEntered:
    if state.left_at is not None:
        again = command.again_after_days
        if again is None or command.at < state.left_at + timedelta(days=again):
            raise Rejected("was_inside", "The customer was inside this sequence, and may not enter again, or not yet.")
    return SequenceEntered(
        enrolment_id=stream_of(command.sequence, command.customer_id),
        sequence=command.sequence,
        version=command.version,
        customer_id=command.customer_id,
        round=state.rounds + 1,
        lead_id=command.lead_id,
        deal_id=command.deal_id,
        cause=command.cause,
        request_id=command.request_id,
    )


def _left(entered: SequenceEntered, reason: LeaveReason, at: datetime) -> SequenceLeft:
    return SequenceLeft(**_of(entered), reason=reason, left_at=at)


def _of(entered: SequenceEntered) -> dict[str, Any]:
    return entered.model_dump(include={"enrolment_id", "sequence", "customer_id"})


def evolve(state: Enrolment, event: Event) -> Enrolment:
    """The way after an event; total."""
    match event, state:
        case SequenceEntered(), Outside():
            return Inside(event)
        case SequenceStepTaken(), Inside():
            return replace(state, step=event.next, until=event.until)
        case SequencePaused(), Inside():
            return replace(state, is_paused=True)
        case SequenceResumed(), Inside():
            return replace(state, is_paused=False, resumed=state.resumed + 1)
        case SequenceLeft(), Inside(entered=entered):
            return Outside(entered.round, event.left_at)
    return state


ENROLMENT: Decider[Command, Enrolment] = Decider(Outside(), decide, evolve)


def stream_of(sequence: str, customer_id: UUID) -> UUID:
    """The stream of a customer's way."""
    return deterministic_id("enrolment", sequence, customer_id)
