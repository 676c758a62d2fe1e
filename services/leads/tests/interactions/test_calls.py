"""A call is what its signs say together: in any order, in any batches, and again."""

from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any

import pytest
from events.contracts.leads.interactions import Call
from events.sealed import Sealed
from hypothesis import given
from hypothesis import strategies as st
from leads.channels import CallSign
from leads.interactions.calls import is_missed, joined, who_talked

AT = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def at(seconds: int) -> datetime:
    return AT + timedelta(seconds=seconds)


def sign(seconds: int = 0, **facts: Any) -> CallSign:
    return CallSign(call_id="c-1", occurred_at=at(seconds), **facts)


def seal(link: str) -> Sealed[str]:
    return Sealed(f"s1.{link:_<40}")


def known(*signs: CallSign) -> Call:
    return reduce(lambda call, one: joined(call, one, seal), signs, Call())


RINGING = sign(0, flow="in", phone="+79123456789", started_at=at(0))
PICKED_UP = sign(10, flow="in", extension="101", answered_at=at(10))
ENDED = sign(70, flow="in", ended_at=at(70), talk_seconds=60, answered_at=at(10), result="answered")
RECORDED = sign(80, recording="rec-1")
UNANSWERED = sign(30, flow="in", ended_at=at(30), talk_seconds=0, result="missed")

moments = st.integers(0, 100).map(at)
signs = st.builds(
    CallSign,
    call_id=st.just("c-1"),
    occurred_at=moments,
    flow=st.sampled_from([None, "in", "out"]),
    extension=st.sampled_from([None, "101", "102", "103"]),
    started_at=st.none() | moments,
    answered_at=st.none() | moments,
    ended_at=st.none() | moments,
    talk_seconds=st.none() | st.integers(0, 100),
    result=st.sampled_from([None, "answered", "missed", "busy", "failed"]),
    recording=st.sampled_from([None, "rec-1", "rec-2"]),
)


@given(st.lists(signs, max_size=8).flatmap(lambda told: st.tuples(st.just(told), st.permutations(told))))
def test_the_order_of_signs_does_not_matter(told: tuple[list[CallSign], list[CallSign]]) -> None:
    in_order, shuffled = told

    assert known(*in_order) == known(*shuffled)
    assert who_talked(known(*in_order)) == who_talked(known(*shuffled))


@given(st.lists(signs, min_size=1, max_size=6), st.data())
def test_what_is_told_again_changes_nothing(told: list[CallSign], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(told), max_size=6))

    assert known(*told, *again) == known(*told)


def test_a_call_that_was_picked_up_is_credited_to_who_picked_up() -> None:
    call = known(RINGING, sign(3, flow="in", extension="100"), PICKED_UP, ENDED, RECORDED)

    assert (call.result, call.talk_seconds, who_talked(call)) == ("answered", 60, "101")
    assert (call.started_at, call.answered_at, call.ended_at) == (at(0), at(10), at(70))
    assert [recording.link for recording in call.recordings] == [seal("rec-1")]
    assert not is_missed(call)


def test_a_call_is_missed_once_it_has_ended_without_a_talk() -> None:
    assert not is_missed(known(RINGING))
    assert is_missed(known(RINGING, UNANSWERED))
    assert not is_missed(known(sign(0, flow="out", result="missed")))


def test_a_machine_that_answers_is_nobody_where_the_telephones_are_known() -> None:
    completed = sign(40, flow="in", ended_at=at(40), talk_seconds=40, result="answered")

    assert known(completed).result == "answered"
    assert known(completed, sign(5, extension="74951234567")).result == "missed"
    assert known(sign(5, extension="101", answered_at=at(9)), completed).result == "answered"


@pytest.mark.parametrize(("told", "comes_out"), [(("busy", "missed"), "busy"), (("failed", "answered"), "answered")])
def test_the_stronger_of_two_results_holds(told: tuple[Any, Any], comes_out: str) -> None:
    assert known(sign(result=told[0]), sign(result=told[1])).result == comes_out
