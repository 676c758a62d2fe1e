"""Given a customer's way, when somebody commands, then. And a way's steps, without anything around them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from automation.actions.effect import Known, Shape
from automation.rules.conditions import Facts
from automation.sequences.enrolment import ENROLMENT, Enter, Inside, Leave, Outside, Pause, Resume, Take, stream_of
from automation.sequences.kept import SEQUENCE, Save, Switch
from automation.sequences.sequence import Definition, faults
from automation.sequences.stepping import take
from automation.timing.calendars import BUSINESS, Calendars, default_calendar
from automation_world import Story
from events.contracts.automation import SequenceEntered, SequenceLeft
from events.decider import Rejected
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

NOW = datetime(2026, 3, 6, 15, 0, tzinfo=UTC)  # a Friday, 18:00 in Moscow
CUSTOMER = Story.customer("olga")
TITLE = {"ru": "Прогрев", "en": "Warm-up"}
HELLO = {"do": "send", "id": "hello", "template": "welcome"}
TWO_DAYS = {"do": "wait", "id": "two-days", "timing": {"after": {"days": 2}}}
OPENED = {
    "do": "branch",
    "id": "opened",
    "where": "earlier['message.opened.v1'].count > 0",
    "then": "more",
    "otherwise": "end",
}
MORE = {"do": "send", "id": "more", "template": "welcome"}
KNOWN = Known(frozenset(("welcome",)), {"welcome": Shape(letter=True, short=False)})
HOURS = Calendars({BUSINESS: default_calendar("Europe/Moscow")}, {})


def sequence(*steps: dict[str, Any], **more: Any) -> Definition:
    return Definition.model_validate({"title": TITLE, "steps": steps or (HELLO, TWO_DAYS, OPENED, MORE), **more})


def enter(at: datetime = NOW, again: int | None = None) -> Enter:
    return Enter("warm-up", 1, CUSTOMER, at, again)


(ENTERED,) = ENROLMENT.decide(enter(), Outside())
assert isinstance(ENTERED, SequenceEntered)


def opened(count: int) -> Facts:
    return Facts({"earlier": {"message.opened.v1": {"count": count, "last": None}}})


def walked(definition: Definition, step: str, count: int = 0) -> list[tuple[str, str, str | None]]:
    taken = take(definition, step, ENTERED, opened(count), NOW, HOURS)
    return [(one.step, one.outcome, one.next) for one in taken.steps]


def test_a_split_leads_so_many_percent_one_way_and_the_same_customer_always_the_same() -> None:
    """Given a split of 30 percent, when 2,000 come to it, then about 600 go on with `then`, whoever asks again."""
    trial = {"do": "split", "id": "trial", "percent": 30, "then": "more", "otherwise": "end"}
    definition = sequence(trial, MORE)

    def way(n: int) -> str:
        entered = ENTERED.model_copy(update={"enrolment_id": UUID(int=n)})
        return take(definition, "trial", entered, None, NOW, HOURS).steps[0].outcome

    ways = [way(n) for n in range(2_000)]
    assert 500 < ways.count("then") < 700
    assert ways[:50] == [way(n) for n in range(50)]
    assert list(faults(sequence(trial), KNOWN)) == [".steps[0].then: no step that stands further on is named more"]


def test_it_goes_on_to_the_next_wait_and_from_there_by_what_was_done_meanwhile() -> None:
    assert walked(sequence(), "hello") == [("hello", "sent", "two-days"), ("two-days", "waits", "opened")]
    assert walked(sequence(), "opened", count=1) == [("opened", "then", "more"), ("more", "sent", None)]
    assert walked(sequence(), "opened", count=0) == [("opened", "otherwise", None)]


def test_a_wait_counts_from_where_it_is_reached_and_ends_in_working_hours() -> None:
    weekend = sequence(HELLO, TWO_DAYS | {"timing": {"after": {"hours": 1}, "within": "business"}}, MORE)
    assert take(weekend, "hello", ENTERED, None, NOW, HOURS).goes_on_at == datetime(2026, 3, 9, 6, 0, tzinfo=UTC)
    assert take(sequence(), "hello", ENTERED, None, NOW, HOURS).goes_on_at == NOW + timedelta(days=2)


def test_a_message_of_a_step_has_one_id_in_a_round_and_another_in_the_next() -> None:
    def message(entered: SequenceEntered) -> object:
        return take(sequence(HELLO), "hello", entered, None, NOW, HOURS).messages[0].message_id

    again = ENTERED.model_copy(update={"round": 2})
    assert message(ENTERED) == message(ENTERED) != message(again)


@pytest.mark.parametrize(
    ("steps", "fault"),
    [
        ([HELLO, HELLO], ".steps: two steps have the id hello"),
        ([HELLO | {"id": "end"}], ".steps[0].id: end is the end of the sequence, not a step"),
        ([HELLO | {"template": "gone"}], ".steps[0].template: no template is named gone; there are: welcome"),
        ([HELLO | {"media": ["sms"]}], ".steps[0].template: welcome has no short message, which sms needs"),
        ([MORE, OPENED], ".steps[1].then: no step that stands further on is named more"),
        (
            [OPENED | {"where": "customer.height > 2"}, MORE],
            ".steps[0].where: character 1: the customer has no field height",
        ),
    ],
)
def test_what_cannot_be_meant_is_said_with_its_place(steps, fault) -> None:
    assert any(found.startswith(fault) for found in faults(sequence(*steps), KNOWN))


def test_a_wait_for_a_date_of_a_field_is_no_wait_of_a_sequence() -> None:
    with pytest.raises(ValidationError, match="names no field"):
        sequence(TWO_DAYS | {"timing": {"after": {"days": 1, "field": "deal.expected_on"}}})


def test_one_who_is_inside_does_not_enter_and_one_who_left_only_when_he_may() -> None:
    inside = ENROLMENT.fold([ENTERED])
    with pytest.raises(Rejected, match="is inside"):
        ENROLMENT.decide(enter(), inside)
    left = ENROLMENT.fold(ENROLMENT.decide(Leave("bought", NOW), inside), inside)
    for at, again in ((NOW, None), (NOW + timedelta(days=29), 30)):
        with pytest.raises(Rejected, match="may not enter again"):
            ENROLMENT.decide(enter(at, again), left)
    (event,) = ENROLMENT.decide(enter(NOW + timedelta(days=30), 30), left)
    assert isinstance(event, SequenceEntered)
    assert event.round == 2


def test_versions_are_saved_once_and_only_what_was_opened_is_closed() -> None:
    saved = SEQUENCE.decide(Save("warm-up", {"a": 1}), SEQUENCE.initial)
    state = SEQUENCE.fold(saved)
    assert SEQUENCE.decide(Save("warm-up", {"a": 1}), state) == []
    with pytest.raises(Rejected, match="never opened"):
        SEQUENCE.decide(Switch("closed"), state)
    state = SEQUENCE.fold(SEQUENCE.decide(Switch("open"), state), state)
    state = SEQUENCE.fold(SEQUENCE.decide(Save("warm-up", {"a": 2}), state), state)
    (halted,) = SEQUENCE.decide(Switch("halted"), state)
    assert (halted.version, state.version) == (1, 2)  # type: ignore[attr-defined, union-attr]


COMMANDS = st.sampled_from(
    [enter(), enter(again=0), Leave("replied", NOW), Pause(), Resume(), Take((), NOW, False), Take((), NOW, True)]
)


@given(st.lists(COMMANDS, max_size=30))
def test_whatever_is_commanded_he_is_inside_once_at_most_and_every_round_ends_once(commands) -> None:
    events = []
    for command in commands:
        try:
            events += ENROLMENT.decide(command, ENROLMENT.fold(events))
        except Rejected:
            continue
    turns = [type(event) for event in events if isinstance(event, SequenceEntered | SequenceLeft)]
    assert turns == [SequenceEntered, SequenceLeft] * (len(turns) // 2) + [SequenceEntered] * (len(turns) % 2)
    rounds = [event.round for event in events if isinstance(event, SequenceEntered)]
    assert rounds == list(range(1, len(rounds) + 1))
    assert isinstance(ENROLMENT.fold(events), Inside) == bool(len(turns) % 2)


def test_the_stream_of_a_way_is_that_of_customer_and_sequence() -> None:
    assert ENTERED.enrolment_id == stream_of("warm-up", CUSTOMER) != stream_of("other", CUSTOMER)
