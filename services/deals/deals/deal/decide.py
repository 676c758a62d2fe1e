"""A deal's rules: what may be done with it. Pure: no clock, no ids, no I/O.

A deal walks the stages of its pipeline, forward or back, any skipped, and ends as won or lost; a lost one can come
back. Texts about the customer come in sealed and are never read here.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from events.contracts.deals import (
    DealLost,
    DealOpened,
    DealReassigned,
    DealReopened,
    DealStageChanged,
    DealValueChanged,
    DealWon,
    Money,
)
from events.decider import Decider, Rejected
from events.event import Event

from deals.deal.evolve import evolve
from deals.deal.orders import (
    ChangeValue,
    Command,
    LoseDeal,
    MoveDeal,
    OpenDeal,
    ReassignDeal,
    ReopenDeal,
    SetLines,
    WinDeal,
)
from deals.deal.states import Deal, Lost, NoDeal, Nurtured, Open, State, Won
from deals.lines.deciding import check_value, has_lines, lines_set
from deals.pipelines.pipeline import Pipeline, Pipelines


def decide(pipelines: Pipelines, command: Command, state: State) -> Sequence[Event]:  # noqa: C901 - an arm a rule
    """The events of a command; nothing where it is already so. Raises :class:`events.decider.Rejected`."""
    match command, state:
        case OpenDeal(), NoDeal():
            return _open(pipelines, command)
        case OpenDeal(), _:
            return ()
        case _, NoDeal():
            raise Rejected("no_deal", "There is no such deal.")
        case MoveDeal(to_stage=stage), Open() | Nurtured():
            return _move(_pipeline(pipelines, state.deal), stage, state)
        case SetLines(), Open() | Nurtured():
            return lines_set(command, state.deal)
        case SetLines(), Won() if has_lines(command, state.deal):
            return ()
        case ChangeValue(value=value), Open() | Nurtured():
            check_value(value, state.deal)
            return () if value == state.deal.value else (_valued(state.deal, value),)
        case WinDeal(value=value), Open() | Nurtured():
            check_value(value, state.deal)
            return _win(_pipeline(pipelines, state.deal), command, state)
        case WinDeal(value=value), Won() if value in (None, state.deal.value):
            return ()
        case LoseDeal(), Open() | Nurtured():
            return _lose(_pipeline(pipelines, state.deal), command, state)
        case ReopenDeal(), Lost():
            return _reopen(_pipeline(pipelines, state.deal), command, state)
        case ReopenDeal(), Open() | Nurtured():
            raise Rejected("not_lost", "The deal is not closed, so there is nothing to reopen.")
        case ReassignDeal(manager_id=manager), Open() | Nurtured() | Won() | Lost():
            return _reassign(manager, state.deal)
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


def _working_stage(pipeline: Pipeline, code: str) -> str:
    stage = pipeline.stage(code)
    if stage is None:
        raise Rejected("unknown_stage", f"The pipeline {pipeline.code} has no stage {code}.")
    if stage.kind != "open":
        raise Rejected("not_a_working_stage", f"{code} is not a stage in which deals are worked on.")
    return code


def _open(pipelines: Pipelines, command: OpenDeal) -> Sequence[Event]:
    pipeline = pipelines.get(command.pipeline)
    if pipeline is None:
        raise Rejected("unknown_pipeline", f"There is no pipeline {command.pipeline}.")
    stage = pipeline.first().code if command.stage is None else _working_stage(pipeline, command.stage)
    return (
        DealOpened(
            deal_id=command.deal_id,
            customer_id=command.customer_id,
            lead_id=command.lead_id,
            number=command.number,
            pipeline=pipeline.code,
            pipeline_version=pipeline.version,
            stage=stage,
            deal_type=command.deal_type,
            value=command.value,
            manager_id=command.manager_id,
            direction=command.direction,
            title=command.title,
        ),
    )


def _move(pipeline: Pipeline, to_stage: str, state: Open | Nurtured) -> Sequence[Event]:
    stage = pipeline.stage(to_stage)
    if stage is None:
        raise Rejected("unknown_stage", f"The pipeline {pipeline.code} has no stage {to_stage}.")
    if stage.kind in ("won", "lost"):
        raise Rejected("closing_stage", f"{to_stage} closes the deal: win it, or lose it with a reason and a comment.")
    if to_stage == state.stage:
        return ()
    deal = state.deal
    return (
        DealStageChanged(
            deal_id=deal.deal_id,
            customer_id=deal.customer_id,
            from_stage=state.stage,
            to_stage=to_stage,
            to_kind=stage.kind,
        ),
    )


def _valued(deal: Deal, value: Money) -> Event:
    return DealValueChanged(deal_id=deal.deal_id, customer_id=deal.customer_id, value=value)


def _win(pipeline: Pipeline, command: WinDeal, state: Open | Nurtured) -> Sequence[Event]:
    deal = state.deal
    return (
        DealWon(
            deal_id=deal.deal_id,
            customer_id=deal.customer_id,
            from_stage=state.stage,
            stage=pipeline.end("won").code,
            value=command.value or deal.value,
        ),
    )


def _lose(pipeline: Pipeline, command: LoseDeal, state: Open | Nurtured) -> Sequence[Event]:
    if not pipeline.is_loss_reason(command.reason):
        raise Rejected(
            "unknown_reason", f"{command.reason} is not on the list of reasons of the pipeline {pipeline.code}."
        )
    if command.comment is None:
        raise Rejected("comment_required", "Say in a comment why the deal was lost.")
    deal = state.deal
    return (
        DealLost(
            deal_id=deal.deal_id,
            customer_id=deal.customer_id,
            from_stage=state.stage,
            stage=pipeline.end("lost").code,
            reason=command.reason,
            comment=command.comment,
        ),
    )


def _reopen(pipeline: Pipeline, command: ReopenDeal, state: Lost) -> Sequence[Event]:
    stage = pipeline.first().code if command.to_stage is None else _working_stage(pipeline, command.to_stage)
    deal = state.deal
    return (DealReopened(deal_id=deal.deal_id, customer_id=deal.customer_id, from_stage=state.stage, to_stage=stage),)


def _reassign(manager_id: str, deal: Deal) -> Sequence[Event]:
    if manager_id == deal.manager_id:
        return ()
    return (
        DealReassigned(
            deal_id=deal.deal_id,
            customer_id=deal.customer_id,
            manager_id=manager_id,
            previous_manager_id=deal.manager_id,
        ),
    )
