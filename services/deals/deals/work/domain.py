"""The rules of work after the sale. Pure: days and ids come in with the command, texts come in sealed.

Work is open until the customer accepts it, which needs every stage finished or skipped and every edit made; then it is
completed, and what is left is the guarantee.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import date, timedelta
from typing import Any, Final

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
from events.decider import Decider, Rejected
from events.event import Event

from deals.work.evolve import evolve
from deals.work.orders import (
    Accept,
    Cancel,
    Command,
    Complete,
    EndGuarantee,
    FinishStage,
    MakeEdits,
    OpenWork,
    PlanStage,
    ReportOverdue,
    RequestEdits,
    SkipStage,
    StartStage,
)
from deals.work.states import Accepted, Cancelled, Completed, NoWork, Open, Stage, State, Work

MOST_STAGES: Final = 100


def decide(command: Command, state: State) -> Sequence[Event]:  # noqa: C901 - an arm a rule
    """The events of a command; nothing where it is already so. Raises :class:`events.decider.Rejected`."""
    if isinstance(command, OpenWork):
        return (_opened(command),) if isinstance(state, NoWork) else ()
    match command, state:
        case _, NoWork():
            raise Rejected("no_work", "There is no work on this deal.")
        case EndGuarantee(guarantee_until=until), Completed(guarantee_until=promised, guarantee_ended=False):
            return (WorkGuaranteeEnded(**_of(state.work), guarantee_until=until),) if until == promised else ()
        case (EndGuarantee(), _) | (ReportOverdue(), Accepted() | Completed() | Cancelled()):
            return ()
        case Cancel(), Cancelled():
            return ()
        case Cancel(), Open() | Accepted():
            return (WorkCancelled(**_of(state.work), reason=command.reason),)
        case Complete(), Accepted():
            return (_completed(command, state),)
        case Complete(), Open():
            raise Rejected("not_accepted", "The customer has not accepted the work yet.")
        case _, Open():
            return _on_open(command, state.work)
        case _, Accepted():
            raise Rejected("accepted", "The work is accepted; its stages stay as they are.")
        case _, Completed():
            raise Rejected("completed", "The work is completed and stays as it is.")
    raise Rejected("cancelled", "The work is cancelled.")


def _on_open(command: Command, work: Work) -> Sequence[Event]:
    match command:
        case PlanStage():
            return _plan(command, work)
        case StartStage() | FinishStage() | SkipStage() | ReportOverdue():
            return _on_stage(command, work, _stage(work, command.stage))
        case RequestEdits(edit_id=edit_id) if edit_id not in work.edits:
            _check_day(command.requested_on, command.today)
            if command.stage is not None:
                _stage(work, command.stage)
            return (WorkEditsRequested(**_of(work), **_given(command, "edit_id", "requested_on", "text", "stage")),)
        case MakeEdits(edit_id=edit_id):
            if edit_id not in work.edits:
                raise Rejected("no_edits", "Nobody asked for these edits.")
            _check_day(command.made_on, command.today)
            made = WorkEditsMade(**_of(work), edit_id=edit_id, made_on=command.made_on)
            return () if work.edits[edit_id] else (made,)
        case Accept():
            return _accept(command, work)
    return ()


def _plan(command: PlanStage, work: Work) -> Sequence[Event]:
    plan = command.stage
    known = work.stages.get(plan.code)
    if known is None and len(work.stages) == MOST_STAGES:
        raise Rejected("too_many_stages", f"Work has {MOST_STAGES} stages at most.")
    if known is not None and not known.is_to_do:
        raise Rejected("stage_done", "The stage is finished or skipped; start it again first.")
    _check_plan(plan.starts_on, plan.due_on)
    return () if known is not None and known.plan == plan else (WorkStagePlanned(**_of(work), stage=plan),)


def _on_stage(
    command: StartStage | FinishStage | SkipStage | ReportOverdue, work: Work, stage: Stage
) -> Sequence[Event]:
    match command:
        case StartStage(started_on=day):
            _check_day(day, command.today)
            started = WorkStageStarted(**_of(work), stage=command.stage, started_on=day)
            return () if stage.status == "started" else (started,)
        case FinishStage(finished_on=day):
            _check_day(day, command.today)
            if stage.started_on is not None and day < stage.started_on:
                raise Rejected("before_start", "A stage cannot be finished before it was started.")
            finished = WorkStageFinished(**_of(work), stage=command.stage, finished_on=day)
            return () if stage.status == "finished" else (finished,)
        case SkipStage():
            if stage.status == "finished":
                raise Rejected("stage_done", "The stage is finished.")
            skipped = WorkStageSkipped(**_of(work), stage=command.stage, reason=command.reason)
            return () if stage.status == "skipped" else (skipped,)
    if not stage.is_to_do or stage.plan.due_on != command.due_on or stage.is_overdue:
        return ()
    late = {"stage": command.stage, "due_on": command.due_on, "responsible_id": stage.plan.responsible_id}
    return (WorkStageOverdue(**_of(work), **late),)


def _accept(command: Accept, work: Work) -> Sequence[Event]:
    to_do = [stage.plan.title for stage in work.stages.values() if stage.is_to_do]
    if to_do:
        raise Rejected("stages_open", f"Not finished and not skipped: {', '.join(to_do)}.")
    if not all(work.edits.values()):
        raise Rejected("edits_open", "The customer asked for edits that are not made yet.")
    _check_day(command.accepted_on, command.today)
    return (WorkAccepted(**_of(work), **_given(command, "accepted_on", "accepted_by", "remarks")),)


def _completed(command: Complete, state: Accepted) -> Event:
    _check_day(command.completed_on, command.today)
    if command.completed_on < state.accepted_on:
        raise Rejected("before_acceptance", "Work cannot be completed before it was accepted.")
    until, days = command.guarantee_until, state.work.guarantee_days
    if until is None and days:
        until = command.completed_on + timedelta(days=days)
    if until is not None and until < command.completed_on:
        raise Rejected("guarantee_before_completion", "The guarantee would end before the work is completed.")
    is_settled = _check_settled(command)
    given = _given(command, "completed_on", "document_ids", "unpaid")
    because = None if is_settled else command.because
    return WorkCompleted(**_of(state.work), **given, guarantee_until=until, because=because)


def _check_settled(command: Complete) -> bool:
    """Whether it was paid and has closing documents; where not, somebody must say why it is completed all the same."""
    if command.unfit:
        listed = ", ".join(map(str, command.unfit))
        raise Rejected("unfit_documents", f"Not documents of this deal or customer, or not made yet: {listed}.")
    owed = command.unpaid
    open_ = [f"{owed.amount} {owed.currency} are not paid"] if owed else []
    open_ += [] if command.document_ids else ["no closing document is named"]
    if open_ and command.because is None:
        said = " and ".join(open_)
        raise Rejected("not_settled", f"{said[0].upper()}{said[1:]}. See to it, or say why not in `because`.")
    return not open_


def _opened(command: OpenWork) -> Event:
    codes = [stage.code for stage in command.stages]
    if not codes:
        raise Rejected("no_stages", "Work needs at least one stage.")
    if len(set(codes)) < len(codes):
        raise Rejected("stage_twice", "A stage stands there twice.")
    for stage in command.stages:
        _check_plan(stage.starts_on, stage.due_on)
    return WorkOpened(**_given(command, *(field.name for field in fields(command))))


def _stage(work: Work, code: str) -> Stage:
    if code not in work.stages:
        raise Rejected("no_stage", f"The work has no stage {code}.")
    return work.stages[code]


def _check_plan(starts_on: date | None, due_on: date | None) -> None:
    if starts_on is not None and due_on is not None and due_on < starts_on:
        raise Rejected("due_before_start", "A stage cannot be due before it begins.")


def _check_day(day: date, today: date) -> None:
    if day > today:
        raise Rejected("in_the_future", "The day lies in the future.")


def _of(work: Work) -> dict[str, Any]:
    return {"work_id": work.work_id, "deal_id": work.deal_id, "customer_id": work.customer_id}


def _given(command: object, *names: str) -> dict[str, Any]:
    return {name: getattr(command, name) for name in names}


DECIDER: Final[Decider[Command, State]] = Decider(NoWork(), decide, evolve)
