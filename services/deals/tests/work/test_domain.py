"""The rules of work after the sale, as sentences."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

import pytest
from deals.work.domain import DECIDER
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
from deals.work.states import Completed, NoWork, Open
from events.contracts.deals import Money
from events.contracts.deals.work import (
    WorkAccepted,
    WorkCancelled,
    WorkCompleted,
    WorkEditsMade,
    WorkEditsRequested,
    WorkGuaranteeEnded,
    WorkOpened,
    WorkStage,
    WorkStageFinished,
    WorkStageOverdue,
    WorkStagePlanned,
    WorkStageSkipped,
    WorkStageStarted,
)
from events.event import Event
from events.sealed import Sealed
from events.testing import Given
from hypothesis import given as for_any
from hypothesis import strategies as st

WORK, DEAL, CUSTOMER, EDIT = (UUID(int=n) for n in range(1, 5))
OF = {"work_id": WORK, "deal_id": DEAL, "customer_id": CUSTOMER}
TODAY = date(2026, 3, 20)
EARLIER = TODAY - timedelta(days=5)
TEXT: Sealed[str] = Sealed("s1." + "x" * 60)
LAYOUT = WorkStage(code="layout", title="Макет", responsible_id="anna", due_on=TODAY - timedelta(days=1))
PRINT = WorkStage(code="print", title="Печать")
OPENED = WorkOpened(**OF, guarantee_days=365, stages=(LAYOUT, PRINT))
LAYOUT_DONE = WorkStageFinished(**OF, stage="layout", finished_on=EARLIER)
PRINT_LEFT_OUT = WorkStageSkipped(**OF, stage="print", reason=TEXT)
ASKED = WorkEditsRequested(**OF, edit_id=EDIT, requested_on=EARLIER, text=TEXT)
DONE = (OPENED, LAYOUT_DONE, PRINT_LEFT_OUT)
ACCEPTED = WorkAccepted(**OF, accepted_on=EARLIER, accepted_by=TEXT)
ACT = UUID(int=5)
COMPLETED = WorkCompleted(
    **OF, completed_on=EARLIER, document_ids=(ACT,), guarantee_until=EARLIER + timedelta(days=365)
)
COMPLETE = Complete(EARLIER, TODAY, (ACT,))
ACCEPT = Accept(EARLIER, TODAY, TEXT)


def given(*events: Event) -> Given[Command, object]:
    return Given(DECIDER, events)  # type: ignore[arg-type]


def test_work_is_opened_once_with_its_stages() -> None:
    order = OpenWork(WORK, DEAL, CUSTOMER, (LAYOUT, PRINT), guarantee_days=365)
    given().when(order).then(OPENED)
    given(OPENED).when(order).then_nothing()
    given().when(OpenWork(WORK, DEAL, CUSTOMER, ())).then_rejected("no_stages")
    given().when(OpenWork(WORK, DEAL, CUSTOMER, (LAYOUT, LAYOUT))).then_rejected("stage_twice")


def test_without_work_there_is_nothing_to_do() -> None:
    given().when(ACCEPT).then_rejected("no_work")


def test_a_stage_gets_another_date_or_responsible_and_new_stages_are_added() -> None:
    later = LAYOUT.model_copy(update={"due_on": TODAY, "responsible_id": "boris"})
    given(OPENED).when(PlanStage(later)).then(WorkStagePlanned(**OF, stage=later))
    given(OPENED).when(PlanStage(LAYOUT)).then_nothing()
    report = WorkStage(code="report", title="Отчёт")
    given(OPENED).when(PlanStage(report)).then(WorkStagePlanned(**OF, stage=report))
    given(OPENED, LAYOUT_DONE).when(PlanStage(later)).then_rejected("stage_done")
    wrong = WorkStage(code="report", title="Отчёт", starts_on=TODAY, due_on=EARLIER)
    given(OPENED).when(PlanStage(wrong)).then_rejected("due_before_start")


def test_a_stage_is_started_finished_and_started_again() -> None:
    started = WorkStageStarted(**OF, stage="layout", started_on=EARLIER)
    given(OPENED).when(StartStage("layout", EARLIER, TODAY)).then(started)
    given(OPENED, started).when(StartStage("layout", TODAY, TODAY)).then_nothing()
    given(OPENED, started).when(FinishStage("layout", EARLIER, TODAY)).then(LAYOUT_DONE)
    given(OPENED, LAYOUT_DONE).when(FinishStage("layout", TODAY, TODAY)).then_nothing()
    given(OPENED, LAYOUT_DONE).when(StartStage("layout", EARLIER, TODAY)).then(started)
    before = EARLIER - timedelta(days=1)
    given(OPENED, started).when(FinishStage("layout", before, TODAY)).then_rejected("before_start")
    given(OPENED).when(StartStage("layout", TODAY + timedelta(days=1), TODAY)).then_rejected("in_the_future")
    given(OPENED).when(StartStage("dance", TODAY, TODAY)).then_rejected("no_stage")


def test_a_stage_is_left_out_with_a_reason_but_not_once_it_is_finished() -> None:
    given(OPENED).when(SkipStage("print", TEXT)).then(PRINT_LEFT_OUT)
    given(OPENED, PRINT_LEFT_OUT).when(SkipStage("print", TEXT)).then_nothing()
    given(OPENED, LAYOUT_DONE).when(SkipStage("layout", TEXT)).then_rejected("stage_done")


def test_a_stage_is_said_to_be_late_once_for_each_planned_date() -> None:
    assert LAYOUT.due_on is not None
    report = ReportOverdue("layout", LAYOUT.due_on)
    late = WorkStageOverdue(**OF, stage="layout", due_on=LAYOUT.due_on, responsible_id="anna")
    given(OPENED).when(report).then(late)
    given(OPENED, late).when(report).then_nothing()
    given(OPENED, LAYOUT_DONE).when(report).then_nothing()
    moved = WorkStagePlanned(**OF, stage=LAYOUT.model_copy(update={"due_on": TODAY}))
    given(OPENED, moved).when(report).then_nothing()
    again = WorkStageOverdue(**OF, stage="layout", due_on=TODAY, responsible_id="anna")
    given(OPENED, late, moved).when(ReportOverdue("layout", TODAY)).then(again)
    given(*DONE, ACCEPTED).when(report).then_nothing()


def test_edits_are_asked_for_and_made() -> None:
    asked = RequestEdits(EDIT, EARLIER, TODAY, TEXT)
    made = WorkEditsMade(**OF, edit_id=EDIT, made_on=TODAY)
    given(OPENED).when(asked).then(ASKED)
    given(OPENED, ASKED).when(asked).then_nothing()
    given(OPENED, ASKED).when(MakeEdits(EDIT, TODAY, TODAY)).then(made)
    given(OPENED, ASKED, made).when(MakeEdits(EDIT, TODAY, TODAY)).then_nothing()
    given(OPENED).when(MakeEdits(EDIT, TODAY, TODAY)).then_rejected("no_edits")
    given(OPENED).when(RequestEdits(EDIT, TODAY, TODAY, TEXT, "dance")).then_rejected("no_stage")


def test_the_customer_accepts_what_is_done_and_changed_as_he_asked() -> None:
    given(*DONE).when(ACCEPT).then(ACCEPTED)
    given(OPENED, LAYOUT_DONE).when(ACCEPT).then_rejected("stages_open")
    given(*DONE, ASKED).when(ACCEPT).then_rejected("edits_open")
    given(*DONE, ACCEPTED).when(StartStage("print", TODAY, TODAY)).then_rejected("accepted")


def test_work_is_completed_after_its_acceptance_and_the_guarantee_counts_from_then() -> None:
    given(*DONE, ACCEPTED).when(COMPLETE).then(COMPLETED)
    given(*DONE).when(COMPLETE).then_rejected("not_accepted")
    before = EARLIER - timedelta(days=1)
    given(*DONE, ACCEPTED).when(Complete(before, TODAY)).then_rejected("before_acceptance")
    short = Complete(TODAY, TODAY, guarantee_until=EARLIER)
    given(*DONE, ACCEPTED).when(short).then_rejected("guarantee_before_completion")
    given(*DONE, ACCEPTED, COMPLETED).when(COMPLETE).then_rejected("completed")


def test_work_is_completed_when_it_is_paid_and_has_closing_documents_or_somebody_says_why_not() -> None:
    owed = Money(amount=Decimal("5000.00"), currency="RUB")
    given(*DONE, ACCEPTED).when(Complete(EARLIER, TODAY)).then_rejected("not_settled")
    given(*DONE, ACCEPTED).when(replace(COMPLETE, unpaid=owed)).then_rejected("not_settled")
    given(*DONE, ACCEPTED).when(replace(COMPLETE, unfit=(ACT,), because=TEXT)).then_rejected("unfit_documents")
    given(*DONE, ACCEPTED).when(replace(COMPLETE, unpaid=owed, because=TEXT)).then(
        COMPLETED.model_copy(update={"unpaid": owed, "because": TEXT})
    )
    given(*DONE, ACCEPTED).when(replace(COMPLETE, because=TEXT)).then(COMPLETED)


def test_the_guarantee_ends_once_and_only_at_its_own_date() -> None:
    assert COMPLETED.guarantee_until is not None
    ended = WorkGuaranteeEnded(**OF, guarantee_until=COMPLETED.guarantee_until)
    end = EndGuarantee(COMPLETED.guarantee_until)
    given(*DONE, ACCEPTED, COMPLETED).when(end).then(ended)
    given(*DONE, ACCEPTED, COMPLETED, ended).when(end).then_nothing()
    given(*DONE, ACCEPTED, COMPLETED).when(EndGuarantee(TODAY)).then_nothing()
    given(*DONE).when(end).then_nothing()


def test_work_is_cancelled_until_it_is_completed() -> None:
    cancelled = WorkCancelled(**OF, reason=TEXT)
    given(OPENED).when(Cancel(TEXT)).then(cancelled)
    given(OPENED, cancelled).when(Cancel(TEXT)).then_nothing()
    given(OPENED, cancelled).when(ACCEPT).then_rejected("cancelled")
    given(*DONE, ACCEPTED, COMPLETED).when(Cancel(TEXT)).then_rejected("completed")


days = st.dates(EARLIER - timedelta(days=3), TODAY + timedelta(days=3))
codes = st.sampled_from(["layout", "print", "report"])
commands = st.one_of(
    st.builds(PlanStage, st.builds(WorkStage, code=codes, title=st.just("Этап"), due_on=st.none() | days)),
    st.builds(StartStage, codes, days, st.just(TODAY)),
    st.builds(FinishStage, codes, days, st.just(TODAY)),
    st.builds(SkipStage, codes, st.just(TEXT)),
    st.builds(ReportOverdue, codes, days),
    st.builds(RequestEdits, st.just(EDIT), days, st.just(TODAY), st.just(TEXT)),
    st.builds(MakeEdits, st.just(EDIT), days, st.just(TODAY)),
    st.builds(Accept, days, st.just(TODAY), st.just(TEXT)),
    st.builds(Complete, days, st.just(TODAY), st.just((ACT,))),
    st.builds(EndGuarantee, days),
)


@for_any(st.lists(commands, max_size=30))
def test_whatever_is_tried_nothing_late_is_told_twice_and_what_was_accepted_is_done(tried: list[Command]) -> None:
    history: list[Event] = [OPENED]
    for command in tried:
        history += Given(DECIDER, history).when(command).events
        again = Given(DECIDER, history).when(command)
        assert not again.events or isinstance(command, StartStage | FinishStage | SkipStage)
    late = [(event.stage, event.due_on) for event in history if isinstance(event, WorkStageOverdue)]
    state = DECIDER.fold(history)
    assert not isinstance(state, NoWork)
    if not isinstance(state, Open):
        assert not any(stage.is_to_do for stage in state.work.stages.values())
        assert all(state.work.edits.values())
    if isinstance(state, Completed):
        assert state.completed_on >= state.accepted_on
    for before, after in pairwise(late):
        assert before != after


@pytest.mark.parametrize("event", [ACCEPTED, COMPLETED, ASKED, LAYOUT_DONE, PRINT_LEFT_OUT])
def test_an_event_that_means_nothing_yet_changes_nothing(event: Event) -> None:
    assert DECIDER.fold([event]) == NoWork()
