"""What is true of work after an event; total, and an event that means nothing in a state changes nothing."""

from __future__ import annotations

from dataclasses import replace

from events.contracts.deals.work import (
    WorkAccepted,
    WorkCancelled,
    WorkCompleted,
    WorkEditsMade,
    WorkEditsRequested,
    WorkGuaranteeEnded,
    WorkOpened,
    WorkStageFinished,
    WorkStageOverdue,
    WorkStagePlanned,
    WorkStageSkipped,
    WorkStageStarted,
)
from events.event import Event

from deals.work.states import Accepted, Cancelled, Completed, NoWork, Open, Stage, State, Work

_NAMES = ("work_id", "deal_id", "customer_id", "direction", "manager_id", "template", "guarantee_days")


def evolve(state: State, event: Event) -> State:
    """The state after an event."""
    match event, state:
        case WorkOpened(), NoWork():
            stages = {plan.code: Stage(plan) for plan in event.stages}
            return Open(Work(**{name: getattr(event, name) for name in _NAMES}, stages=stages))
        case WorkAccepted(), Open():
            return Accepted(state.work, event.accepted_on)
        case WorkCompleted(), Accepted():
            return Completed(state.work, state.accepted_on, event.completed_on, event.guarantee_until)
        case WorkGuaranteeEnded(), Completed():
            return replace(state, guarantee_ended=True)
        case WorkCancelled(), Open() | Accepted():
            return Cancelled(state.work)
        case _, Open():
            return Open(_worked_on(state.work, event))
    return state


def _worked_on(work: Work, event: Event) -> Work:
    match event:
        case WorkStagePlanned(stage=plan):
            known = work.stages.get(plan.code)
            return _with(work, plan.code, replace(known, plan=plan) if known else Stage(plan))
        case WorkEditsRequested():
            return replace(work, edits={**work.edits, event.edit_id: False})
        case WorkEditsMade():
            return replace(work, edits={**work.edits, event.edit_id: True})
        case WorkStageStarted() | WorkStageFinished() | WorkStageSkipped() | WorkStageOverdue() if (
            event.stage in work.stages
        ):
            return _with(work, event.stage, _stage_after(work.stages[event.stage], event))
    return work


def _stage_after(
    stage: Stage, event: WorkStageStarted | WorkStageFinished | WorkStageSkipped | WorkStageOverdue
) -> Stage:
    match event:
        case WorkStageStarted():
            return replace(stage, status="started", started_on=event.started_on, finished_on=None)
        case WorkStageFinished():
            return replace(stage, status="finished", finished_on=event.finished_on)
        case WorkStageSkipped():
            return replace(stage, status="skipped", finished_on=None)
        case WorkStageOverdue():
            return replace(stage, reported_due=event.due_on)


def _with(work: Work, code: str, stage: Stage) -> Work:
    return replace(work, stages={**work.stages, code: stage})
