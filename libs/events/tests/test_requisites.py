"""Requisites: control digits as their issuers define them."""

import pytest
from events.contracts.leads import Requisites
from events.requisites import WrongRequisites, checked, has_right_key, is_inn, is_ogrn
from hypothesis import given
from hypothesis import strategies as st

WEIGHTS = (7, 1, 3) * 8


def key_of(account: str, before: str) -> str:
    """The key as clauses 3 and 4 of the order compute it: with the key as zero, the sum's last digit times three."""
    digits = before + account[:8] + "0" + account[9:]
    total = sum(int(digit) * weight % 10 for digit, weight in zip(digits, WEIGHTS, strict=False))
    return str(total % 10 * 3 % 10)


@pytest.mark.parametrize(
    ("account", "bik", "correspondent"),
    [
        ("30101810800000000746", "049805000", True),  # the order's first example
        ("40602810700000000025", "049805746", False),  # its third example
        ("30101810400000000225", "044525225", True),  # Sberbank
    ],
)
def test_the_key_of_accounts_is_right_in_the_examples_of_the_order(account: str, bik: str, correspondent: bool) -> None:
    assert has_right_key(account, bik, correspondent=correspondent)


@given(st.from_regex(r"\A[1-9][0-9]{19}\Z"), st.from_regex(r"\A04[0-9]{4}[1-9][0-9]{2}\Z"))
def test_exactly_one_key_fits_an_account_and_it_is_the_computed_one(account: str, bik: str) -> None:
    fitting = [d for d in "0123456789" if has_right_key(account[:8] + d + account[9:], bik, correspondent=False)]
    assert fitting == [key_of(account, bik[6:])]


@given(st.from_regex(r"\A[0-9]{9}\Z"), st.integers(0, 9))
def test_one_wrong_digit_of_an_inn_is_noticed(start: str, at: int) -> None:
    weights = (2, 4, 10, 3, 5, 9, 4, 6, 8)
    inn = start + str(sum(int(d) * w for d, w in zip(start, weights, strict=True)) % 11 % 10)
    if inn.strip("0"):
        assert is_inn(inn)
    last = inn[:9] + str((int(inn[9]) + at) % 10)
    assert is_inn(last) is (last == inn and inn.strip("0") != "")


@pytest.mark.parametrize("inn", ["7707083893", "500100732259", "7736050003"])
def test_real_inns_are_right(inn: str) -> None:
    assert is_inn(inn)


@pytest.mark.parametrize("inn", ["7707083894", "0000000000", "770708389", "77O7083893", "", "٧٧٠٧٠٨٣٨٩٣"])
def test_what_is_no_inn_is_refused(inn: str) -> None:
    assert not is_inn(inn)


def test_ogrn_and_ogrnip_have_their_control_digits() -> None:
    assert is_ogrn("1027700132195")
    assert is_ogrn("304500116000157")
    assert not is_ogrn("1027700132196")


def test_blanks_are_left_out_and_all_faults_are_told_at_once() -> None:
    right = checked(Requisites(inn="77 0708 3893", kpp="773601001", bik="044525225", account="4070281093800000 0001"))
    assert (right.inn, right.account) == ("7707083893", "40702810938000000001")
    with pytest.raises(WrongRequisites) as wrong:
        checked(Requisites(inn="7707083894", kpp="77360100", ogrn="1", bik="04452522", account="1"))
    assert wrong.value.faults.keys() == {"inn", "kpp", "ogrn", "bik", "account"}


def test_an_account_is_checked_with_its_bik_and_a_sole_proprietor_has_no_kpp() -> None:
    with pytest.raises(WrongRequisites) as alone:
        checked(Requisites(account="40702810938000000001"))
    assert alone.value.faults == {"account": "can only be checked with the BIK of its bank"}
    with pytest.raises(WrongRequisites) as person:
        checked(Requisites(inn="500100732259", kpp="773601001"))
    assert person.value.faults.keys() == {"kpp"}
    with pytest.raises(WrongRequisites) as other_bank:
        checked(Requisites(bik="044525974", account="40702810938000000001"))
    assert other_bank.value.faults == {"account": "does not fit the BIK"}
