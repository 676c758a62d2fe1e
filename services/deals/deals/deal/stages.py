"""The rules of stages: how a deal enters its pipeline, moves, is put off, and ends. Pure.

A stage of the newest version may be entered; one that an earlier version had is stayed in until the deal is moved on. A
required item of the check-list that is not ticked off holds a deal back from moving forward or being won, unless
somebody says why it does not matter.
"""

from __future__ import annotations

from collections.abc import Sequence

from events.contracts.deals import (
    DealLost,
    DealOpened,
    DealPutOff,
    DealReopened,
    DealStageChanged,
    DealWoken,
    DealWon,
)
from events.decider import Rejected
from events.event import Event

from deals.deal.orders import LoseDeal, MoveDeal, NurtureDeal, OpenDeal, ReopenDeal, WakeDeal, WinDeal
from deals.deal.states import Live, Lost, Nurtured
from deals.pipelines.pipeline import Pipeline, Pipelines, Stage


def opened(pipelines: Pipelines, command: OpenDeal) -> Sequence[Event]:
    """A deal enters a pipeline that takes new deals, in a stage where deals are worked on."""
    pipeline = pipelines.get(command.pipeline)
    if pipeline is None:
        raise Rejected("unknown_pipeline", f"There is no pipeline {command.pipeline}.")
    if pipeline.is_retired:
        raise Rejected("pipeline_retired", f"The pipeline {command.pipeline} takes no new deals.")
    if not pipeline.takes(command.deal_type):
        raise Rejected("unknown_type", f"The pipeline {pipeline.code} has no deals of type {command.deal_type}.")
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
            previous_deal_id=command.previous_deal_id,
            organisation_id=command.organisation_id,
        ),
    )


def moved(pipeline: Pipeline, command: MoveDeal, state: Live) -> Sequence[Event]:
    """To any stage that does not close the deal; nothing where it is there already."""
    if command.to_stage == state.stage:
        return ()
    stage = _stage(pipeline, command.to_stage)
    is_forward = stage.kind == "open" and pipeline.is_forward(state.stage, stage.code)
    unchecked = _left_open(pipeline, state) if is_forward else ()
    if unchecked and command.because is None:
        raise _incomplete(unchecked)
    return (
        DealStageChanged(
            deal_id=state.deal.deal_id,
            customer_id=state.deal.customer_id,
            from_stage=state.stage,
            to_stage=stage.code,
            to_kind=stage.kind,
            pipeline_version=pipeline.version,
            unchecked=unchecked or None,
            because=command.because if unchecked else None,
            request_id=command.request_id,
        ),
    )


def put_off(pipeline: Pipeline, command: NurtureDeal, state: Live) -> Sequence[Event]:
    """To a stage of nurture, and until when."""
    to_stage = command.to_stage or (state.stage if isinstance(state, Nurtured) else _nurture(pipeline))
    stays = to_stage == state.stage and isinstance(state, Nurtured)
    if not stays and _stage(pipeline, to_stage).kind != "nurture":
        raise Rejected("not_a_nurture_stage", f"{to_stage} is not a stage in which deals are put off.")
    until = state.wake_at if stays and isinstance(state, Nurtured) else None
    events = moved(pipeline, MoveDeal(to_stage), state)
    if command.wake_at == until:
        return events
    deal = state.deal
    return (*events, DealPutOff(deal_id=deal.deal_id, customer_id=deal.customer_id, wake_at=command.wake_at))


def woken(command: WakeDeal, state: Live) -> Sequence[Event]:
    """Only a deal that is put off until just then wakes."""
    if not isinstance(state, Nurtured) or state.wake_at != command.wake_at:
        return ()
    deal = state.deal
    return (
        DealWoken(deal_id=deal.deal_id, customer_id=deal.customer_id, stage=state.stage, manager_id=deal.manager_id),
    )


def won(pipeline: Pipeline, command: WinDeal, state: Live) -> Sequence[Event]:
    """Concluded; a required item that is open holds it back as it does a move."""
    unchecked = _left_open(pipeline, state)
    if unchecked and command.because is None:
        raise _incomplete(unchecked)
    return (
        DealWon(
            deal_id=state.deal.deal_id,
            customer_id=state.deal.customer_id,
            from_stage=state.stage,
            stage=pipeline.end("won").code,
            value=command.value or state.deal.value,
            pipeline_version=pipeline.version,
            unchecked=unchecked or None,
            because=command.because if unchecked else None,
        ),
    )


def lost(pipeline: Pipeline, command: LoseDeal, state: Live) -> Sequence[Event]:
    """Ended, with a reason from the list and a comment."""
    if not pipeline.is_loss_reason(command.reason):
        raise Rejected(
            "unknown_reason", f"{command.reason} is not on the list of reasons of the pipeline {pipeline.code}."
        )
    if command.comment is None:
        raise Rejected("comment_required", "Say in a comment why the deal was lost.")
    return (
        DealLost(
            deal_id=state.deal.deal_id,
            customer_id=state.deal.customer_id,
            from_stage=state.stage,
            stage=pipeline.end("lost").code,
            reason=command.reason,
            comment=command.comment,
            pipeline_version=pipeline.version,
        ),
    )


def reopened(pipeline: Pipeline, command: ReopenDeal, state: Lost) -> Sequence[Event]:
    """Back to a stage where deals are worked on."""
    stage = pipeline.first().code if command.to_stage is None else _working_stage(pipeline, command.to_stage)
    deal = state.deal
    return (
        DealReopened(
            deal_id=deal.deal_id,
            customer_id=deal.customer_id,
            from_stage=state.stage,
            to_stage=stage,
            pipeline_version=pipeline.version,
        ),
    )


def _stage(pipeline: Pipeline, code: str) -> Stage:
    stage = pipeline.stage(code)
    if stage is None:
        raise Rejected("unknown_stage", f"The pipeline {pipeline.code} has no stage {code}.")
    if stage.kind in ("won", "lost"):
        raise Rejected("closing_stage", f"{code} closes the deal: win it, or lose it with a reason and a comment.")
    return stage


def _working_stage(pipeline: Pipeline, code: str) -> str:
    stage = pipeline.stage(code)
    if stage is None:
        raise Rejected("unknown_stage", f"The pipeline {pipeline.code} has no stage {code}.")
    if stage.kind != "open":
        raise Rejected("not_a_working_stage", f"{code} is not a stage in which deals are worked on.")
    return code


def _nurture(pipeline: Pipeline) -> str:
    found = next((stage.code for stage in pipeline.stages if stage.kind == "nurture"), None)
    if found is None:
        raise Rejected("no_nurture_stage", f"The pipeline {pipeline.code} has no stage in which deals are put off.")
    return found


def _left_open(pipeline: Pipeline, state: Live) -> tuple[str, ...]:
    stage = pipeline.stage(state.stage)
    if stage is None:
        return ()
    return tuple(item for item in stage.required() if (stage.code, item) not in state.deal.checked)


def _incomplete(unchecked: Sequence[str]) -> Rejected:
    return Rejected(
        "checklist_incomplete", f"Not done in this stage: {', '.join(unchecked)}. Do it, or say why not in `because`."
    )
