"""The rules of a lead, as sentences."""

from uuid import UUID

import pytest
from events.contracts.leads import LeadAssigned, LeadCaptured, LeadDisqualified, LeadQualified, LeadTouched, Touch
from events.event import Event
from events.testing import given
from hypothesis import given as for_all
from hypothesis import strategies as st
from leads.domain import Assign, Command, Disqualify, Qualify, decider, evolve
from leads.managers import Waiting, whose_turn

LEAD, CUSTOMER = UUID(int=1), UUID(int=2)
IDS = {"lead_id": LEAD, "customer_id": CUSTOMER}
TOUCH = Touch(touch_id=UUID(int=3), channel="yandex", intake="tilda", source="shop", kind="form")
CAPTURED = LeadCaptured(**IDS, touch=TOUCH, direction="retail")
TOUCHED = LeadTouched(**IDS, touch=TOUCH)
ASSIGNED = LeadAssigned(**IDS, manager_id="anna", strategy="by_hand", explanation="Chosen by hand.")
QUALIFIED = LeadQualified(**IDS, temperature="hot", direction="retail")
DISQUALIFIED = LeadDisqualified(**IDS, reason="spam")

RULES = decider({"spam", "other"})
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


EVENTS = st.lists(st.sampled_from([CAPTURED, TOUCHED, ASSIGNED, QUALIFIED, DISQUALIFIED]), max_size=8)


@for_all(EVENTS)
def test_evolve_never_fails_whatever_the_history(events: list[Event]) -> None:
    RULES.fold(events)


@for_all(EVENTS, st.sampled_from([Qualify("hot"), Disqualify("spam"), TO_ANNA]))
def test_what_was_just_done_needs_no_second_event(events: list[Event], command: Command) -> None:
    decision = given(RULES, CAPTURED, *events).when(command)
    if decision.rejected is None:
        given(RULES, CAPTURED, *events, *decision.events).when(command).then_nothing()


def test_a_repeat_does_not_change_what_was_decided() -> None:
    state = RULES.fold([CAPTURED, ASSIGNED, QUALIFIED])
    assert evolve(state, TOUCHED) == state


def test_round_robin_takes_who_has_waited_longest_and_says_why() -> None:
    waiting = [Waiting("anna", "Anna", 7), Waiting("boris", "Boris", 3), Waiting("vera", "Vera", 5)]
    chosen = whose_turn(waiting, "retail")
    assert chosen is not None
    assert chosen.manager_id == "boris"
    assert "Boris has waited longest among 3 active managers of the line of business retail" in chosen.explanation


def test_round_robin_begins_with_those_who_never_had_a_lead_by_id() -> None:
    chosen = whose_turn([Waiting("vera", "Vera", 0), Waiting("anna", "Anna", 0), Waiting("boris", "Boris", 1)], None)
    assert chosen is not None
    assert chosen.manager_id == "anna"


def test_round_robin_without_managers_chooses_nobody() -> None:
    assert whose_turn([], None) is None
