"""When a customer is to be talked to, by what he brings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from automation.cadence.pace import DEFAULT, LOOK_AGAIN, Contacts, decide

NOW = datetime(2026, 3, 23, 12, tzinfo=UTC)
FREE = {"open_deals": 0, "is_blacklisted": False, "responsible": "anna"}


def talked(ago: int, segment: Any = "gold", **more: Any) -> Contacts:
    return Contacts(UUID(int=1), segment, NOW - timedelta(days=ago), **more)


@pytest.mark.parametrize(("segment", "first", "last"), [("gold", 14, 14), ("silver", 14, 21), ("bronze", 21, 21)])
def test_each_segment_has_its_pace(segment: str, first: int, last: int) -> None:
    early = decide(talked(first - 1, segment), FREE, DEFAULT, NOW)
    assert (early.due, early.looks_at) == (None, NOW + timedelta(days=1))
    due = decide(talked(first, segment), FREE, DEFAULT, NOW).due
    assert due is not None
    assert (due.manager_id, due.latest_at, due.nurture) == ("anna", NOW + timedelta(days=last - first), False)


def test_a_casual_customer_gets_letters_besides() -> None:
    due = decide(talked(30, "casual"), FREE, DEFAULT, NOW).due
    assert due is not None
    assert (due.nurture, due.latest_at) == (True, NOW)


def test_who_has_an_open_deal_is_skipped_until_it_is_closed_and_who_is_on_the_black_list_too() -> None:
    for also in ({"open_deals": 1}, {"is_blacklisted": True}):
        decided = decide(talked(30), FREE | also, DEFAULT, NOW)
        assert (decided.due, decided.looks_at) == (None, NOW + LOOK_AGAIN)


def test_one_customer_may_have_a_pace_of_his_own_or_none() -> None:
    assert decide(talked(8, days=7), FREE, DEFAULT, NOW).due is not None
    assert decide(talked(30, days=60), FREE, DEFAULT, NOW).looks_at == NOW + timedelta(days=30)
    assert decide(talked(90, paused=True), FREE, DEFAULT, NOW).due is None


def test_it_is_said_once_after_each_contact() -> None:
    told = talked(30)
    again = Contacts(told.customer_id, told.segment, told.last_contact_at, told_for=told.last_contact_at)
    assert decide(again, FREE, DEFAULT, NOW) == decide(talked(0, paused=True), FREE, DEFAULT, NOW)
