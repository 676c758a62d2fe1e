"""What people may do with an organisation. Pure: time, ids and sealing come in from outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final
from uuid import UUID

from events.contracts.leads import (
    FieldChange,
    OrganisationChanged,
    OrganisationFieldsChanged,
    OrganisationPersonAttached,
    OrganisationPersonDetached,
    OrganisationRegistered,
    OrganisationResponsibleChanged,
    OrganisationTagged,
    OrganisationUntagged,
    Requisites,
)
from events.decider import Decider, Rejected
from events.event import Event
from events.sealed import Sealed

from leads.card.domain import MOST_TAGS
from leads.card.said import Held
from leads.card.state import with_changes

MOST_PERSONS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Person:
    """How a person acts for the organisation; the role is sealed by the customer's key."""

    customer_id: UUID
    role: Sealed[str] = field(repr=False)
    since: date | None = None
    until: date | None = None
    is_primary: bool = False


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation; one without a name was never registered."""

    name: str = ""
    full_name: str | None = None
    requisites: Requisites = field(default_factory=Requisites)
    direction: str | None = None
    manager_id: str | None = None
    held: Mapping[str, tuple[Held, ...]] = field(default_factory=dict)
    tags: frozenset[str] = frozenset()
    persons: Mapping[UUID, Person] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Register:
    """A new organisation, with what is known of it at once."""

    name: str
    full_name: str | None
    requisites: Requisites
    direction: str | None
    manager_id: str | None
    fields: tuple[FieldChange, ...] = ()
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Change:
    """Names and requisites as they are to be, and values of custom fields that differ."""

    name: str
    full_name: str | None
    requisites: Requisites
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Retag:
    """Tags in normal form to put on and to take off."""

    add: frozenset[str]
    remove: frozenset[str]


@dataclass(frozen=True, slots=True)
class MakeResponsible:
    """Another manager answers for the organisation; None: nobody."""

    manager_id: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Attach:
    """A person acts for the organisation like this from now on. ``so_already``: all of it stands there."""

    person: Person
    so_already: bool


@dataclass(frozen=True, slots=True)
class Detach:
    """The person never acted for it."""

    customer_id: UUID


Command = Register | Change | Retag | MakeResponsible | Attach | Detach

EMPTY: Final = Organisation()


def decider(organisation_id: UUID) -> Decider[Command, Organisation]:
    """The rules for the organisation of this id."""

    def decide(command: Command, state: Organisation) -> Sequence[Event]:
        """Refuses with ``unknown_organisation``, ``too_many_tags``, ``too_many_persons``, ``period``."""
        if isinstance(command, Register):
            return [] if state.name else _registered(organisation_id, command)
        if not state.name:
            raise Rejected("unknown_organisation", "There is no such organisation.")
        match command:
            case Change():
                return _changed(organisation_id, command, state)
            case Retag():
                return _retagged(organisation_id, command, state)
            case MakeResponsible(manager_id=manager_id, reason=reason):
                changed = OrganisationResponsibleChanged(
                    organisation_id=organisation_id,
                    manager_id=manager_id,
                    previous_manager_id=state.manager_id,
                    reason=reason,
                )
                return [] if manager_id == state.manager_id else [changed]
            case Attach():
                return _attached(organisation_id, command, state)
            case Detach(customer_id=customer_id):
                gone = OrganisationPersonDetached(organisation_id=organisation_id, customer_id=customer_id)
                return [gone] if customer_id in state.persons else []

    return Decider(EMPTY, decide, evolve)


def evolve(state: Organisation, event: Event) -> Organisation:
    """The organisation after an event; what does not concern it changes nothing."""
    match event:
        case OrganisationRegistered():
            told = replace(state, direction=event.direction, manager_id=event.manager_id)
            return replace(told, name=event.name, full_name=event.full_name, requisites=event.requisites)
        case OrganisationChanged():
            return replace(state, name=event.name, full_name=event.full_name, requisites=event.requisites)
        case OrganisationFieldsChanged():
            return replace(state, held=with_changes(state.held, event.changes, event.organisation_id))
        case OrganisationTagged():
            return replace(state, tags=state.tags | frozenset(event.tags))
        case OrganisationUntagged():
            return replace(state, tags=state.tags - frozenset(event.tags))
        case OrganisationResponsibleChanged():
            return replace(state, manager_id=event.manager_id)
        case OrganisationPersonAttached():
            return replace(state, persons=_with(state.persons, event))
        case OrganisationPersonDetached():
            left = {one: person for one, person in state.persons.items() if one != event.customer_id}
            return replace(state, persons=left)
    return state


def _with(persons: Mapping[UUID, Person], event: OrganisationPersonAttached) -> dict[UUID, Person]:
    """There is one primary person: whoever was it before is not any more."""
    new = Person(event.customer_id, event.role, event.since, event.until, event.is_primary)
    others = persons
    if event.is_primary:
        others = {one: replace(person, is_primary=False) for one, person in persons.items()}
    return {**others, event.customer_id: new}


def _registered(organisation_id: UUID, command: Register) -> list[Event]:
    events: list[Event] = [
        OrganisationRegistered(
            organisation_id=organisation_id,
            name=command.name,
            full_name=command.full_name,
            direction=command.direction,
            manager_id=command.manager_id,
            requisites=command.requisites,
        )
    ]
    if command.fields:
        events.append(OrganisationFieldsChanged(organisation_id=organisation_id, changes=command.fields))
    if command.tags:
        events.append(OrganisationTagged(organisation_id=organisation_id, tags=tuple(sorted(command.tags))))
    return events


def _changed(organisation_id: UUID, command: Change, state: Organisation) -> list[Event]:
    events: list[Event] = []
    told = (command.name, command.full_name, command.requisites)
    if told != (state.name, state.full_name, state.requisites):
        name, full_name, requisites = told
        events.append(
            OrganisationChanged(organisation_id=organisation_id, name=name, full_name=full_name, requisites=requisites)
        )
    if command.fields:
        events.append(OrganisationFieldsChanged(organisation_id=organisation_id, changes=command.fields))
    return events


def _retagged(organisation_id: UUID, command: Retag, state: Organisation) -> list[Event]:
    add, remove = command.add - state.tags, (command.remove - command.add) & state.tags
    if len(state.tags | add) - len(remove) > MOST_TAGS:
        raise Rejected("too_many_tags", f"An organisation has {MOST_TAGS} tags at most.")
    events: list[Event] = []
    if add:
        events.append(OrganisationTagged(organisation_id=organisation_id, tags=tuple(sorted(add))))
    if remove:
        events.append(OrganisationUntagged(organisation_id=organisation_id, tags=tuple(sorted(remove))))
    return events


def _attached(organisation_id: UUID, command: Attach, state: Organisation) -> list[Event]:
    person = command.person
    if person.since is not None and person.until is not None and person.until < person.since:
        raise Rejected("period", "The period ends before it begins.")
    if person.customer_id not in state.persons and len(state.persons) >= MOST_PERSONS:
        raise Rejected("too_many_persons", f"An organisation has {MOST_PERSONS} persons at most.")
    if command.so_already:
        return []
    return [
        OrganisationPersonAttached(
            organisation_id=organisation_id,
            customer_id=person.customer_id,
            role=person.role,
            since=person.since,
            until=person.until,
            is_primary=person.is_primary,
        )
    ]
