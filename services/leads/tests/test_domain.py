"""The rules of a lead, as sentences."""

from datetime import timedelta
from uuid import UUID

import pytest
from events.contracts.leads import (
    LeadAssigned,
    LeadCaptured,
    LeadDisqualified,
    LeadPostponed,
    LeadQualified,
    LeadReopened,
    LeadReturned,
    LeadTaken,
    LeadTouched,
    Touch,
)
from events.event import Event
from events.testing import AT, given
from hypothesis import given as for_all
from hypothesis import strategies as st
from leads.domain import decider, evolve
from leads.lead import Assign, Command, Disqualify, Postpone, Qualify, Reopen, Return, Take

LEAD, CUSTOMER = UUID(int=1), UUID(int=2)
IDS = {"lead_id": LEAD, "customer_id": CUSTOMER}
TOUCH = Touch(touch_id=UUID(int=3), channel="yandex", intake="tilda", source="shop", kind="form")
CAPTURED = LeadCaptured(**IDS, touch=TOUCH, direction="retail")
TOUCHED = LeadTouched(**IDS, touch=TOUCH)
ASSIGNED = LeadAssigned(**IDS, manager_id="anna", strategy="by_hand", explanation="Chosen by hand.")
QUALIFIED = LeadQualified(**IDS, temperature="hot", direction="retail")
DISQUALIFIED = LeadDisqualified(**IDS, reason="spam")

TAKEN = LeadTaken(**IDS, manager_id="anna")
RETURNED = LeadReturned(**IDS, previous_manager_id="anna", reason="not-mine")
LATER = AT + timedelta(days=1)
POSTPONED = LeadPostponed(**IDS, until=LATER)
REOPENED = LeadReopened(**IDS, previous_reason="spam")

RULES = decider({"spam", "other"}, {"not-mine", "other"})
TO_ANNA = Assign("anna", "by_hand", "Chosen by hand.")


def test_a_captured_lead_is_qualified() -> None:
    given(RULES, CAPTURED).when(Qualify("hot")).then(QUALIFIED)


def test_qualification_names_the_manager_responsible() -> None:
    given(RULES, CAPTURED, ASSIGNED).when(Qualify("hot")).then(QUALIFIED.model_copy(update={"manager_id": "anna"}))


def test_qualifying_alike_again_changes_nothing() -> None:
    given(RULES, CAPTURED, QUALIFIED).when(Qualify("hot")).then_nothing()


def test_a_qualified_lead_may_cool_down() -> None:
    given(RULES, CAPTURED, QUALIFIED).when(Qualify("cold")).then(QUALIFIED.model_copy(update={"temperature": "cold"}))


def test_a_lead_is_disqualified_for_a_reason_from_the_list() -> None:
    given(RULES, CAPTURED).when(Disqualify("spam")).then(DISQUALIFIED)


def test_a_reason_that_is_not_in_the_list_is_refused() -> None:
    given(RULES, CAPTURED).when(Disqualify("dislike")).then_rejected("unknown_reason")


@pytest.mark.parametrize("command", [Qualify("hot"), TO_ANNA, Disqualify("other")])
def test_a_disqualified_lead_is_closed(command: Command) -> None:
    given(RULES, CAPTURED, DISQUALIFIED).when(command).then_rejected("closed")


def test_disqualifying_for_the_same_reason_again_changes_nothing() -> None:
    given(RULES, CAPTURED, DISQUALIFIED).when(Disqualify("spam")).then_nothing()


@pytest.mark.parametrize("command", [Qualify("hot"), TO_ANNA, Disqualify("spam")])
def test_what_was_never_captured_is_not_there(command: Command) -> None:
    given(RULES).when(command).then_rejected("no_lead")


def test_an_assigned_lead_names_its_manager() -> None:
    given(RULES, CAPTURED).when(TO_ANNA).then(ASSIGNED)


def test_giving_a_lead_to_its_own_manager_changes_nothing() -> None:
    given(RULES, CAPTURED, ASSIGNED).when(TO_ANNA).then_nothing()


