"""What lines cost: examples reckoned by hand, and what holds for whatever lines there are."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction

import pytest
from babel.numbers import get_currency_precision
from deals.money import Item, half_up, items_of, plain, priced, spread, with_cents
from events.contracts.deals import Discount, Line
from events.decider import Rejected
from hypothesis import given
from hypothesis import strategies as st


def item(price: str, quantity: str = "1", rate: str | None = None, **more: object) -> Item:
    return Item("Сайт", Decimal(quantity), Decimal(price), tax_rate=None if rate is None else Decimal(rate), **more)  # type: ignore[arg-type]


def percent(of: str) -> Discount:
    return Discount(percent=Decimal(of))


def amount(of: str) -> Discount:
    return Discount(amount=Decimal(of))


def sums(line: Line) -> tuple[str, str, str, str]:
    return str(line.discounted), str(line.net), str(line.tax), str(line.gross)


def test_a_price_with_the_tax_in_it_is_taken_apart() -> None:
    (line,) = priced([item("120", "3", "20")], "RUB").lines
    assert sums(line) == ("0.00", "300.00", "60.00", "360.00")


def test_a_price_without_the_tax_gets_it_on_top() -> None:
    (line,) = priced([item("120", "3", "20", tax_included=False)], "RUB").lines
    assert sums(line) == ("0.00", "360.00", "72.00", "432.00")


def test_what_is_not_taxed_has_no_tax_whichever_way_prices_are_said() -> None:
    mixed = [item("100", rate="20"), item("100", tax_included=False)]
    assert [sums(line)[1:] for line in priced(mixed, "RUB").lines] == [
        ("83.33", "16.67", "100.00"),
        ("100.00", "0.00", "100.00"),
    ]


def test_a_half_of_a_kopeck_goes_up() -> None:
    (line,) = priced([item("0.01", "0.5")], "RUB").lines
    assert str(line.gross) == "0.01"
    assert [half_up(Fraction(n, 2)) for n in range(4)] == [0, 1, 1, 2]


@pytest.mark.parametrize(("currency", "gross"), [("JPY", "3.00"), ("RUB", "2.67"), ("KWD", "2.667")])
def test_sums_are_rounded_to_the_minor_unit_of_their_currency(currency: str, gross: str) -> None:
    assert str(priced([item("2.6666")], currency).totals.gross) == gross


def test_a_line_has_its_discount_and_its_share_of_the_one_on_the_whole() -> None:
    lines = [item("1000", rate="20", discount=percent("10")), item("100", rate="20", discount=amount("0.01"))]
    found = priced(lines, "RUB", amount("100"))
    # 900.00 and 99.99 are left: 100.00 in their proportion is 90.0009… and 9.9990…, so 90.00 and 10.00.
    assert [sums(line) for line in found.lines] == [
        ("190.00", "675.00", "135.00", "810.00"),
        ("10.01", "74.99", "15.00", "89.99"),
    ]
    totals = found.totals
    assert (str(totals.subtotal), str(totals.discounted), str(totals.gross)) == ("1100.00", "200.01", "899.99")


def test_a_kopeck_that_cannot_be_shared_goes_to_the_largest_remainder() -> None:
    assert spread(100, [1, 1, 1], ["a", "b", "c"]) != [33, 33, 33]
    assert spread(1, [1, 1, 1], ["c", "a", "b"]) == [0, 1, 0]
    assert spread(2, [10, 10, 1]) == [1, 1, 0]


@pytest.mark.parametrize(
    ("lines", "discount", "code"),
    [
        ([item("1", rate="20"), item("1", rate="10", tax_included=False)], None, "mixed_taxes"),
        ([item("1", discount=amount("1.01"))], None, "discount_too_large"),
        ([item("1"), item("1")], amount("2.01"), "discount_too_large"),
        ([item("1")], percent("101"), "discount_too_large"),
        ([item("1")], amount("0.001"), "finer_than_currency"),
        ([item("99999999999999"), item("2")], None, "too_large"),
    ],
)
def test_what_cannot_be_is_refused(lines: list[Item], discount: Discount | None, code: str) -> None:
    with pytest.raises(Rejected) as refused:
        priced(lines, "RUB", discount)
    assert refused.value.code == code


discounts = st.none() | st.builds(Discount, percent=st.decimals(0, 100, places=2))
rates = st.none() | st.sampled_from([Decimal(rate) for rate in ("0", "5", "7", "10", "20", "22", "8.875")])


@st.composite
def whole(draw: st.DrawFn) -> tuple[list[Item], str, Discount | None]:
    included = draw(st.booleans())
    one = st.builds(
        Item,
        title=st.sampled_from(["Сайт", "Хостинг", "Правки"]),
        quantity=st.decimals("0.001", 1000, places=3),
        price=st.decimals(0, 100_000, places=4),
        discount=discounts,
        tax_rate=rates,
        tax_included=st.just(included),
    )
    items, currency = draw(st.lists(one, max_size=8)), draw(st.sampled_from(["RUB", "JPY", "KWD"]))
    left = priced(items, currency).totals
    most = left.subtotal - left.discounted
    minor = Decimal(1).scaleb(-get_currency_precision(currency))
    some = st.decimals(0, most, places=max(0, get_currency_precision(currency))).map(lambda a: a.quantize(minor))
    return items, currency, draw(discounts | st.builds(Discount, amount=some))


@given(whole())
def test_parts_always_sum_to_the_whole_and_nothing_is_negative(of: tuple[list[Item], str, Discount | None]) -> None:
    found = priced(*of)
    totals = found.totals
    for name in ("discounted", "net", "tax", "gross"):
        assert sum((getattr(line, name) for line in found.lines), Decimal(0)) == getattr(totals, name)
        assert all(getattr(line, name) >= 0 for line in found.lines)
    assert all(line.net + line.tax == line.gross for line in found.lines)
    charged = totals.gross if all(i.tax_included for i in of[0]) else totals.net
    assert totals.subtotal - totals.discounted == charged
    if of[2] and of[2].amount:
        assert totals.discounted - priced(of[0], of[1]).totals.discounted == of[2].amount


@given(whole(), st.randoms(use_true_random=False))
def test_the_order_of_lines_changes_nothing(of: tuple[list[Item], str, Discount | None], by: random.Random) -> None:
    items, currency, discount = of
    shuffled = by.sample(items, len(items))
    one, other = priced(items, currency, discount), priced(shuffled, currency, discount)
    assert sorted(map(repr, one.lines)) == sorted(map(repr, other.lines))
    assert one.totals == other.totals


@given(whole())
def test_what_was_computed_is_computed_again_alike(of: tuple[list[Item], str, Discount | None]) -> None:
    found = priced(*of)
    read = [Line.model_validate_json(line.model_dump_json()) for line in found.lines]
    assert priced(items_of(read), of[1], of[2]) == found


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=20), st.integers(0, 10**6))
def test_what_is_spread_comes_together_again(over: list[int], millionths: int) -> None:
    total = sum(over) * millionths // 10**6
    parts = spread(total, over)
    assert sum(parts) == total
    assert all(0 <= part <= one for part, one in zip(parts, over, strict=True))
    exact = [Fraction(total * one, sum(over) or 1) for one in over]
    assert all(abs(part - one) < 1 for part, one in zip(parts, exact, strict=True))


@pytest.mark.parametrize(("given", "shown"), [("5E+4", "50000.00"), ("0.5", "0.50"), ("1.2345", "1.2345")])
def test_amounts_are_written_out(given: str, shown: str) -> None:
    assert str(with_cents(Decimal(given))) == shown
    assert "E" not in str(plain(Decimal(given)))
