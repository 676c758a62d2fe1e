"""The life of a contact: planned or registered, concluded or cancelled. Pure: times and ids come in from outside."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from events.contracts.leads.interactions import (
    CallProgressed,
    Flow,
    InteractionCancelled,
    InteractionConcluded,
    InteractionKind,
    InteractionPlanned,
    InteractionRegistered,
    InteractionRescheduled,
)
from events.decider import Decider, Rejected
from events.event import Event
from events.sealed import Sealed


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing was planned or registered under this id."""


@dataclass(frozen=True, slots=True)
class Contact:
    """What is known of a contact in every state."""

    interaction_id: UUID
    kind: InteractionKind
    flow: Flow | None
    customer_id: UUID | None
    organisation_id: UUID | None
    manager_id: str | None
    lead_id: UUID | None
    deal_id: UUID | None
    direction: str | None


@dataclass(frozen=True, slots=True)
class Planned:
    """Is to take place."""

    contact: Contact
    planned_at: datetime


@dataclass(frozen=True, slots=True)
class Registered:
    """Took place, or goes on; nobody has said what came of it."""

    contact: Contact


@dataclass(frozen=True, slots=True)
class Concluded:
    """Somebody said what came of it."""

    contact: Contact
    event: InteractionConcluded


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Will not take place."""

    contact: Contact


State = Unknown | Planned | Registered | Concluded | Cancelled


@dataclass(frozen=True, slots=True)
class Plan:
    """It is to take place."""

    contact: Contact
    planned_at: datetime
    text: Sealed[str] | None = None


@dataclass(frozen=True, slots=True)
class Register:
    """It took place."""

    contact: Contact
    intake: str
    source: str
    duration_seconds: int | None = None
    text: Sealed[str] | None = None


@dataclass(frozen=True, slots=True)
class Reschedule:
    """At another time."""

    planned_at: datetime


@dataclass(frozen=True, slots=True)
class Cancel:
    """Not at all."""

    reason: str


@dataclass(frozen=True, slots=True)
class Conclude:
    """What came of it, and when to be in touch again."""

    held: bool
    result: str
    next_contact_at: datetime | None = None
    next_contact_kind: InteractionKind | None = None
    duration_seconds: int | None = None
    comment: Sealed[str] | None = None


Command = Plan | Register | Reschedule | Cancel | Conclude

UNKNOWN: Final = Unknown()


def decide(command: Command, state: State) -> Sequence[Event]:
    """Refuses with ``no_interaction``, ``not_planned`` or ``cancelled``; what is so already needs no event."""
    match command, state:
        case ((Plan() | Register()), Unknown()):
            return [_begun(command)]
        case ((Plan() | Register()), _):
            return []
        case _, Unknown():
            raise Rejected("no_interaction", "There is no such interaction.")
        case Cancel(), Cancelled():
            return []
        case _, Cancelled():
            raise Rejected("cancelled", "The interaction is cancelled.")
        case Reschedule(planned_at=at), Planned(contact, planned_at=before):
            ids = {"interaction_id": contact.interaction_id, "customer_id": contact.customer_id}
            moved = InteractionRescheduled(**ids, planned_at=at, previously_planned_at=before)
            return [] if at == before else [moved]
        case Cancel(reason=reason), Planned(contact):
            ids = {"interaction_id": contact.interaction_id, "customer_id": contact.customer_id}
            return [InteractionCancelled(**ids, reason=reason)]
        case ((Reschedule() | Cancel()), _):
            raise Rejected("not_planned", "Only what is planned can be moved or cancelled.")
        case Conclude(), (Planned(contact) | Registered(contact) | Concluded(contact)):
            concluded = _concluded(command, contact)
            return [] if isinstance(state, Concluded) and state.event == concluded else [concluded]
    raise AssertionError("unreachable")


def evolve(state: State, event: Event) -> State:
    """The state after an event; what does not concern it changes nothing."""
    match event:
        case InteractionPlanned():
            return Planned(_contact(event), event.planned_at)
        case InteractionRegistered():
            return Registered(_contact(event))
    if isinstance(state, Unknown):
        return state
    match event, state:
        case InteractionRescheduled(planned_at=at), Planned(contact):
            return Planned(contact, at)
        case InteractionCancelled(), _:
            return Cancelled(state.contact)
        case InteractionConcluded(), _:
            return Concluded(state.contact, event)
        case CallProgressed(), _:
            told = {name: getattr(event, name) for name in ("customer_id", "lead_id", "manager_id", "direction")}
            return replace(state, contact=replace(state.contact, flow=event.call.flow, **told))
    return state


DECIDER: Final[Decider[Command, State]] = Decider(UNKNOWN, decide, evolve)

_FIELDS = (
    *("interaction_id", "kind", "flow", "customer_id", "organisation_id"),
    *("manager_id", "lead_id", "deal_id", "direction"),
)


def _begun(command: Plan | Register) -> Event:
    contact = {name: getattr(command.contact, name) for name in _FIELDS}
    if isinstance(command, Plan):
        return InteractionPlanned(**contact, planned_at=command.planned_at, text=command.text)
    return InteractionRegistered(
        **contact,
        intake=command.intake,
        source=command.source,
        duration_seconds=command.duration_seconds,
        text=command.text,
    )


def _contact(event: InteractionPlanned | InteractionRegistered) -> Contact:
    return Contact(**{name: getattr(event, name) for name in _FIELDS})


def _concluded(command: Conclude, contact: Contact) -> InteractionConcluded:
    return InteractionConcluded(
        interaction_id=contact.interaction_id,
        kind=contact.kind,
        held=command.held,
        result=command.result,
        next_contact_at=command.next_contact_at,
        next_contact_kind=command.next_contact_kind,
        duration_seconds=command.duration_seconds,
        customer_id=contact.customer_id,
        lead_id=contact.lead_id,
        deal_id=contact.deal_id,
        manager_id=contact.manager_id,
        comment=command.comment,
    )
