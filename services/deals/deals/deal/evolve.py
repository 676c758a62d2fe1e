"""What is true of a deal after an event. Total: it never fails, whatever the order of events."""

from __future__ import annotations

from dataclasses import replace

from events.contracts.deals import (
    DealLinesChanged,
    DealLost,
    DealOpened,
    DealReassigned,
    DealReopened,
    DealStageChanged,
    DealValueChanged,
    DealWon,
)
from events.event import Event

from deals.deal.states import Deal, Lost, NoDeal, Nurtured, Open, State, Won


def evolve(state: State, event: Event) -> State:
    """The state after an event; an event that means nothing in a state leaves it as it is."""
    match event, state:
        case DealOpened(), NoDeal():
            known = frozenset(Deal.__dataclass_fields__) & frozenset(DealOpened.model_fields)
            fields = {name: getattr(event, name) for name in known}
            return Open(Deal(**fields), event.stage)
        case DealStageChanged(), Open() | Nurtured():
            kind = Nurtured if event.to_kind == "nurture" else Open
            return kind(state.deal, event.to_stage)
        case DealValueChanged(), Open() | Nurtured() | Won() | Lost():
            return replace(state, deal=replace(state.deal, value=event.value))
        case DealLinesChanged(), Open() | Nurtured() | Won() | Lost():
            told = {name: getattr(event, name) for name in ("lines", "discount", "totals")}
            return replace(state, deal=replace(state.deal, **told))
        case DealReassigned(), Open() | Nurtured() | Won() | Lost():
            return replace(state, deal=replace(state.deal, manager_id=event.manager_id))
        case DealWon(), Open() | Nurtured():
            return Won(replace(state.deal, value=event.value), event.stage)
        case DealLost(), Open() | Nurtured():
            return Lost(state.deal, event.stage, event.reason, event.comment)
        case DealReopened(), Lost():
            return Open(state.deal, event.to_stage)
    return state
