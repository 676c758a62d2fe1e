"""What can be done with a manager's task."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from automation.domain import TASK, Assign, Complete, Completed, Create
from events.contracts.automation import MessageSent, TaskAssigned, TaskCompleted, TaskCreated
from events.testing import given
from hypothesis import given as for_all
from hypothesis import strategies as st

TASK_ID, LEAD, CUSTOMER = UUID(int=1), UUID(int=2), UUID(int=3)
DUE = datetime(2026, 3, 2, 10, tzinfo=UTC)
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
COMPLETED = TaskCompleted(task_id=TASK_ID, result="done", customer_id=CUSTOMER)


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


@for_all(
    st.lists(
        st.sampled_from(
            [
                CREATED,
                ASSIGNED,
                COMPLETED,
                MessageSent(message_id=TASK_ID, customer_id=LEAD, medium="email", template="t"),
            ]
        )
    )
)
def test_folding_never_fails_and_a_completed_task_stays_completed(events) -> None:
    states = [TASK.fold(events[:n]) for n in range(len(events) + 1)]
    completed = [isinstance(state, Completed) for state in states]
    assert completed == sorted(completed)
