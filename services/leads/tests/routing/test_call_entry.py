"""A lead on a call list, as sentences."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from events.contracts.leads import CallListLeadAdded, CallListLeadCalled, CallListLeadRemoved
from events.testing import AT, given
from leads.routing.call_entry import ENTRY, Done, Open, RecordCall, Remove, shown

IDS: dict[str, Any] = {
    "entry_id": UUID(int=1), "call_list": "cold", "lead_id": UUID(int=2), "customer_id": UUID(int=3),
}  # fmt: skip
ADDED = CallListLeadAdded(**IDS, due_at=AT)
PAUSE = timedelta(hours=3)


def called(result: Any, attempt: int = 1, **more: Any) -> CallListLeadCalled:
    return CallListLeadCalled(**IDS, manager_id="anna", result=result, attempt=attempt, **more)


def call(result: Any, **more: Any) -> RecordCall:
    return RecordCall("anna", result, AT, PAUSE, 2, **more)


MISSED = called("no_answer", next_call_at=AT + PAUSE)


@pytest.mark.parametrize("result", ["reached", "refused", "wrong_number"])
def test_who_was_reached_is_done(result: str) -> None:
    given(ENTRY, ADDED).when(call(result)).then(called(result, outcome=result))


def test_who_was_not_reached_is_called_again_after_a_pause_and_given_up_after_the_last_attempt() -> None:
    given(ENTRY, ADDED).when(call("no_answer")).then(MISSED)
    given(ENTRY, ADDED, MISSED).when(call("busy")).then(called("busy", 2, outcome="unreachable"))


def test_who_wants_another_time_is_called_then() -> None:
    tomorrow = AT + timedelta(days=1)
    given(ENTRY, ADDED).when(call("call_later", call_again_at=tomorrow)).then(
        called("call_later", next_call_at=tomorrow)
    )
    given(ENTRY, ADDED).when(call("call_later")).then_rejected("no_time")
    given(ENTRY, ADDED).when(call("call_later", call_again_at=AT)).then_rejected("past")


def test_what_is_done_is_not_called_and_needs_no_removal() -> None:
    history = (ADDED, called("reached", outcome="reached"))
    given(ENTRY, *history).when(call("reached")).then_rejected("done")
    given(ENTRY, *history).when(Remove("lead_closed")).then_nothing()


def test_an_entry_is_removed_with_the_reason() -> None:
    given(ENTRY, ADDED).when(Remove("lead_closed")).then(CallListLeadRemoved(**IDS, reason="lead_closed"))


def test_what_was_never_listed_is_not_there() -> None:
    given(ENTRY).when(call("reached")).then_rejected("no_entry")


def test_the_state_is_shown_in_the_words_of_lists() -> None:
    def after(*events: Any) -> str:
        state = ENTRY.fold(events)
        assert isinstance(state, Open | Done)
        return shown(state)

    assert after(ADDED) == "waiting"
    assert after(ADDED, MISSED) == "no_answer"
    assert after(ADDED, called("call_later", next_call_at=AT + PAUSE)) == "called"
    assert after(ADDED, called("reached", outcome="reached")) == "done"
