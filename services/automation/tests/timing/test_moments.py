"""When an action is done: delays, dates, exact times, working hours, and clocks that are set forward and back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from automation.timing.calendars import BUSINESS, Calendars, Manager, default_calendar
from automation.timing.moments import Hours, moment
from automation.timing.when import Timing, read_date
from events.contracts.automation import DayOff, WorkingCalendarSetUp
from events.contracts.leads import WorkingWindow
from events.hours import WEEKDAYS, Schedule
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

MOSCOW = ZoneInfo("Europe/Moscow")
BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 3, 2, 15, 30, tzinfo=MOSCOW)


def acts(named: Any = None, clock: ZoneInfo = MOSCOW, since: datetime = MONDAY, **timing: Any) -> str | None:
    due = moment(Timing.model_validate(timing), since, named, clock)
    return due.astimezone(clock).strftime("%m-%d %H:%M") if due else None


def test_a_delay_counts_from_when_the_event_was_recorded() -> None:
    assert acts(after={"minutes": 90}) == "03-02 17:00"
    assert acts(after={"days": 1}) == "03-03 15:30"
    assert acts() == "03-02 15:30"


def test_an_exact_time_is_the_next_such_time_or_that_of_the_day_that_was_counted() -> None:
    assert acts(at="10:00") == "03-03 10:00"
    assert acts(at="16:00") == "03-02 16:00"
    assert acts(after={"days": 1}, at="10:00") == "03-03 10:00"
    assert acts(after={"hours": 20}, at="10:00") == "03-04 10:00"
    assert acts(at="10:00", weekday="mon") == "03-09 10:00"
    assert acts(after={"days": 2}, at="10:00", weekday="fri") == "03-06 10:00"


def test_before_a_date_counts_whole_days_back_from_its_beginning() -> None:
    day = date(2026, 3, 20)
    assert acts(day, before={"field": "deal.expected_on", "days": 3}, at="10:00") == "03-17 10:00"
    assert acts(day, before={"field": "deal.expected_on", "hours": 2}) == "03-19 22:00"
    assert acts(day, after={"field": "deal.expected_on", "days": 1}, at="09:00") == "03-21 09:00"


def test_a_date_that_is_missing_gives_no_time() -> None:
    assert acts(None, before={"field": "deal.expected_on", "days": 3}) is None


def test_days_are_counted_by_the_clock_on_the_wall_and_hours_by_the_watch() -> None:
    # the clock is set forward on 29 March at 2:00
    saturday = datetime(2026, 3, 28, 12, tzinfo=BERLIN)
    assert acts(clock=BERLIN, since=saturday, after={"days": 1}) == "03-29 12:00"
    due = moment(Timing.model_validate({"after": {"hours": 24}}), saturday, None, BERLIN)
    assert due is not None
    assert due.astimezone(BERLIN).hour == 13


def test_a_time_that_the_clock_leaves_out_is_when_it_is_set_forward_and_one_shown_twice_is_the_first() -> None:
    saturday = datetime(2026, 3, 28, 12, tzinfo=BERLIN)
    timing = Timing.model_validate({"after": {"days": 1}, "at": "02:30"})
    assert moment(timing, saturday, None, BERLIN) == datetime(2026, 3, 29, 1, tzinfo=UTC)
    autumn = datetime(2026, 10, 24, 12, tzinfo=BERLIN)
    assert moment(timing, autumn, None, BERLIN) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@given(
    st.integers(0, 365 * 24 * 60).map(lambda minutes: MONDAY + timedelta(minutes=minutes)),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]),
    st.integers(0, 23),
)
def test_the_next_such_time_is_never_in_the_past_and_never_later_than_two_days(at: Any, zone: str, hour: int) -> None:
    due = moment(Timing(at=f"{hour:02}:30"), at, None, ZoneInfo(zone))
    assert due is not None
    assert timedelta(0) <= due - at <= timedelta(days=2)


@pytest.mark.parametrize(
    "timing",
    [
        {"after": {"days": 1}, "before": {"days": 1, "field": "event.due_on"}},
        {"before": {"days": 1}},
        {"weekday": "mon"},
        {"at": "25:00"},
        {"after": {"days": -1}},
        {"afterwards": {"days": 1}},
    ],
)
def test_a_timing_that_means_nothing_is_refused(timing: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Timing.model_validate(timing)


def test_dates_are_read_as_days_and_instants_and_nothing_else() -> None:
    assert read_date("2026-03-02") == date(2026, 3, 2)
    assert read_date("2026-03-02T09:30:00+00:00") == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    assert [read_date(value) for value in ("soon", "2026-02-30", True, 5, None, "2026-03-02T09:30:00")] == [None] * 6


def calendars(**managers: Manager) -> Calendars:
    firm = default_calendar("Europe/Moscow").model_copy(update={"days_off": (DayOff(date=date(2026, 3, 9)),)})
    remote = WorkingCalendarSetUp(calendar="kz", time_zone="Asia/Almaty", days_off=(DayOff(date=date(2026, 3, 3)),))
    return Calendars({BUSINESS: firm, "kz": remote}, managers)


def opens(hours: Hours, at: datetime) -> str:
    return hours.opens_at(at).astimezone(MOSCOW).strftime("%m-%d %H:%M")


def test_what_falls_out_of_business_hours_waits_for_them_over_weekends_and_holidays() -> None:
    firm = calendars().of(BUSINESS)
    assert opens(firm, MONDAY) == "03-02 15:30"
    assert opens(firm, datetime(2026, 3, 2, 19, tzinfo=MOSCOW)) == "03-03 09:00"
    assert opens(firm, datetime(2026, 3, 6, 19, tzinfo=MOSCOW)) == "03-10 09:00"


def test_a_manager_has_his_own_hours_days_off_and_absences() -> None:
    windows = [WorkingWindow(weekday=day, opens="10:00", closes="12:00") for day in WEEKDAYS]
    away = (datetime(2026, 3, 4, tzinfo=MOSCOW), datetime(2026, 3, 6, 11, tzinfo=MOSCOW))
    known = calendars(anna=Manager("Europe/Moscow", windows, "kz", [away]), oleg=Manager("Asia/Almaty", windows, None))
    assert opens(known.of("anna"), MONDAY) == "03-06 11:00"
    assert opens(known.of("oleg"), MONDAY) == "03-03 08:00"
    assert known.of("stranger") == known.of(BUSINESS)


def test_who_never_works_again_keeps_nothing_waiting() -> None:
    nobody = Hours(Schedule(MOSCOW, [WorkingWindow(weekday="mon", opens="09:00", closes="09:00")]))
    assert nobody.opens_at(MONDAY) == MONDAY
