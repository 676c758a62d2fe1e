"""Signed links: opened by whom they were made for, for what they were made for, as long as they hold."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest
from events.links import LONGEST_TOKEN, LinkExpired, LinkInvalid, Links
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretBytes

OLD, NEW, FOREIGN = (SecretBytes(bytes([n]) * 32) for n in (1, 2, 3))
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
LINKS = Links([OLD, NEW])


@given(
    names=st.text(max_size=60), purpose=st.sampled_from(["quote", "document", "отчёт"]), seconds=st.integers(0, 10**8)
)
def test_a_link_names_what_it_was_made_for_until_its_last_second(names: str, purpose: str, seconds: int) -> None:
    until = NOW + timedelta(seconds=seconds)
    token = LINKS.make(purpose, names, until)
    assert LINKS.open(purpose, token, until) == names
    with pytest.raises(LinkExpired):
        LINKS.open(purpose, token, until + timedelta(seconds=1))


@given(token=st.text(max_size=80))
def test_nothing_else_is_a_link(token: str) -> None:
    with pytest.raises(LinkInvalid):
        LINKS.open("quote", token, NOW)


@given(at=st.integers(0), other=st.characters(codec="ascii"))
def test_a_link_that_was_changed_anywhere_does_not_work(at: int, other: str) -> None:
    token = LINKS.make("quote", "0190", NOW + DAY)
    at %= len(token) - 1  # the last letter of base64 holds bits that mean nothing
    changed = token[:at] + other + token[at + 1 :]
    if changed != token:
        with pytest.raises(LinkInvalid):
            LINKS.open("quote", changed, NOW)


def test_a_link_for_one_purpose_opens_nothing_else() -> None:
    with pytest.raises(LinkInvalid):
        LINKS.open("document", LINKS.make("quote", "0190", NOW + DAY), NOW)


def test_keys_rotate_the_last_signs_and_each_opens_until_it_is_taken_away() -> None:
    before, after = Links([OLD]), Links([NEW])
    token = before.make("quote", "0190", NOW + DAY)
    assert LINKS.open("quote", token, NOW) == "0190"
    assert LINKS.make("quote", "0190", NOW + DAY) == after.make("quote", "0190", NOW + DAY)
    with pytest.raises(LinkInvalid):
        after.open("quote", token, NOW)


def test_a_link_signed_by_another_key_does_not_work() -> None:
    with pytest.raises(LinkInvalid):
        LINKS.open("quote", Links([FOREIGN]).make("quote", "0190", NOW + DAY), NOW)


def test_an_expired_link_that_is_forged_is_said_to_be_wrong_not_old() -> None:
    with pytest.raises(LinkInvalid):
        LINKS.open("quote", Links([FOREIGN]).make("quote", "0190", NOW - DAY), NOW)


def test_what_is_too_long_to_be_a_link_is_not_looked_at() -> None:
    token = LINKS.make("quote", os.urandom(LONGEST_TOKEN).hex(), NOW + DAY)
    with pytest.raises(LinkInvalid):
        LINKS.open("quote", token, NOW)


def test_the_answers_say_nothing_of_what_a_link_names() -> None:
    token = LINKS.make("quote", "018f3f9e", NOW - DAY)
    for wrong, status in ((token, 410), (token[:-3], 404)):
        with pytest.raises((LinkExpired, LinkInvalid)) as refused:
            LINKS.open("quote", wrong, NOW)
        assert refused.value.status == status
        assert "018f3f9e" not in str(refused.value.body())


def test_without_a_key_there_are_no_links() -> None:
    with pytest.raises(ValueError, match="without a key"):
        Links([])
