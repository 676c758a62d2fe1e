"""What is true of a deal after an event. Total: it never fails, whatever the order of events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce

from events.contracts.deals import (
    DealChecked,
    DealCloseExpected,
    DealFieldsChanged,
    DealLinesChanged,
    DealLost,
    DealOpened,
    DealOrganisationChanged,
    DealParticipantAdded,
    DealParticipantRemoved,
    DealPutOff,
    DealReassigned,
    DealRenamed,
    DealReopened,
    DealStageChanged,
    DealTagged,
    DealUntagged,
    DealValueChanged,
    DealWoken,
    DealWon,
)
from events.contracts.leads import FieldChange
from events.event import Event

from deals.deal.states import Deal, Lost, NoDeal, Nurtured, Open, State, Won

_AT_FIRST = frozenset(Deal.__dataclass_fields__) & frozenset(DealOpened.model_fields)


def evolve(state: State, event: Event) -> State:
    """The state after an event; an event that means nothing in a state leaves it as it is."""
    match event, state:
        case DealOpened(), NoDeal():
            return Open(Deal(**{name: getattr(event, name) for name in _AT_FIRST}), event.stage)
        case DealStageChanged(), Open() | Nurtured():
            kind = Nurtured if event.to_kind == "nurture" else Open
            return kind(state.deal, event.to_stage)
        case DealPutOff(), Nurtured():
            return replace(state, wake_at=event.wake_at)
        case DealWoken(), Nurtured():
            return replace(state, wake_at=None)
        case DealWon(), Open() | Nurtured():
            return Won(replace(state.deal, value=event.value), event.stage)
        case DealLost(), Open() | Nurtured():
            return Lost(state.deal, event.stage, event.reason, event.comment)
        case DealReopened(), Lost():
            return Open(state.deal, event.to_stage)
        case _, Open() | Nurtured() | Won() | Lost():
            deal = _written(state.deal, event)
            return state if deal is state.deal else replace(state, deal=deal)
    return state


def _written(deal: Deal, event: Event) -> Deal:  # noqa: C901 - an arm an event
    match event:
        case DealValueChanged(value=value):
            return replace(deal, value=value)
        case DealLinesChanged(lines=lines, discount=discount, totals=totals):
            return replace(deal, lines=lines, discount=discount, totals=totals)
        case DealReassigned(manager_id=manager_id):
            return replace(deal, manager_id=manager_id)
        case DealFieldsChanged(changes=changes):
            return replace(deal, fields=reduce(_filled, changes, deal.fields))
        case DealRenamed(title=title):
            return replace(deal, title=title)
        case DealTagged(tags=tags):
            return replace(deal, tags=deal.tags | set(tags))
        case DealUntagged(tags=tags):
            return replace(deal, tags=deal.tags - set(tags))
        case DealCloseExpected(expected_on=on):
            return replace(deal, expected_on=on)
        case DealOrganisationChanged(organisation_id=found):
            return replace(deal, organisation_id=found)
        case DealParticipantAdded(participant_id=one, role=role):
            return replace(deal, participants={**deal.participants, one: role})
        case DealParticipantRemoved(participant_id=one):
            return replace(deal, participants={who: role for who, role in deal.participants.items() if who != one})
        case DealChecked(stage=stage, item=item, is_done=is_done):
            ticks = frozenset(((stage, item),))
            return replace(deal, checked=deal.checked | ticks if is_done else deal.checked - ticks)
    return deal


def _filled(fields: Mapping[str, FieldChange], change: FieldChange) -> Mapping[str, FieldChange]:
    if change.value is None and change.sealed is None:
        return {code: value for code, value in fields.items() if code != change.field}
    return {**fields, change.field: change}
