"""The rules of a card, and its fold: total, and the same for merged cards however their streams interleave."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from events.contracts.leads import (
    CustomerBlacklisted,
    CustomerBlacklistLifted,
    CustomerConsentGiven,
    CustomerConsentWithdrawn,
    CustomerContactAdded,
    CustomerContactRemoved,
    CustomerDetailsChanged,
    CustomerErased,
    CustomerFieldsChanged,
    CustomerRegistered,
    CustomerResponsibleChanged,
    CustomerTagged,
    CustomerUntagged,
    DetailChange,
    FieldChange,
)
from events.decider import Rejected
from events.event import Event
from events.privacy import CustomerKey
from events.sealed import Sealed
from events.testing import given as history
from hypothesis import given
from hypothesis import strategies as st
from leads.card.domain import decider, normal_tag
from leads.card.orders import (
    AddContact,
    Blacklist,
    Edit,
    GiveConsent,
    HandOver,
    LiftBlacklist,
    MakeResponsible,
    RemoveContact,
    Retag,
    WithdrawConsent,
)
from leads.card.said import Contact, Secret
from leads.card.state import EMPTY, Card, evolve

ROOT, OTHER = UUID(int=1), UUID(int=2)
KEY = CustomerKey(ROOT, bytes(32))
AT = datetime(2026, 3, 2, tzinfo=UTC)
REASON: Sealed[str] = KEY.seal("why")
PHONES = [KEY.seal(f"+7912345678{n}") for n in range(3)]
cards = decider(ROOT)

members = st.sampled_from([ROOT, OTHER])
tags = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=2).map(tuple)
moments = st.integers(0, 5).map(lambda n: AT + timedelta(days=n))
channels = st.sampled_from([None, "email", "phone"])
field_changes = st.builds(FieldChange, field=st.sampled_from("xy"), value=st.none() | st.integers(1, 3)).map(
    lambda c: (c,)
)
consents = st.one_of(
    st.builds(
        CustomerConsentGiven,
        customer_id=members,
        purpose=st.just("ads"),
        channel=channels,
        text_version=st.just("1"),
        source=st.just("form"),
        at=moments,
    ),
    st.builds(
        CustomerConsentWithdrawn,
        customer_id=members,
        purpose=st.just("ads"),
        channel=channels,
        source=st.just("phone"),
        at=moments,
    ),
)
events = st.one_of(
    st.builds(CustomerRegistered, customer_id=members, name=st.none() | st.just(REASON), phones=st.just((PHONES[0],))),
    st.builds(CustomerContactAdded, customer_id=members, phones=st.sampled_from(PHONES).map(lambda p: (p,))),
    st.builds(
        CustomerContactRemoved,
        customer_id=members,
        kind=st.just("phone"),
        value=st.sampled_from(PHONES),
        index=st.just("0" * 32),
    ),
    st.builds(CustomerTagged, customer_id=members, tags=tags),
    st.builds(CustomerUntagged, customer_id=members, tags=tags),
    st.builds(CustomerFieldsChanged, customer_id=members, changes=field_changes),
    st.builds(CustomerBlacklisted, customer_id=members, reason=st.just(REASON)),
    st.builds(CustomerBlacklistLifted, customer_id=members),
    st.builds(
        CustomerResponsibleChanged,
        customer_id=members,
        manager_id=st.sampled_from([None, "anna", "boris"]),
        reason=st.just("load"),
    ),
    st.builds(CustomerErased, customer_id=members),
    consents,
)
commands = st.one_of(
    st.builds(Retag, st.frozensets(st.sampled_from("abc")), st.frozensets(st.sampled_from("abc"))),
    st.builds(Edit, fields=field_changes),
    st.builds(MakeResponsible, st.sampled_from([None, "anna", "boris"]), st.just("load")),
    st.builds(HandOver, st.just("anna"), st.just("vera"), st.just("load"), st.just(UUID(int=9))),
    st.just(Blacklist(REASON)),
    st.just(LiftBlacklist()),
    st.builds(GiveConsent, st.just("ads"), channels, st.just("1"), st.just("form"), moments),
    st.builds(WithdrawConsent, st.just("ads"), channels, st.just("phone"), moments),
)


def fold(*told: Event) -> Card:
    return cards.fold(told)


@given(st.lists(events, max_size=12), commands)
def test_a_command_is_refused_or_done_and_done_again_it_changes_nothing(told: list[Event], command: Any) -> None:
    card = fold(*told)
    if card.erased:
        with pytest.raises(Rejected):
            cards.decide(command, card)
        return
    first = cards.decide(command, card)
    after = cards.fold(first, card)
    if not isinstance(command, Edit):
        again = cards.decide(command, after)
        assert cards.fold(again, after) == after


@given(st.lists(events, max_size=12), st.sampled_from([None, "anna", "boris"]))
def test_after_a_change_of_hands_all_members_have_the_same_manager(told: list[Event], manager_id: str | None) -> None:
    card = fold(*(event for event in told if not isinstance(event, CustomerErased)))
    after = cards.fold(cards.decide(MakeResponsible(manager_id, "load"), card), card)
    assert after.manager(ROOT) == manager_id
    assert set(after.managers.values()) <= {manager_id}


@given(st.lists(events, max_size=12))
def test_what_is_taken_off_a_merged_card_stays_off_when_it_is_split(told: list[Event]) -> None:
    card = fold(*(event for event in told if not isinstance(event, CustomerErased)))
    off = cards.decide(Retag(remove=card.tags), card)
    cleared = cards.decide(Edit(fields=tuple(FieldChange(field=code) for code in card.values)), card)
    for member in (ROOT, OTHER):
        own = [e for e in (*told, *off, *cleared) if e.customer_id == member and not isinstance(e, CustomerErased)]  # type: ignore[attr-defined]
        alone = fold(*own)
        assert (alone.tags, alone.values) == (frozenset(), {})


@given(st.lists(consents, max_size=8), st.randoms(use_true_random=False))
def test_what_counts_of_consents_does_not_depend_on_the_order_in_which_they_are_told(
    told: list[Event], any_: Any
) -> None:
    shuffled = [*told]
    any_.shuffle(shuffled)
    for channel in (None, "email", "phone"):
        first, second = fold(*told).agrees("ads", channel), fold(*shuffled).agrees("ads", channel)
        assert (first and (first.is_given, first.at)) == (second and (second.is_given, second.at))


@given(st.lists(events, max_size=12), st.integers(0, 12))
def test_the_order_of_streams_of_two_members_does_not_matter_to_tags_fields_and_managers_of_each(
    told: list[Event], cut: int
) -> None:
    own = [e for e in told if not isinstance(e, CustomerErased)]
    one = [e for e in own if e.customer_id == ROOT]  # type: ignore[attr-defined]
    two = [e for e in own if e.customer_id == OTHER]  # type: ignore[attr-defined]
    here, there = fold(*one, *two), fold(*two, *one)
    assert (here.tagged, here.managers) == (there.tagged, there.managers)
    assert {code: frozenset(held) for code, held in here.held.items()} == {
        code: frozenset(held) for code, held in there.held.items()
    }


def test_a_later_name_is_not_learnt_over_the_first_but_a_correction_counts() -> None:
    first, later, right = (KEY.seal(name) for name in ("Анна", "Аня", "Анна Петрова"))
    card = fold(CustomerRegistered(customer_id=ROOT, name=first), CustomerContactAdded(customer_id=OTHER, name=later))
    assert card.details["name"] == Secret(ROOT, first)
    changed = CustomerDetailsChanged(customer_id=ROOT, changes=(DetailChange(detail="name", value=right),))
    assert evolve(card, changed).details["name"] == Secret(ROOT, right)


def test_a_detail_that_is_not_there_need_not_be_cleared() -> None:
    history(cards).when(Edit((DetailChange(detail="needs"),))).then_nothing()


def test_a_contact_is_removed_from_the_member_that_learnt_it() -> None:
    phone = PHONES[0]
    history(cards, CustomerContactAdded(customer_id=OTHER, phones=(phone,))).when(
        RemoveContact(Contact("phone", Secret(OTHER, phone)), "0" * 32)
    ).then(CustomerContactRemoved(customer_id=OTHER, kind="phone", value=phone, index="0" * 32))


@given(st.lists(events, max_size=14), members)
def test_an_erasure_takes_what_this_member_said_and_nothing_else(told: list[Event], gone: UUID) -> None:
    before = [event for event in told if not isinstance(event, CustomerErased)]
    left = fold(*before, CustomerErased(customer_id=gone))
    never = fold(*(event for event in before if event.customer_id != gone))  # type: ignore[attr-defined]
    assert (left.details, left.contacts, left.tagged, left.managers) == (
        never.details,
        never.contacts,
        never.tagged,
        never.managers,
    )
    assert (left.held, left.blacklisted) == (never.held, never.blacklisted)
    given_ = {key: consent for key, consent in left.consents.items() if consent.is_given}
    assert given_.items() <= never.consents.items(), "no consent of hers is left"
    assert left.erased is (gone == ROOT)


@given(st.lists(events, max_size=12), st.lists(events, max_size=6))
def test_what_is_told_of_an_erased_member_later_changes_nothing(told: list[Event], later: list[Event]) -> None:
    erased = fold(*told, CustomerErased(customer_id=OTHER))
    of_other = [event for event in later if event.customer_id == OTHER]  # type: ignore[attr-defined]
    assert cards.fold(of_other, erased) == erased


def test_a_refusal_outlives_the_erasure_of_the_member_who_refused() -> None:
    yes = {"purpose": "ads", "channel": "email", "source": "form", "text_version": "1"}
    no = {"purpose": "ads", "channel": "email", "source": "phone", "evidence": REASON}
    told = (
        CustomerConsentGiven(customer_id=ROOT, at=AT, **yes),
        CustomerConsentWithdrawn(customer_id=OTHER, at=AT + timedelta(days=1), **no),
        CustomerErased(customer_id=OTHER),
    )
    word = fold(*told).agrees("ads", "email")
    assert word is not None
    assert (word.is_given, word.evidence) == (False, None)


def test_an_erased_card_takes_nothing() -> None:
    for command in (Retag(frozenset("a")), AddContact("phone", PHONES[0], None), Blacklist(REASON)):
        history(cards, CustomerErased(customer_id=ROOT)).when(command).then_rejected("erased")


def test_a_card_has_a_limit_of_tags_and_contacts() -> None:
    many = CustomerTagged(customer_id=ROOT, tags=tuple(f"t{n}" for n in range(100)))
    history(cards, many).when(Retag(frozenset("a"))).then_rejected("too_many_tags")
    history(cards, many).when(Retag(frozenset("a"), frozenset(("t0",)))).then(
        CustomerTagged(customer_id=ROOT, tags=("a",)), CustomerUntagged(customer_id=ROOT, tags=("t0",))
    )
    full = CustomerContactAdded(customer_id=ROOT, phones=tuple(KEY.seal(str(n)) for n in range(50)))
    history(cards, full).when(AddContact("phone", PHONES[0], None)).then_rejected("too_many_contacts")


def test_a_hand_over_takes_only_what_was_the_managers() -> None:
    told = [
        CustomerResponsibleChanged(customer_id=ROOT, manager_id="boris", reason="load"),
        CustomerResponsibleChanged(customer_id=OTHER, manager_id="anna", reason="load"),
    ]
    order = HandOver("anna", "vera", "leaver", UUID(int=9))
    history(cards, *told).when(order).then(
        CustomerResponsibleChanged(
            customer_id=OTHER,
            manager_id="vera",
            previous_manager_id="anna",
            reason="leaver",
            handover_id=UUID(int=9),
        )
    )


@pytest.mark.parametrize("tag", ["", "   ", "a,b", "x" * 51])
def test_a_tag_that_is_none_is_refused(tag: str) -> None:
    with pytest.raises(Rejected):
        normal_tag(tag)


def test_tags_are_compared_in_one_form() -> None:
    assert normal_tag("  VIP   Client ") == "vip client"
    assert EMPTY.tags == frozenset()
