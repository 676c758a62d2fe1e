"""The rules of merging, splitting and matches, as sentences."""

from uuid import UUID

from events.contracts.leads import CustomerErased, CustomerRegistered, LeadAssigned
from events.contracts.leads.identity import (
    CustomerMatchDismissed,
    CustomerMatchSuggested,
    CustomerMerged,
    CustomerSplit,
)
from events.decider import Rejected
from events.event import Event
from events.testing import given
from hypothesis import given as for_all
from hypothesis import strategies as st
from leads.identity import domain, match
from leads.identity.domain import Merge, Split
from leads.identity.match import EXPLANATION, Dismiss, Suggest, match_id

ANNA, ANN, BORIS = (UUID(int=n) for n in (1, 2, 3))
REGISTERED = tuple(CustomerRegistered(customer_id=card) for card in (ANNA, ANN, BORIS))
ANN_IS_ANNA = CustomerMerged(customer_id=ANN, into_customer_id=ANNA, reason="by_hand", explanation="Chosen by hand.")
ANN_IS_ANN = CustomerSplit(customer_id=ANN, from_customer_id=ANNA, explanation="Split by hand.")


def _merge(card: UUID, into: UUID) -> Merge:
    return Merge(card, into, "by_hand", "Chosen by hand.")


def test_a_card_is_merged_into_another() -> None:
    given(domain.DECIDER, *REGISTERED).when(_merge(ANN, ANNA)).then(ANN_IS_ANNA)


def test_a_card_is_not_merged_into_itself() -> None:
    given(domain.DECIDER, *REGISTERED).when(_merge(ANN, ANN)).then_rejected("itself")


def test_only_roots_are_merged() -> None:
    merged = given(domain.DECIDER, *REGISTERED, ANN_IS_ANNA)
    merged.when(_merge(ANN, BORIS)).then_rejected("already_merged")
    merged.when(_merge(BORIS, ANN)).then_rejected("already_merged")
    merged.when(_merge(ANNA, ANN)).then_rejected("already_merged")


def test_who_was_erased_is_merged_with_nobody() -> None:
    erased = given(domain.DECIDER, *REGISTERED, CustomerErased(customer_id=ANN))
    erased.when(_merge(ANN, ANNA)).then_rejected("erased")
    erased.when(_merge(ANNA, ANN)).then_rejected("erased")


def test_who_is_not_there_is_not_merged() -> None:
    given(domain.DECIDER).when(_merge(ANN, ANNA)).then_rejected("no_customer")
    given(domain.DECIDER).when(Split(ANN, "")).then_rejected("no_customer")


def test_a_split_says_from_whom() -> None:
    given(domain.DECIDER, *REGISTERED, ANN_IS_ANNA).when(Split(ANN, "Split by hand.")).then(ANN_IS_ANN)


def test_a_root_is_not_split() -> None:
    given(domain.DECIDER, *REGISTERED, ANN_IS_ANNA).when(Split(ANNA, "")).then_rejected("not_merged")
    given(domain.DECIDER, *REGISTERED, ANN_IS_ANNA, ANN_IS_ANN).when(Split(ANN, "")).then_rejected("not_merged")


CARDS = st.integers(1, 6).map(lambda n: UUID(int=n))
COMMANDS = st.lists(st.one_of(st.builds(_merge, CARDS, CARDS), st.builds(Split, CARDS, st.just(""))), max_size=30)


@for_all(COMMANDS)
def test_whatever_is_merged_and_split_there_are_no_cycles(commands: list[Merge | Split]) -> None:
    state = domain.DECIDER.fold(CustomerRegistered(customer_id=UUID(int=n)) for n in range(1, 7))
    for command in commands:
        try:
            state = domain.DECIDER.fold(domain.DECIDER.decide(command, state), state)
        except Rejected:
            continue
        for card in state:
            path = [card]
            while (above := state[path[-1]].merged_into) is not None:
                assert above not in path
                path.append(above)


EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(CustomerRegistered, customer_id=CARDS),
    st.builds(CustomerErased, customer_id=CARDS),
    st.builds(
        CustomerMerged, customer_id=CARDS, into_customer_id=CARDS, reason=st.just("rule"), explanation=st.just("")
    ),
    st.builds(CustomerSplit, customer_id=CARDS, from_customer_id=CARDS, explanation=st.just("")),
    st.builds(
        CustomerMatchSuggested,
        match_id=CARDS,
        customer_id=CARDS,
        other_customer_id=CARDS,
        reason=st.sampled_from(sorted(EXPLANATION)),
        strength=st.just(1),
        explanation=st.just(""),
    ),
    st.builds(
        CustomerMatchDismissed, match_id=CARDS, customer_id=CARDS, other_customer_id=CARDS, explanation=st.just("")
    ),
    st.builds(
        LeadAssigned,
        lead_id=CARDS,
        customer_id=CARDS,
        manager_id=st.just("anna"),
        strategy=st.just("by_hand"),
        explanation=st.just(""),
    ),
)


@for_all(st.lists(EVENTS, max_size=30))
def test_folding_never_fails(events: list[Event]) -> None:
    domain.DECIDER.fold(events)
    match.DECIDER.fold(events)


IDS = {"match_id": match_id(ANN, ANNA), "customer_id": ANN, "other_customer_id": ANNA}
SUGGESTED = CustomerMatchSuggested(
    **IDS, reason="one_request", kinds=("phone", "email"), strength=90, explanation=EXPLANATION["one_request"]
)
DISMISSED = CustomerMatchDismissed(**IDS, explanation="Said to be different persons.")
AGAIN = Suggest(ANN, ANNA, "one_request", ("phone", "email"))
NO = Dismiss(ANN, ANNA, "Said to be different persons.")


def test_a_reason_is_told_once() -> None:
    given(match.DECIDER).when(AGAIN).then(SUGGESTED)
    given(match.DECIDER, SUGGESTED).when(AGAIN).then_nothing()
    given(match.DECIDER, SUGGESTED, DISMISSED).when(AGAIN).then_nothing()


def test_what_was_dismissed_is_suggested_again_for_another_reason() -> None:
    birthday = given(match.DECIDER, SUGGESTED, DISMISSED).when(Suggest(ANN, ANNA, "name_and_birthday"))
    assert [event.type for event in birthday.events] == ["customer.match-suggested.v1"]


def test_a_match_is_dismissed_once() -> None:
    given(match.DECIDER, SUGGESTED).when(NO).then(DISMISSED)
    given(match.DECIDER, SUGGESTED, DISMISSED).when(NO).then_nothing()


def test_cards_that_nobody_suggested_are_dismissed_when_they_are_split() -> None:
    given(match.DECIDER).when(NO).then(DISMISSED)
