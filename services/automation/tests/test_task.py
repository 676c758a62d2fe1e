"""What can be done with a manager's task."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from automation.tasks.domain import TASK, Assign, Comment, Complete, Completed, Create, Prioritise, Reschedule
from events.contracts.automation import (
    MessageSent,
    TaskAssigned,
    TaskCommented,
    TaskCompleted,
    TaskCreated,
    TaskPrioritised,
    TaskRescheduled,
)
from events.sealed import Sealed
from events.testing import given
from hypothesis import given as for_all
from hypothesis import strategies as st

TASK_ID, LEAD, CUSTOMER = UUID(int=1), UUID(int=2), UUID(int=3)
DUE, LATER = datetime(2026, 3, 2, 10, tzinfo=UTC), datetime(2026, 3, 3, 10, tzinfo=UTC)
WORDS = Sealed[str]("s1." + "A" * 40)
CREATE = Create(TASK_ID, "call", "Call", DUE, customer_id=CUSTOMER, lead_id=LEAD)
CREATED = TaskCreated(
    task_id=TASK_ID,
    kind="call",
    title="Call",
    due_at=DUE,
    customer_id=CUSTOMER,
    lead_id=LEAD,
    follows_responsible=True,
)
ASSIGNED = TaskAssigned(task_id=TASK_ID, assignee="anna")
COMPLETED = TaskCompleted(task_id=TASK_ID, result="done", kind="call", customer_id=CUSTOMER, lead_id=LEAD)


def test_a_task_for_a_lead_and_for_nobody_follows_whoever_is_responsible() -> None:
    given(TASK).when(CREATE).then(CREATED)


def test_the_same_request_again_makes_no_second_task() -> None:
    given(TASK, CREATED, ASSIGNED).when(CREATE).then_nothing()


def test_another_task_under_the_same_key_is_refused() -> None:
    given(TASK, CREATED).when(Create(TASK_ID, "meeting", "Meeting", DUE)).then_rejected("already_exists")


def test_a_task_given_to_somebody_no_longer_follows() -> None:
    given(TASK, CREATED).when(Assign("anna")).then(ASSIGNED)


def test_the_one_before_is_named_when_a_task_changes_hands() -> None:
    expected = TaskAssigned(task_id=TASK_ID, assignee="boris", previous_assignee="anna")
    given(TASK, CREATED, ASSIGNED).when(Assign("boris")).then(expected)


def test_giving_a_task_to_the_same_person_changes_nothing() -> None:
    given(TASK, CREATED, ASSIGNED).when(Assign("anna")).then_nothing()


def test_an_open_task_is_completed_with_a_result() -> None:
    given(TASK, CREATED).when(Complete("done")).then(COMPLETED)


def test_completing_twice_with_one_result_is_one_completion() -> None:
    given(TASK, CREATED, COMPLETED).when(Complete("done")).then_nothing()


def test_a_completed_task_takes_no_other_result_and_no_other_hands() -> None:
    given(TASK, CREATED, COMPLETED).when(Complete("no_answer")).then_rejected("already_completed")
    given(TASK, CREATED, COMPLETED).when(Assign("anna")).then_rejected("already_completed")


def test_what_was_never_made_cannot_be_done() -> None:
    given(TASK).when(Complete("done")).then_rejected("no_such_task")
    given(TASK).when(Comment(WORDS)).then_rejected("no_such_task")


def test_a_task_is_put_off_with_a_reminder_and_once_only() -> None:
    later = TaskRescheduled(task_id=TASK_ID, due_at=LATER, previous_due_at=DUE, remind_at=DUE)
    given(TASK, CREATED).when(Reschedule(LATER, DUE)).then(later)
    given(TASK, CREATED, later).when(Reschedule(LATER, DUE)).then_nothing()
    given(TASK, CREATED, later).when(Reschedule(DUE)).then(
        TaskRescheduled(task_id=TASK_ID, due_at=DUE, previous_due_at=LATER)
    )


def test_nobody_is_reminded_after_the_task_is_due() -> None:
    given(TASK, CREATED).when(Reschedule(DUE, LATER)).then_rejected("late_reminder")
    given(TASK).when(replace(CREATE, remind_at=LATER)).then_rejected("late_reminder")


def test_a_task_becomes_more_urgent() -> None:
    urgent = TaskPrioritised(task_id=TASK_ID, priority="urgent", previous_priority="normal")
    given(TASK, CREATED).when(Prioritise("urgent")).then(urgent)
    given(TASK, CREATED, urgent).when(Prioritise("urgent")).then_nothing()


def test_words_are_added_to_work_that_is_done_too_but_not_where_there_is_no_key_to_seal_them() -> None:
    said = TaskCommented(task_id=TASK_ID, comment=WORDS, customer_id=CUSTOMER)
    given(TASK, CREATED).when(Comment(WORDS)).then(said)
    given(TASK, CREATED, COMPLETED).when(Comment(WORDS)).then(said)
    given(TASK, CREATED.model_copy(update={"customer_id": None})).when(Comment(WORDS)).then_rejected("no_customer")


def test_work_that_is_done_is_not_put_off_nor_made_urgent() -> None:
    given(TASK, CREATED, COMPLETED).when(Reschedule(LATER)).then_rejected("already_completed")
    given(TASK, CREATED, COMPLETED).when(Prioritise("urgent")).then_rejected("already_completed")


@for_all(
    st.lists(
        st.sampled_from(
            [
                CREATED,
                ASSIGNED,
                COMPLETED,
                TaskRescheduled(task_id=TASK_ID, due_at=LATER, previous_due_at=DUE),
                TaskPrioritised(task_id=TASK_ID, priority="low", previous_priority="normal"),
                MessageSent(message_id=TASK_ID, customer_id=LEAD, medium="email", template="t"),
            ]
        )
    )
)
def test_folding_never_fails_and_a_completed_task_stays_completed(events) -> None:
    states = [TASK.fold(events[:n]) for n in range(len(events) + 1)]
    completed = [isinstance(state, Completed) for state in states]
    assert completed == sorted(completed)
