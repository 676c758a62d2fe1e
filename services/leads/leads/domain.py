"""The life of a lead: captured, assigned, qualified or disqualified. Pure: time and ids come in from outside.

Capturing itself is decided for whole batches by ``capture``; here are the decisions that people take on one lead.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from events.contracts.leads import (
    LeadAssigned,
    LeadCaptured,
    LeadDisqualified,
    LeadPostponed,
    LeadQualified,
    LeadReopened,
    LeadReturned,
    LeadTaken,
)
from events.decider import Decider, Rejected
from events.event import Event

from leads.lead import (
    UNKNOWN,
    Assign,
    Assigned,
    Captured,
    Command,
    Disqualified,
    Disqualify,
    Lead,
    Postpone,
    Qualified,
    Qualify,
    Reopen,
    Return,
    State,
    Take,
    Unknown,
)


def decider(
    reasons: Collection[str], return_reasons: Collection[str] = (), categories: Collection[str] = ()
) -> Decider[Command, State]:
    """The rules, with the lists of reasons and categories that hold; no categories: any word will do."""

    def decide(command: Command, state: State) -> Sequence[Event]:
        """Refuses with the code of the rule; what is so already needs no event."""
        if isinstance(state, Unknown):
            raise Rejected("no_lead", "There is no such lead.")
        match command:
            case Disqualify(reason=reason) if reason not in reasons:
                raise Rejected("unknown_reason", f"The reason must be one of: {', '.join(sorted(reasons))}.")
            case Return(reason=reason) if reason not in return_reasons:
                raise Rejected("unknown_reason", f"The reason must be one of: {', '.join(sorted(return_reasons))}.")
            case Qualify(category=str() as category) if categories and category not in categories:
                raise Rejected("unknown_category", f"The category must be one of: {', '.join(sorted(categories))}.")
        return _closed(command, state) if isinstance(state, Disqualified) else _open(command, state)

    return Decider(UNKNOWN, decide, evolve)


def _closed(command: Command, state: Disqualified) -> Sequence[Event]:
    match command:
        case Reopen():
            return [_reopened(command, state)]
        case Disqualify(reason=reason) if reason == state.reason:
            return []
    raise Rejected("closed", "The lead is disqualified; the person's next request opens a new one.")


def _open(command: Command, state: Captured | Assigned | Qualified) -> Sequence[Event]:
    lead = state.lead
    match command:
        case Assign():
            return [] if command.manager_id == lead.manager_id else [_assigned(lead, command)]
        case Take():
            return _taken(lead, command)
        case Return():
            return [] if lead.manager_id is None else [_returned(lead, lead.manager_id, command)]
        case Postpone():
            if command.until <= command.now:
                raise Rejected("past", "The time until which it waits has passed.")
            return [] if command.until == lead.postponed_until else [_postponed(lead, command)]
        case Qualify():
            return [] if _so_already(command, state) else [_qualified(lead, command)]
        case Disqualify():
            return [_disqualified(lead, command)]
        case Reopen():
            return []


def evolve(state: State, event: Event) -> State:
    """The state after an event; what does not concern it changes nothing."""
    if isinstance(event, LeadCaptured):
        return Captured(Lead(event.lead_id, event.customer_id, event.direction))
    if isinstance(state, Unknown):
        return state
    match event:
        case LeadAssigned():
            lead = replace(state.lead, manager_id=event.manager_id, is_taken=False)
            return Assigned(lead) if isinstance(state, Captured) else replace(state, lead=lead)
        case LeadTaken():
            return replace(state, lead=replace(state.lead, is_taken=True, postponed_until=None))
        case LeadReturned():
            lead = replace(state.lead, manager_id=None, is_taken=False)
            return Captured(lead) if isinstance(state, Assigned) else replace(state, lead=lead)
        case LeadPostponed():
            return replace(state, lead=replace(state.lead, postponed_until=event.until))
        case LeadQualified():
            return Qualified(state.lead, event.temperature, event.category)
        case LeadDisqualified():
            return Disqualified(state.lead, event.reason)
        case LeadReopened():
            lead = replace(state.lead, postponed_until=None)
            return Captured(lead) if lead.manager_id is None else Assigned(lead)
    return state


def _taken(lead: Lead, command: Take) -> Sequence[Event]:
    if lead.manager_id not in (None, command.manager_id):
        raise Rejected("taken", f"{lead.manager_id} has the lead.")
    taken = LeadTaken(lead_id=lead.lead_id, customer_id=lead.customer_id, manager_id=command.manager_id)
    if lead.manager_id is None:
        return [_assigned(lead, Assign(command.manager_id, "taken", "Taken by the manager.")), taken]
    return [] if lead.is_taken else [taken]


def _so_already(command: Qualify, state: State) -> bool:
    return (
        isinstance(state, Qualified)
        and (command.temperature, command.category) == (state.temperature, state.category)
        and command.comment is None
        and command.answers is None
    )


def _assigned(lead: Lead, command: Assign) -> LeadAssigned:
    return LeadAssigned(
        lead_id=lead.lead_id,
        customer_id=lead.customer_id,
        manager_id=command.manager_id,
        strategy=command.strategy,
        explanation=command.explanation,
        previous_manager_id=lead.manager_id,
        rule=command.rule,
        rules_version=command.rules_version,
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
        answers=command.answers,
    )


def _disqualified(lead: Lead, command: Disqualify) -> LeadDisqualified:
    return LeadDisqualified(
        lead_id=lead.lead_id, customer_id=lead.customer_id, reason=command.reason, comment=command.comment
    )


def _returned(lead: Lead, manager_id: str, command: Return) -> LeadReturned:
    return LeadReturned(
        lead_id=lead.lead_id,
        customer_id=lead.customer_id,
        previous_manager_id=manager_id,
        reason=command.reason,
        comment=command.comment,
    )


def _postponed(lead: Lead, command: Postpone) -> LeadPostponed:
    return LeadPostponed(
        lead_id=lead.lead_id,
        customer_id=lead.customer_id,
        until=command.until,
        manager_id=lead.manager_id,
        comment=command.comment,
    )


def _reopened(command: Reopen, state: Disqualified) -> LeadReopened:
    lead = state.lead
    return LeadReopened(
        lead_id=lead.lead_id,
        customer_id=lead.customer_id,
        previous_reason=state.reason,
        manager_id=lead.manager_id,
        comment=command.comment,
    )
