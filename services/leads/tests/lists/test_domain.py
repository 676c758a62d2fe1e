"""What may become of a list: given, when, then."""

from uuid import UUID

from events.contracts.leads.lists import (
    ListChanged,
    ListClosed,
    ListCreated,
    ListMembersAdded,
    ListMembersRemoved,
)
from events.testing import given
from leads.lists.domain import (
    DECIDER,
    MOST_FROZEN,
    AddMembers,
    ChangeList,
    CloseList,
    CreateList,
    FreezeList,
    RemoveMembers,
    Unknown,
)

ID, ANNA, BORIS = UUID(int=1), UUID(int=2), UUID(int=3)
VIP = {"field": "tag", "op": "in", "value": ["vip"]}
BY_HAND = ListCreated(list_id=ID, name="Partners", kind="by_hand")
BY_CRITERIA = ListCreated(list_id=ID, name="Partners", kind="by_criteria", criteria=VIP)
ADDED = ListMembersAdded(list_id=ID, customer_ids=(ANNA, BORIS))
CLOSED = ListClosed(list_id=ID)


def test_a_list_is_saved_once_by_hand_or_by_criteria() -> None:
    given(DECIDER).when(CreateList(ID, "Partners")).then(BY_HAND)
    given(DECIDER).when(CreateList(ID, "Partners", VIP)).then(BY_CRITERIA)
    given(DECIDER, BY_HAND).when(CreateList(ID, "Partners")).then_nothing()


def test_who_is_on_the_list_is_not_added_again() -> None:
    given(DECIDER, BY_HAND).when(AddMembers((ANNA, BORIS, ANNA))).then(ADDED)
    given(DECIDER, BY_HAND, ADDED).when(AddMembers((ANNA,))).then_nothing()


def test_who_is_not_on_the_list_is_not_removed() -> None:
    gone = ListMembersRemoved(list_id=ID, customer_ids=(ANNA,))
    given(DECIDER, BY_HAND, ADDED).when(RemoveMembers((ANNA, UUID(int=9)))).then(gone)
    given(DECIDER, BY_HAND, ADDED, gone).when(RemoveMembers((ANNA,))).then_nothing()


def test_members_come_in_events_of_a_bounded_size() -> None:
    many = tuple(UUID(int=n) for n in range(1, 2002))
    events = DECIDER.decide(AddMembers(many), DECIDER.fold([BY_HAND]))
    assert [len(event.customer_ids) for event in events] == [1000, 1000, 1]  # type: ignore[attr-defined]


def test_a_list_by_criteria_takes_nobody_by_hand_until_it_is_frozen() -> None:
    given(DECIDER, BY_CRITERIA).when(AddMembers((ANNA,))).then_rejected("by_criteria")
    given(DECIDER, BY_CRITERIA).when(RemoveMembers((ANNA,))).then_rejected("by_criteria")
    frozen = ListChanged(list_id=ID, name="Partners", kind="by_hand")
    given(DECIDER, BY_CRITERIA).when(FreezeList((ANNA, BORIS))).then(frozen, ADDED)
    given(DECIDER, BY_CRITERIA, frozen, ADDED).when(FreezeList(())).then_nothing()
    given(DECIDER, BY_CRITERIA, frozen, ADDED).when(AddMembers((BORIS,))).then_nothing()


def test_a_list_of_too_many_is_not_frozen() -> None:
    many = tuple(UUID(int=n) for n in range(1, MOST_FROZEN + 2))
    given(DECIDER, BY_CRITERIA).when(FreezeList(many)).then_rejected("too_many")


def test_name_and_criteria_change_and_what_is_so_already_needs_no_event() -> None:
    other = {"field": "touches", "op": "gte", "value": 2}
    renamed = ListChanged(list_id=ID, name="Old", kind="by_criteria", criteria=VIP)
    given(DECIDER, BY_CRITERIA).when(ChangeList(name="Old")).then(renamed)
    changed = ListChanged(list_id=ID, name="Partners", kind="by_criteria", criteria=other)
    given(DECIDER, BY_CRITERIA).when(ChangeList(criteria=other)).then(changed)
    given(DECIDER, BY_CRITERIA, changed).when(ChangeList("Partners", other)).then_nothing()
    given(DECIDER, BY_HAND).when(ChangeList(criteria=VIP)).then_rejected("by_hand")


def test_nothing_happens_to_a_list_that_is_closed_or_was_never_there() -> None:
    given(DECIDER, BY_HAND).when(CloseList()).then(CLOSED)
    given(DECIDER, BY_HAND, CLOSED).when(CloseList()).then_nothing()
    for command in (AddMembers((ANNA,)), RemoveMembers((ANNA,)), ChangeList("Old"), FreezeList(())):
        given(DECIDER, BY_HAND, CLOSED).when(command).then_rejected("closed")
        given(DECIDER).when(command).then_rejected("no_list")


def test_what_does_not_concern_a_list_changes_nothing() -> None:
    assert DECIDER.fold([ADDED, CLOSED]) == Unknown()