def test_a_reassigned_lead_remembers_who_had_it() -> None:
    to_boris = Assign("boris", "by_hand", "Chosen by hand.")
    expected = ASSIGNED.model_copy(update={"manager_id": "boris", "previous_manager_id": "anna"})
    given(RULES, CAPTURED, QUALIFIED, ASSIGNED).when(to_boris).then(expected)


def test_who_takes_a_lead_that_nobody_has_is_responsible() -> None:
    to_anna = ASSIGNED.model_copy(update={"strategy": "taken", "explanation": "Taken by the manager."})
    given(RULES, CAPTURED).when(Take("anna")).then(to_anna, TAKEN)


def test_the_manager_of_a_lead_takes_it_once() -> None:
    given(RULES, CAPTURED, ASSIGNED).when(Take("anna")).then(TAKEN)
    given(RULES, CAPTURED, ASSIGNED, TAKEN).when(Take("anna")).then_nothing()


def test_nobody_takes_what_another_has() -> None:
    given(RULES, CAPTURED, ASSIGNED).when(Take("boris")).then_rejected("taken")


def test_a_lead_that_changes_hands_waits_to_be_taken_again() -> None:
    to_boris = ASSIGNED.model_copy(update={"manager_id": "boris"})
    given(RULES, CAPTURED, ASSIGNED, TAKEN, to_boris).when(Take("boris")).then(
        TAKEN.model_copy(update={"manager_id": "boris"})
    )


def test_a_returned_lead_has_nobody_and_can_be_taken_by_another() -> None:
    given(RULES, CAPTURED, ASSIGNED, TAKEN).when(Return("not-mine")).then(RETURNED)
    given(RULES, CAPTURED).when(Return("not-mine")).then_nothing()
    given(RULES, CAPTURED, ASSIGNED).when(Return("bored")).then_rejected("unknown_reason")
    assert given(RULES, CAPTURED, ASSIGNED, RETURNED).when(Take("boris")).rejected is None


def test_a_lead_is_postponed_into_the_future() -> None:
    given(RULES, CAPTURED).when(Postpone(LATER, AT)).then(POSTPONED)
    given(RULES, CAPTURED, POSTPONED).when(Postpone(LATER, AT)).then_nothing()
    given(RULES, CAPTURED).when(Postpone(AT, AT)).then_rejected("past")


def test_a_disqualified_lead_is_reopened_and_may_be_qualified() -> None:
    given(RULES, CAPTURED, DISQUALIFIED).when(Reopen()).then(REOPENED)
    given(RULES, CAPTURED).when(Reopen()).then_nothing()
    given(RULES, CAPTURED, DISQUALIFIED, REOPENED).when(Qualify("hot")).then(QUALIFIED)


def test_a_category_is_from_the_list_where_there_is_one() -> None:
    listed = decider({"spam"}, categories={"shop"})
    given(listed, CAPTURED).when(Qualify("hot", "yacht")).then_rejected("unknown_category")
    given(listed, CAPTURED).when(Qualify("hot", "shop")).then(QUALIFIED.model_copy(update={"category": "shop"}))
    given(listed, CAPTURED).when(Qualify("hot")).then(QUALIFIED)


EVENTS = st.lists(
    st.sampled_from([CAPTURED, TOUCHED, ASSIGNED, TAKEN, RETURNED, POSTPONED, QUALIFIED, DISQUALIFIED, REOPENED]),
    max_size=8,
)


@for_all(EVENTS)
def test_evolve_never_fails_whatever_the_history(events: list[Event]) -> None:
    RULES.fold(events)


ALL_COMMANDS: list[Command] = [
    Qualify("hot"), Disqualify("spam"), TO_ANNA, Take("anna"), Return("not-mine"), Postpone(LATER, AT), Reopen(),
]  # fmt: skip


@for_all(EVENTS, st.sampled_from(ALL_COMMANDS))
def test_what_was_just_done_needs_no_second_event(events: list[Event], command: Command) -> None:
    decision = given(RULES, CAPTURED, *events).when(command)
    if decision.rejected is None:
        given(RULES, CAPTURED, *events, *decision.events).when(command).then_nothing()


def test_a_repeat_does_not_change_what_was_decided() -> None:
    state = RULES.fold([CAPTURED, ASSIGNED, QUALIFIED])
    assert evolve(state, TOUCHED) == state
