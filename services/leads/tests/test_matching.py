"""Whose request is it: properties of the matching."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from leads.matching import match

INDEXES = [f"{n:032x}" for n in range(1, 9)]
CARDS = [UUID(int=n) for n in range(101, 104)]
REQUESTS = st.lists(st.lists(st.sampled_from(INDEXES), min_size=1, max_size=3, unique=True), max_size=10)
OWNERS = st.dictionaries(st.sampled_from(INDEXES), st.sampled_from(CARDS), max_size=4)


def _partition(groups: list[UUID | int]) -> set[frozenset[int]]:
    return {frozenset(n for n, group in enumerate(groups) if group == one) for one in groups}


def test_requests_connected_through_a_third_are_of_one_person() -> None:
    phone, email = INDEXES[:2]
    assert match([[phone], [email], [phone, email]], {}).groups == [0, 0, 0]


def test_an_existing_card_takes_in_what_is_connected_to_it() -> None:
    phone, email = INDEXES[:2]
    assert match([[email], [phone, email]], {phone: CARDS[0]}).groups == [CARDS[0], CARDS[0]]


def test_the_strongest_index_decides_between_two_cards_and_neither_loses_one() -> None:
    phone, email = INDEXES[:2]
    matches = match([[phone, email]], {phone: CARDS[0], email: CARDS[1]})
    assert matches.groups == [CARDS[0]]
    assert matches.owners == {phone: CARDS[0], email: CARDS[1]}


@given(REQUESTS, OWNERS)
def test_an_index_never_leaves_its_card(requests: list[list[str]], owners: dict[str, UUID]) -> None:
    matches = match(requests, owners)
    assert all(matches.owners[index] == owners[index] for r in requests for index in r if index in owners)


@given(REQUESTS, OWNERS)
def test_every_index_has_one_owner_and_every_request_a_group(
    requests: list[list[str]], owners: dict[str, UUID]
) -> None:
    matches = match(requests, owners)
    assert len(matches.groups) == len(requests)
    assert set(matches.owners) == {index for request in requests for index in request}


@given(REQUESTS, st.randoms(use_true_random=False))
def test_the_groups_do_not_depend_on_the_order_of_requests(requests: list[list[str]], random: object) -> None:
    order = list(range(len(requests)))
    random.shuffle(order)  # type: ignore[attr-defined]
    straight = _partition(list(match(requests, {}).groups))
    shuffled = _partition(list(match([requests[n] for n in order], {}).groups))
    assert {frozenset(order[n] for n in group) for group in shuffled} == straight


@given(REQUESTS)
def test_without_cards_requests_are_together_exactly_if_connected(requests: list[list[str]]) -> None:
    groups = match(requests, {}).groups
    component = list(range(len(requests)))
    for _ in requests:
        for a, one in enumerate(requests):
            for b, other in enumerate(requests):
                if set(one) & set(other):
                    component[a] = component[b] = min(component[a], component[b])
    assert list(groups) == component
