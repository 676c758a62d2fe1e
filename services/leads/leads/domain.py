"""The life of a lead: captured, assigned, qualified or disqualified. Pure: time and ids come in from outside.

Capturing itself is decided for whole batches by ``capture``; here are the decisions that people take on one lead.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from typing import Final, Literal
from uuid import UUID

from events.contracts.leads import (
    LeadAssigned,
    LeadCaptured,
    LeadDisqualified,
    LeadQualified,
    Temperature,
)
from events.decider import Decider, Rejected
from events.event import Event
from events.sealed import Sealed

Strategy = Literal["by_hand", "round_robin"]


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing was captured under this id."""


@dataclass(frozen=True, slots=True)
class Lead:
    """What is known of a lead in every state."""

    lead_id: UUID
    customer_id: UUID
    direction: str | None = None
    manager_id: str | None = None


@dataclass(frozen=True, slots=True)
class Captured:
    """Waits for somebody to be responsible."""

    lead: Lead


@dataclass(frozen=True, slots=True)
class Assigned:
    """Somebody is responsible and has not judged it yet."""

    lead: Lead


@dataclass(frozen=True, slots=True)
class Qualified:
    """The interest is real."""

    lead: Lead
    temperature: Temperature
    category: str | None


@dataclass(frozen=True, slots=True)
class Disqualified:
    """Closed: there is nothing to sell. The person's next request opens a new lead."""

    lead: Lead
    reason: str


State = Unknown | Captured | Assigned | Qualified | Disqualified


@dataclass(frozen=True, slots=True)
class Qualify:
    """The interest is real: how warm is it, and of what kind."""

    temperature: Temperature
    category: str | None = None
    comment: Sealed[str] | None = None


@dataclass(frozen=True, slots=True)
class Disqualify:
    """There is nothing to sell, for a reason from the list."""

    reason: str
    comment: Sealed[str] | None = None


@dataclass(frozen=True, slots=True)
class Assign:
    """Make a manager responsible; ``explanation`` says why this one."""

    manager_id: str
    strategy: Strategy
    explanation: str


Command = Qualify | Disqualify | Assign

UNKNOWN: Final = Unknown()


def decider(reasons: Set[str]) -> Decider[Command, State]:
    """The rules, with the list of reasons for disqualifying."""

    def decide(command: Command, state: State) -> Sequence[Event]:
        """Refuses with ``no_lead``, ``closed`` or ``unknown_reason``; what is so already needs no event."""
        if isinstance(state, Unknown):
            raise Rejected("no_lead", "There is no such lead.")
        lead = state.lead
        match command, state:
            case Disqualify(reason=reason), _ if reason not in reasons:
                raise Rejected("unknown_reason", f"The reason must be one of: {', '.join(sorted(reasons))}.")
            case Disqualify(reason=reason), Disqualified(reason=before) if reason == before:
                return []
            case _, Disqualified():
                raise Rejected("closed", "The lead is disqualified; the person's next request opens a new one.")
            case Assign(), _:
                return [] if command.manager_id == lead.manager_id else [_assigned(lead, command)]
            case Qualify(), _:
                return [] if _so_already(command, state) else [_qualified(lead, command)]
            case Disqualify(), _:
                return [_disqualified(lead, command)]

    return Decider(UNKNOWN, decide, evolve)


def evolve(state: State, event: Event) -> State:
    """The state after an event; what does not concern it changes nothing."""
    if isinstance(event, LeadCaptured):
        return Captured(Lead(event.lead_id, event.customer_id, event.direction))
    if isinstance(state, Unknown):
        return state
    match event:
        case LeadAssigned():
            lead = replace(state.lead, manager_id=event.manager_id)
            return Assigned(lead) if isinstance(state, Captured) else replace(state, lead=lead)
        case LeadQualified():
            return Qualified(state.lead, event.temperature, event.category)
        case LeadDisqualified():
            return Disqualified(state.lead, event.reason)
    return state


def _so_already(command: Qualify, state: State) -> bool:
    return (
        isinstance(state, Qualified)
        and (command.temperature, command.category) == (state.temperature, state.category)
        and command.comment is None
    )


def _assigned(lead: Lead, command: Assign) -> LeadAssigned:
    return LeadAssigned(
        lead_id=lead.lead_id,
        customer_id=lead.customer_id,
        manager_id=command.manager_id,
        strategy=command.strategy,
        explanation=command.explanation,
        previous_manager_id=lead.manager_id,
    )


def _qualified(lead: Lead, command: Qualify) -> LeadQualified:
    return LeadQualified(
        lead_id=lead.lead_id,
        customer_id=lead.customer_id,
        temperature=command.temperature,
        category=command.category,
        comment=command.comment,
        manager_id=lead.manager_id,
        direction=lead.direction,
    )


def _disqualified(lead: Lead, command: Disqualify) -> LeadDisqualified:
    return LeadDisqualified(
        lead_id=lead.lead_id, customer_id=lead.customer_id, reason=command.reason, comment=command.comment
    )
