"""What makes two cards alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from leads.identity.likeness import Known, full_name, one_slip, reasons

PHONE = "+79123456789"


@pytest.mark.parametrize(
    ("one", "other"),
    [("Анна Петрова", "петрова  АННА"), ("Артём Ёлкин", "Елкин Артем"), ("Anna-Maria Li", "Li, Maria Anna")],
)
def test_names_are_the_same_in_any_order_and_spelling(one: str, other: str) -> None:
    assert full_name(one) == full_name(other) is not None


@pytest.mark.parametrize("name", ["Анна", "А. Петрова", "", "12 34", "anna anna"])
def test_a_name_of_one_word_is_shared_by_nobody(name: str) -> None:
    assert full_name(name) is None


@given(st.text())
def test_any_name_is_read(name: str) -> None:
    full = full_name(name)
    assert full is None or full_name(full) == full


@pytest.mark.parametrize("slip", ["+79123456780", "+79123456798", "+7912345678", "+791234567890", "+79213456789"])
def test_phones_but_for_one_slip_are_alike(slip: str) -> None:
    assert one_slip(PHONE, slip)
    assert one_slip(slip, PHONE)


@pytest.mark.parametrize("phone", [PHONE, "+79123456700", "+79987654321", "", "+7912345"])
def test_phones_that_are_equal_or_differ_more_are_not(phone: str) -> None:
    assert not one_slip(PHONE, phone)
    assert not one_slip(phone, PHONE)


def test_namesakes_with_nothing_else_in_common_are_not_suggested() -> None:
    assert list(reasons(Known("1990-05-17", [PHONE]), Known("1991-05-17", ["+78120000000"]))) == []
    assert list(reasons(Known(), Known())) == []
