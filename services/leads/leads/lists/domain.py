"""The life of a list: saved by criteria or by hand, filled, frozen, closed. Pure: ids come in from outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from events.contracts.leads.lists import (
    ListChanged,
    ListClosed,
    ListCreated,
    ListKind,
    ListMembersAdded,
    ListMembersRemoved,
)
from events.decider import Decider, Rejected
from events.event import Event

MOST_OF_EVENT: Final = 1_000
MOST_FROZEN: Final = 100_000

Criteria = Mapping[str, Any]
"""A tree of conditions as JSON; :mod:`leads.lists.criteria` says which."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing was saved under this id."""


@dataclass(frozen=True, slots=True)
class Open:
    """A list in use; without criteria it is by hand. ``members`` are those that a command may concern."""

    list_id: UUID
    name: str
    criteria: Criteria | None
    members: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Closed:
    """Is not used any more."""

    saved: Open


State = Unknown | Open | Closed


@dataclass(frozen=True, slots=True)
class CreateList:
    """Save a new list; without criteria it is filled by hand."""

    list_id: UUID
    name: str
    criteria: Criteria | None = None
    direction: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeList:
    """Another name or other criteria; None leaves what is there."""

    name: str | None = None
    criteria: Criteria | None = None


@dataclass(frozen=True, slots=True)
class AddMembers:
    """Put customers on a list by hand."""

    customers: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class RemoveMembers:
    """Take customers off a list by hand."""

    customers: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class FreezeList:
    """Make a list by criteria one by hand, of those that it selects now."""

    customers: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class CloseList:
    """Use it no more."""


Command = CreateList | ChangeList | AddMembers | RemoveMembers | FreezeList | CloseList


def decide(command: Command, state: State) -> Sequence[Event]:
    """Refuses with ``no_list``, ``closed``, ``by_criteria``, ``by_hand`` or ``too_many``."""
    if isinstance(command, CreateList):
        return [_created(command)] if isinstance(state, Unknown) else []
    match state:
        case Unknown():
            raise Rejected("no_list", "There is no such list.")
        case Closed():
            if isinstance(command, CloseList):
                return []
            raise Rejected("closed", "The list is closed.")
    return _decide(command, state)


def _decide(command: ChangeList | AddMembers | RemoveMembers | FreezeList | CloseList, state: Open) -> Sequence[Event]:
    """What is so already needs no event."""
    match command:
        case ChangeList():
            return _change(command, state)
        case CloseList():
            return [ListClosed(list_id=state.list_id)]
        case FreezeList(customers=customers):
            if state.criteria is None:
                return []
            if len(customers) > MOST_FROZEN:
                raise Rejected("too_many", f"The list selects more than {MOST_FROZEN} customers.")
            frozen = ListChanged(list_id=state.list_id, name=state.name, kind="by_hand")
            return [frozen, *_added(state.list_id, customers)]
    if state.criteria is not None:
        raise Rejected("by_criteria", "The list is by criteria: freeze it to change its members by hand.")
    asked = tuple(dict.fromkeys(command.customers))
    if isinstance(command, AddMembers):
        return _added(state.list_id, [one for one in asked if one not in state.members])
    gone = [one for one in asked if one in state.members]
    return [ListMembersRemoved(list_id=state.list_id, customer_ids=part) for part in _parts(gone)]


def evolve(state: State, event: Event) -> State:
    """The state after an event; what does not concern it changes nothing."""
    if isinstance(event, ListCreated):
        return Open(event.list_id, event.name, event.criteria)
    if not isinstance(state, Open):
        return state
    match event:
        case ListChanged():
            return replace(state, name=event.name, criteria=event.criteria)
        case ListMembersAdded():
            return replace(state, members=state.members.union(event.customer_ids))
        case ListMembersRemoved():
            return replace(state, members=state.members.difference(event.customer_ids))
        case ListClosed():
            return Closed(state)
    return state


DECIDER: Final[Decider[Command, State]] = Decider(Unknown(), decide, evolve)


def kind_of(criteria: Criteria | None) -> ListKind:
    """How a list with these criteria gets its members."""
    return "by_hand" if criteria is None else "by_criteria"


def _created(command: CreateList) -> Event:
    return ListCreated(
        list_id=command.list_id,
        name=command.name,
        kind=kind_of(command.criteria),
        criteria=None if command.criteria is None else dict(command.criteria),
        direction=command.direction,
    )


def _change(command: ChangeList, state: Open) -> Sequence[Event]:
    if command.criteria is not None and state.criteria is None:
        raise Rejected("by_hand", "The list is by hand and has no criteria.")
    name = state.name if command.name is None else command.name
    criteria = state.criteria if command.criteria is None else command.criteria
    if (name, criteria) == (state.name, state.criteria):
        return []
    told = None if criteria is None else dict(criteria)
    return [ListChanged(list_id=state.list_id, name=name, kind=kind_of(criteria), criteria=told)]


def _added(list_id: UUID, customers: Sequence[UUID]) -> list[Event]:
    return [ListMembersAdded(list_id=list_id, customer_ids=part) for part in _parts(customers)]


def _parts(customers: Sequence[UUID]) -> list[tuple[UUID, ...]]:
    """Parts that make events of a bounded size."""
    return [tuple(customers[at : at + MOST_OF_EVENT]) for at in range(0, len(customers), MOST_OF_EVENT)]
