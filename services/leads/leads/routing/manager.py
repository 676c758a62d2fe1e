"""A manager: what he may get, and when he is not there. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from events.contracts.leads import ManagerAbsenceCancelled, ManagerAbsent, ManagerSetUp
from events.decider import Decider, Rejected
from events.event import Event


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody was set up under this id."""


@dataclass(frozen=True, slots=True)
class Known:
    """As he was set up last, with the absences that were not cancelled."""

    profile: ManagerSetUp
    absences: Mapping[UUID, ManagerAbsent] = field(default_factory=dict)


State = Unknown | Known


@dataclass(frozen=True, slots=True)
class SetUp:
    """From now on he is so."""

    profile: ManagerSetUp


@dataclass(frozen=True, slots=True)
class BeAbsent:
    """He is not there from ``starts`` until before ``ends``."""

    absence_id: UUID
    starts: datetime
    ends: datetime
    reason: str
    deputy_id: str | None = None


@dataclass(frozen=True, slots=True)
class CancelAbsence:
    """He is there after all."""

    absence_id: UUID


Command = SetUp | BeAbsent | CancelAbsence


def decide(command: Command, state: State) -> Sequence[Event]:
    """Refuses with ``no_manager``, ``backwards``, ``own_deputy`` or ``no_absence``."""
    match command, state:
        case SetUp(profile=profile), Known(profile=before) if profile == before:
            return []
        case SetUp(profile=profile), _:
            return [profile]
        case _, Unknown():
            raise Rejected("no_manager", "There is no such manager.")
        case BeAbsent(), Known():
            return [] if command.absence_id in state.absences else [_absent(command, state.profile.manager_id)]
        case CancelAbsence(absence_id=absence_id), Known():
            if absence_id not in state.absences:
                raise Rejected("no_absence", "There is no such absence, or it is cancelled.")
            return [ManagerAbsenceCancelled(manager_id=state.profile.manager_id, absence_id=absence_id)]
    raise AssertionError("unreachable")


def _absent(command: BeAbsent, manager_id: str) -> ManagerAbsent:
    if command.ends <= command.starts:
        raise Rejected("backwards", "An absence ends after it starts.")
    if command.deputy_id == manager_id:
        raise Rejected("own_deputy", "Nobody is his own deputy.")
    return ManagerAbsent(
        manager_id=manager_id,
        absence_id=command.absence_id,
        starts=command.starts,
        ends=command.ends,
        reason=command.reason,
        deputy_id=command.deputy_id,
    )


def evolve(state: State, event: Event) -> State:
    """The state after an event; what does not concern it changes nothing."""
    match event, state:
        case ManagerSetUp(), Known():
            return replace(state, profile=event)
        case ManagerSetUp(), _:
            return Known(event)
        case ManagerAbsent(absence_id=absence_id), Known():
            return replace(state, absences={**state.absences, absence_id: event})
        case ManagerAbsenceCancelled(absence_id=absence_id), Known():
            return replace(state, absences={one: it for one, it in state.absences.items() if one != absence_id})
    return state


MANAGER: Final = Decider[Command, State](Unknown(), decide, evolve)
