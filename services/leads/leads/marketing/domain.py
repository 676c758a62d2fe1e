"""The life of a marketing event: planned, held, closed; or cancelled. Pure: times and ids come in from outside."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from events.contracts.deals import Money
from events.contracts.leads.marketing import (
    MarketingEventCancelled,
    MarketingEventChanged,
    MarketingEventClosed,
    MarketingEventCostRecorded,
    MarketingEventHeld,
    MarketingEventPlanned,
    MarketingEventResultRecorded,
    Resource,
)
from events.decider import Decider, Rejected
from events.event import Event


@dataclass(frozen=True, slots=True)
class Plan:
    """What is planned: name, kind, when, where, stages of participants, money, resources."""

    name: str
    kind: str
    stages: tuple[str, ...]
    planned_from: datetime
    planned_to: datetime
    place: str | None = None
    budget: Money | None = None
    resources: tuple[Resource, ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing was planned under this id."""


@dataclass(frozen=True, slots=True)
class Gathering:
    """What is known of an event in every state. ``results`` are loyalty and interest by organisation."""

    event_id: UUID
    plan: Plan
    direction: str | None
    cost: Money | None = None
    held_from: datetime | None = None
    held_to: datetime | None = None
    results: tuple[tuple[UUID, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """Is to take place."""

    gathering: Gathering


@dataclass(frozen=True, slots=True)
class Held:
    """Took place; results come in."""

    gathering: Gathering


@dataclass(frozen=True, slots=True)
class Closed:
    """Nothing more will be told of it."""

    gathering: Gathering


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Will not take place."""

    gathering: Gathering
    reason: str


State = Unknown | Planned | Held | Closed | Cancelled


@dataclass(frozen=True, slots=True)
class Organise:
    """Plan a new event."""

    event_id: UUID
    plan: Plan
    direction: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Another plan."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class Hold:
    """It took place, from and to."""

    held_from: datetime
    held_to: datetime


@dataclass(frozen=True, slots=True)
class RecordCost:
    """What it has cost in all."""

    cost: Money


@dataclass(frozen=True, slots=True)
class RecordResult:
    """What came of it with an organisation."""

    organisation_id: UUID
    loyalty: int
    interest: int


@dataclass(frozen=True, slots=True)
class Close:
    """Nothing more will be told."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """It will not take place."""

    reason: str


Command = Organise | Change | Hold | RecordCost | RecordResult | Close | Cancel

UNKNOWN: Final = Unknown()


def decide(command: Command, state: State) -> Sequence[Event]:
    """Refuses with ``no_event``, ``closed``, ``cancelled``, ``held`` or ``not_held``."""
    if isinstance(command, Organise):
        return [_planned(command)] if isinstance(state, Unknown) else []
    match state:
        case Unknown():
            raise Rejected("no_event", "There is no such marketing event.")
        case Closed():
            if isinstance(command, Close):
                return []
            raise Rejected("closed", "The marketing event is closed.")
        case Cancelled():
            if isinstance(command, Cancel):
                return []
            raise Rejected("cancelled", "The marketing event is cancelled.")
    return _decide(command, state)


def _decide(command: Change | Hold | RecordCost | RecordResult | Close | Cancel, state: Planned | Held) -> list[Event]:
    """What is so already needs no event."""
    known = state.gathering
    match command:
        case Change(plan=plan):
            return [] if plan == known.plan else [_changed(known.event_id, plan)]
        case RecordCost(cost=cost):
            return [] if cost == known.cost else [MarketingEventCostRecorded(event_id=known.event_id, cost=cost)]
        case Hold(held_from=start, held_to=end):
            held = MarketingEventHeld(event_id=known.event_id, held_from=start, held_to=end)
            return [] if (start, end) == (known.held_from, known.held_to) else [held]
        case Cancel(reason=reason):
            if isinstance(state, Held):
                raise Rejected("held", "The marketing event took place and cannot be cancelled.")
            return [MarketingEventCancelled(event_id=known.event_id, reason=reason)]
    if isinstance(state, Planned):
        raise Rejected("not_held", "The marketing event has not taken place yet.")
    return _result(command, known) if isinstance(command, RecordResult) else [_closed(known)]


def evolve(state: State, event: Event) -> State:
    """The state after an event; what does not concern it changes nothing."""
    if isinstance(event, MarketingEventPlanned):
        return Planned(Gathering(event.event_id, _plan(event), event.direction))
    if isinstance(state, Unknown):
        return state
    known = state.gathering
    match event:
        case MarketingEventChanged():
            return replace(state, gathering=replace(known, plan=_plan(event)))
        case MarketingEventCostRecorded():
            return replace(state, gathering=replace(known, cost=event.cost))
        case MarketingEventHeld():
            return Held(replace(known, held_from=event.held_from, held_to=event.held_to))
        case MarketingEventResultRecorded():
            others = tuple(result for result in known.results if result[0] != event.organisation_id)
            told = (event.organisation_id, event.loyalty, event.interest)
            return replace(state, gathering=replace(known, results=(*others, told)))
        case MarketingEventClosed():
            return Closed(known)
        case MarketingEventCancelled():
            return Cancelled(known, event.reason)
    return state


DECIDER: Final[Decider[Command, State]] = Decider(UNKNOWN, decide, evolve)


_FIELDS: Final = ("name", "kind", "stages", "planned_from", "planned_to", "place", "budget", "resources")


def _plan(event: MarketingEventPlanned | MarketingEventChanged) -> Plan:
    return Plan(**{name: getattr(event, name) for name in _FIELDS})


def _planned(command: Organise) -> Event:
    plan = {name: getattr(command.plan, name) for name in _FIELDS}
    return MarketingEventPlanned(event_id=command.event_id, direction=command.direction, **plan)


def _changed(event_id: UUID, plan: Plan) -> Event:
    return MarketingEventChanged(event_id=event_id, **{name: getattr(plan, name) for name in _FIELDS})


def _closed(known: Gathering) -> Event:
    return MarketingEventClosed(event_id=known.event_id)


def _result(command: RecordResult, known: Gathering) -> list[Event]:
    told = (command.organisation_id, command.loyalty, command.interest)
    if told in known.results:
        return []
    return [
        MarketingEventResultRecorded(
            event_id=known.event_id,
            organisation_id=command.organisation_id,
            loyalty=command.loyalty,
            interest=command.interest,
        )
    ]
