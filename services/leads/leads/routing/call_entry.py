"""The life of a lead on a call list: it waits, is called, perhaps several times, and is done. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from events.contracts.leads import CallListLeadAdded, CallListLeadCalled, CallListLeadRemoved, CallResult
from events.decider import Decider, Rejected
from events.event import Event
from events.sealed import Sealed

UNREACHABLE: Final = "unreachable"
LEAD_CLOSED: Final = "lead_closed"
NOT_REACHED: Final = frozenset(("no_answer", "busy"))

Shown = Literal["waiting", "called", "no_answer", "done"]


@dataclass(frozen=True, slots=True)
class NotListed:
    """Nothing was put on a list under this id."""


@dataclass(frozen=True, slots=True)
class Open:
    """To be called from ``due_at`` on; ``attempts`` calls were tried, the last with ``result``."""

    entry_id: UUID
    call_list: str
    lead_id: UUID
    customer_id: UUID
    due_at: datetime
    attempts: int = 0
    result: CallResult | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing more is to be called."""

    attempts: int
    outcome: str


State = NotListed | Open | Done


@dataclass(frozen=True, slots=True)
class RecordCall:
    """What came of a call at ``at``. One that reached nobody is tried again after a pause, so many times at most."""

    manager_id: str
    result: CallResult
    at: datetime
    pause: timedelta
    most_attempts: int
    call_again_at: datetime | None = None
    comment: Sealed[str] | None = None


@dataclass(frozen=True, slots=True)
class Remove:
    """No further call."""

    reason: str


Command = RecordCall | Remove
NOT_LISTED: Final = NotListed()


def decide(command: Command, state: State) -> Sequence[Event]:
    """Refuses with ``no_entry``, ``done``, ``no_time`` or ``past``."""
    match command, state:
        case _, NotListed():
            raise Rejected("no_entry", "There is no such entry.")
        case Remove(), Done():
            return []
        case RecordCall(), Done():
            raise Rejected("done", "The entry is done; put the lead on the list again.")
        case Remove(reason=reason), Open():
            return [CallListLeadRemoved(**_ids(state), reason=reason)]
        case RecordCall(), Open():
            return [_called(command, state)]
    raise AssertionError("unreachable")


def _called(command: RecordCall, entry: Open) -> CallListLeadCalled:
    attempt = entry.attempts + 1
    following: datetime | None = None
    outcome: str | None = None
    if command.result == "call_later":
        if command.call_again_at is None:
            raise Rejected("no_time", "Say when to call again.")
        if command.call_again_at <= command.at:
            raise Rejected("past", "The time to call again has passed.")
        following = command.call_again_at
    elif command.result not in NOT_REACHED:
        outcome = command.result
    elif attempt >= command.most_attempts:
        outcome = UNREACHABLE
    else:
        following = command.at + command.pause
    return CallListLeadCalled(
        **_ids(entry),
        manager_id=command.manager_id,
        result=command.result,
        attempt=attempt,
        next_call_at=following,
        outcome=outcome,
        comment=command.comment,
    )


def evolve(state: State, event: Event) -> State:
    """The state after an event; what does not concern it changes nothing."""
    match event, state:
        case CallListLeadAdded(), _:
            return Open(event.entry_id, event.call_list, event.lead_id, event.customer_id, event.due_at)
        case CallListLeadCalled(next_call_at=None), Open():
            return Done(event.attempt, event.outcome or event.result)
        case CallListLeadCalled(next_call_at=datetime() as due), Open():
            return replace(state, due_at=due, attempts=event.attempt, result=event.result)
        case CallListLeadRemoved(), Open():
            return Done(state.attempts, event.reason)
    return state


def shown(state: Open | Done) -> Shown:
    """The state as lists show it: ``called`` who asked for another time, ``no_answer`` who was not reached."""
    if isinstance(state, Done):
        return "done"
    if state.result is None:
        return "waiting"
    return "no_answer" if state.result in NOT_REACHED else "called"


ENTRY: Final = Decider[Command, State](NOT_LISTED, decide, evolve)


def _ids(entry: Open) -> dict[str, object]:
    return {
        "entry_id": entry.entry_id,
        "call_list": entry.call_list,
        "lead_id": entry.lead_id,
        "customer_id": entry.customer_id,
    }
