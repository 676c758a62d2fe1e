"""Working hours by a wall clock, also where it jumps."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from events.contracts.leads import WorkingWindow
from events.hours import WEEKDAYS, Schedule, minutes
from hypothesis import example, given, settings
from hypothesis import strategies as st

BERLIN, MOSCOW = ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/Moscow")
SPRING = date(2026, 3, 29)  # a Sunday: 02:00 becomes 03:00 in Berlin
AUTUMN = date(2026, 10, 25)  # a Sunday: 03:00 becomes 02:00 again


def window(weekday: Any, opens: str, closes: str) -> WorkingWindow:
    return WorkingWindow(weekday=weekday, opens=opens, closes=closes)


OFFICE = tuple(window(day, "09:00", "18:00") for day in WEEKDAYS[:5])


def at(zone: ZoneInfo, day: date, hour: int, minute: int = 0, fold: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone, fold=fold).astimezone(UTC)


def test_work_is_where_the_wall_clock_of_the_manager_says() -> None:
    moscow = Schedule(MOSCOW, OFFICE)
    assert moscow.is_open(datetime(2026, 3, 2, 6, 0, tzinfo=UTC))
    assert not moscow.is_open(datetime(2026, 3, 2, 15, 0, tzinfo=UTC)), "18:00 in Moscow is over"
    assert not Schedule(BERLIN, OFFICE).is_open(datetime(2026, 3, 2, 6, 0, tzinfo=UTC))


def test_friday_evening_opens_on_monday_morning() -> None:
    friday, monday = date(2026, 3, 6), date(2026, 3, 9)
    assert Schedule(MOSCOW, OFFICE).opens_at(at(MOSCOW, friday, 20)) == at(MOSCOW, monday, 9)


def test_a_day_off_is_passed_over() -> None:
    friday, tuesday = date(2026, 3, 6), date(2026, 3, 10)
    off = frozenset((date(2026, 3, 9),))
    assert Schedule(MOSCOW, OFFICE, off).opens_at(at(MOSCOW, friday, 20)) == at(MOSCOW, tuesday, 9)
    assert Schedule(MOSCOW, (), off).opens_at(at(MOSCOW, date(2026, 3, 9), 12)) == at(MOSCOW, tuesday, 0)


def test_without_windows_somebody_always_works() -> None:
    assert Schedule(MOSCOW).is_open(datetime(2026, 3, 8, 3, tzinfo=UTC))


def test_who_never_works_never_opens() -> None:
    every_day = frozenset(date(2026, 1, 1) + timedelta(days=n) for n in range(900))
    assert Schedule(MOSCOW, OFFICE, every_day).opens_at(datetime(2026, 3, 2, tzinfo=UTC)) is None


def test_a_window_that_the_clock_leaves_out_is_not_worked() -> None:
    left_out = Schedule(BERLIN, (window("sun", "02:10", "02:50"),))
    assert left_out.opens_at(at(BERLIN, SPRING, 0)) == at(BERLIN, SPRING + timedelta(days=7), 2, 10)


def test_a_window_that_begins_in_the_hour_left_out_begins_when_the_clock_jumps() -> None:
    into_the_gap = Schedule(BERLIN, (window("sun", "02:30", "05:00"),))
    assert into_the_gap.opens_at(at(BERLIN, SPRING, 0)) == at(BERLIN, SPRING, 3)


def test_a_window_in_the_hour_that_comes_twice_is_worked_twice() -> None:
    twice = Schedule(BERLIN, (window("sun", "02:10", "02:40"),))
    assert twice.opens_at(at(BERLIN, AUTUMN, 0)) == at(BERLIN, AUTUMN, 2, 10)
    assert twice.opens_at(at(BERLIN, AUTUMN, 2, 45)) == at(BERLIN, AUTUMN, 2, 10, fold=1)


def test_a_clock_that_is_set_back_into_a_window_opens_it_again() -> None:
    early = Schedule(BERLIN, (window("sun", "01:30", "02:10"),))
    assert early.opens_at(at(BERLIN, AUTUMN, 2, 30)) == at(BERLIN, AUTUMN, 2, fold=1)


times = st.integers(0, 24 * 4).map(lambda quarter: f"{quarter // 4:02}:{quarter % 4 * 15:02}")
windows = st.builds(
    lambda day, ends: window(day, *sorted(ends)),
    st.sampled_from(("sat", "sun", "mon")),
    st.lists(times, min_size=2, max_size=2, unique=True),
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(windows, min_size=1, max_size=3),
    st.sampled_from(("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Europe/Moscow")),
    st.sampled_from((SPRING, AUTUMN, date(2026, 3, 8), date(2026, 11, 1), date(2026, 4, 5), date(2026, 10, 4))),
    st.integers(-24 * 4, 24 * 4),
)
@example([window("sun", "02:30", "05:00")], "Europe/Berlin", SPRING, 0)
def test_work_opens_at_the_first_minute_that_is_open(
    week: list[WorkingWindow], zone: str, day: date, quarters: int
) -> None:
    schedule = Schedule(ZoneInfo(zone), week)
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=15 * quarters)
    minutes_on = (start + timedelta(minutes=n) for n in range(3 * 24 * 60))
    expected = next((minute for minute in minutes_on if schedule.is_open(minute)), None)
    found = schedule.opens_at(start)
    assert found == expected or (expected is None and found is not None and schedule.is_open(found))


@pytest.mark.parametrize("text", ["9:00", "25:00", "24:01", "12:60", "noon", "", "-1:00"])
def test_what_is_no_time_of_a_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time"):
        minutes(text)
