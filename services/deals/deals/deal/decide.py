"""A deal's rules: what may be done with it. Pure: no clock, no ids, no I/O.

A deal walks the stages of its pipeline, forward or back, any skipped, and ends as won or lost; a lost one can come
back. It is judged by the newest version of its pipeline, and events say which that was. Texts about the customer come
in sealed and are never read here.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import get_args

from events.contracts.deals import DealReassigned, DealValueChanged
from events.decider import Decider, Rejected
from events.event import Event

from deals.deal import stages
from deals.deal.evolve import evolve
from deals.deal.orders import (
    ChangeValue,
    Command,
    HandOverDeal,
    LoseDeal,
    MoveDeal,
    NurtureDeal,
    OpenDeal,
    Particular,
    ReassignDeal,
    ReopenDeal,
    SetLines,
    WakeDeal,
    WinDeal,
)
from deals.deal.particulars import written
from deals.deal.states import Deal, Lost, NoDeal, Nurtured, Open, State, Won
from deals.lines.deciding import check_value, has_lines, lines_set
from deals.pipelines.pipeline import Pipeline, Pipelines

_PARTICULARS = get_args(Particular)


def decide(pipelines: Pipelines, command: Command, state: State) -> Sequence[Event]:  # noqa: C901 - an arm a rule
    """The events of a command; nothing where it is already so. Raises :class:`events.decider.Rejected`."""
    match command, state:
        case OpenDeal(), NoDeal():
            return stages.opened(pipelines, command)
        case OpenDeal(), _:
            return ()
        case _, NoDeal():
            raise Rejected("no_deal", "There is no such deal.")
        case ((WakeDeal() | HandOverDeal()), (Won() | Lost())):
            return ()
        case ReassignDeal(manager_id=manager, reason=reason), Open() | Nurtured() | Won() | Lost():
            return _reassigned(state.deal, manager, reason)
        case MoveDeal(), Open() | Nurtured():
            return stages.moved(_pipeline(pipelines, state.deal), command, state)
        case NurtureDeal(), Open() | Nurtured():
            return stages.put_off(_pipeline(pipelines, state.deal), command, state)
        case WakeDeal(), Open() | Nurtured():
            return stages.woken(command, state)
        case SetLines(), Open() | Nurtured():
            return lines_set(command, state.deal)
        case SetLines(), Won() if has_lines(command, state.deal):
            return ()
        case ChangeValue(value=value), Open() | Nurtured():
            check_value(value, state.deal)
            changed = DealValueChanged(deal_id=state.deal.deal_id, customer_id=state.deal.customer_id, value=value)
            return () if value == state.deal.value else (changed,)
        case WinDeal(value=value), Open() | Nurtured():
            check_value(value, state.deal)
            return stages.won(_pipeline(pipelines, state.deal), command, state)
        case WinDeal(value=value), Won() if value in (None, state.deal.value):
            return ()
        case LoseDeal(), Open() | Nurtured():
            return stages.lost(_pipeline(pipelines, state.deal), command, state)
        case ReopenDeal(), Lost():
            return stages.reopened(_pipeline(pipelines, state.deal), command, state)
        case ReopenDeal(), Open() | Nurtured():
            raise Rejected("not_lost", "The deal is not closed, so there is nothing to reopen.")
        case HandOverDeal(), Open() | Nurtured():
            return _handed_over(state.deal, command)
        case particular, Open() | Nurtured() | Won() | Lost() if isinstance(particular, _PARTICULARS):
            return written(_pipeline(pipelines, state.deal), particular, state)
        case _, Won():
            raise Rejected("already_won", "The deal is won and stays as it is.")
        case _, Lost():
            raise Rejected("already_lost", "The deal is lost; reopen it first.")
    raise AssertionError("every command meets every state")


def decider(pipelines: Pipelines) -> Decider[Command, State]:
    """The aggregate under these pipelines."""
    return Decider(NoDeal(), partial(decide, pipelines), evolve)


def _pipeline(pipelines: Pipelines, deal: Deal) -> Pipeline:
    try:
        return pipelines[deal.pipeline]
    except KeyError:
        raise Rejected("unknown_pipeline", f"The pipeline {deal.pipeline} is not set up any more.") from None


def _handed_over(deal: Deal, command: HandOverDeal) -> Sequence[Event]:
    if deal.manager_id != command.from_manager_id:
        return ()
    return _reassigned(deal, command.manager_id, command.reason, command)


def _reassigned(deal: Deal, manager_id: str, reason: str | None, over: HandOverDeal | None = None) -> Sequence[Event]:
    if manager_id == deal.manager_id:
        return ()
    return (
        DealReassigned(
            deal_id=deal.deal_id,
            customer_id=deal.customer_id,
            manager_id=manager_id,
            previous_manager_id=deal.manager_id,
            reason=reason,
            handover_id=over.handover_id if over else None,
        ),
    )
