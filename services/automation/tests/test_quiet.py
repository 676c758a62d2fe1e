"""Words on a purpose and quiet hours, as rules of their own: whatever the order, whatever the hour and the place."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from automation.messages.quiet import QuietHours
from automation.messages.standing import Word, agrees
from hypothesis import given
from hypothesis import strategies as st
from outbox import MOSCOW

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
NIGHT = QuietHours(time(21), time(9), MOSCOW)

words = st.lists(
    st.builds(
        Word,
        st.sampled_from(["", "email", "sms"]),
        st.integers(0, 200).map(lambda minutes: AT + timedelta(minutes=minutes)),
        st.booleans(),
    ),
    max_size=6,
)


@given(words=words, data=st.data())
def test_what_counts_is_the_latest_word_whatever_the_order_they_came_in(words: list[Word], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(words))
    for medium in ("email", "sms"):
        assert agrees(words, "marketing", medium) == agrees(shuffled, "marketing", medium)
        last = Word("", datetime(2027, 1, 1, tzinfo=UTC), given=False)
        assert not agrees([*words, last], "service", medium)
        assert agrees([*words, Word(medium, datetime(2027, 1, 1, tzinfo=UTC), given=True)], "marketing", medium)


@given(
    now=st.integers(0, 500_000).map(lambda minutes: AT + timedelta(minutes=minutes)),
    starts=st.times().map(lambda at: at.replace(microsecond=0)),
    ends=st.times().map(lambda at: at.replace(microsecond=0)),
    zone=st.sampled_from([MOSCOW, ZoneInfo("America/New_York"), ZoneInfo("Asia/Kolkata")]),
)
def test_when_quiet_hours_are_over_it_is_not_quiet(now: datetime, starts: time, ends: time, zone: ZoneInfo) -> None:
    quiet = QuietHours(starts, ends, MOSCOW)
    over = quiet.over_at(now, zone)
    if over is None or starts == ends:
        return
    assert now <= over <= now + timedelta(hours=26)
    assert over.astimezone(zone).time() >= ends or over == now


@pytest.mark.parametrize(
    ("at", "over"),
    [
        (datetime(2026, 3, 2, 20, 59, tzinfo=MOSCOW), None),
        (datetime(2026, 3, 2, 21, 0, tzinfo=MOSCOW), datetime(2026, 3, 3, 9, tzinfo=MOSCOW)),
        (datetime(2026, 3, 3, 3, 0, tzinfo=MOSCOW), datetime(2026, 3, 3, 9, tzinfo=MOSCOW)),
        (datetime(2026, 3, 3, 9, 0, tzinfo=MOSCOW), None),
    ],
)
def test_the_night_is_quiet(at: datetime, over: datetime | None) -> None:
    assert NIGHT.over_at(at, MOSCOW) == over


def test_the_clock_is_that_of_the_place_that_a_number_tells() -> None:
    assert NIGHT.zone_of(["+73832270000"]) == ZoneInfo("Asia/Novosibirsk")
    assert NIGHT.zone_of(["+79161234567"]) == MOSCOW, "mobile numbers tell nothing"
    assert NIGHT.zone_of(["garbage", "+12125551234"]) == ZoneInfo("America/New_York")
    assert NIGHT.zone_of([]) == MOSCOW
