"""The life of a sequence: versions are saved; it is opened, closed and halted. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from events.contracts.automation import SequenceSaved, SequenceState, SequenceSwitched
from events.decider import Decider, Rejected
from events.event import Event
from events.store import deterministic_id


@dataclass(frozen=True, slots=True)
class NoSequence:
    """Nothing was saved yet."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A sequence: its newest ``version``; ``entered`` is the one that customers enter, None before it was opened."""

    sequence: str
    version: int
    definition: Mapping[str, Any]
    state: SequenceState | None = None
    entered: int | None = None


State = NoSequence | Kept


@dataclass(frozen=True, slots=True)
class Save:
    """A version."""

    sequence: str
    definition: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Switch:
    """Open it with its newest version, close or halt it."""

    state: SequenceState


Command = Save | Switch


def decide(command: Command, state: State) -> Sequence[Event]:
    """The events of a command; none where it is already so. Raises ``Rejected`` (no_sequence, never_opened)."""
    match command, state:
        case Save(sequence=sequence, definition=definition), NoSequence():
            return [SequenceSaved(sequence=sequence, version=1, definition=dict(definition))]
        case _, NoSequence():
            raise Rejected("no_sequence", "There is no such sequence.")
        case Save(definition=definition), Kept():
            if definition == state.definition:
                return []
            return [SequenceSaved(sequence=state.sequence, version=state.version + 1, definition=dict(definition))]
        case Switch(state=wanted), Kept():
            if wanted != "open" and state.entered is None:
                raise Rejected("never_opened", "The sequence was never opened: nobody is inside.")
            version = state.version if wanted == "open" else state.entered or state.version
            if (state.state, state.entered) == (wanted, version):
                return []
            return [SequenceSwitched(sequence=state.sequence, version=version, state=wanted)]
    raise AssertionError("every command meets every state")


def evolve(state: State, event: Event) -> State:
    """The state after an event; total."""
    match event, state:
        case SequenceSaved(), NoSequence():
            return Kept(event.sequence, event.version, event.definition)
        case SequenceSaved(), Kept():
            return replace(state, version=event.version, definition=event.definition)
        case SequenceSwitched(), Kept():
            return replace(state, state=event.state, entered=event.version)
    return state


SEQUENCE: Decider[Command, State] = Decider(NoSequence(), decide, evolve)


def stream_of(sequence: str) -> UUID:
    """The stream of a sequence."""
    return deterministic_id("sequence", sequence)
