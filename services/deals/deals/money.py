"""Arithmetic of money: what lines cost, to the last minor unit. Pure, exact, never a float.

Rounding is half up to the currency's minor unit (ISO 4217: kopecks for RUB, yen for JPY, thousandths for KWD), per line
and then summed, so what stands in the lines always adds up to what stands below them:

1. quantity times price, rounded; 2. off it the line's discount (a percent is rounded); 3. the discount on the whole (a
percent of the sum of 2, rounded) is spread over the lines in proportion to what 2 left, whole minor units first and the
rest by largest remainder; 4. the tax of what is left, rounded: added to it, or, where prices include it, taken out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from babel.numbers import get_currency_precision
from events.contracts.deals import Money
from events.contracts.deals.lines import Discount, Line, Totals
from events.decider import Rejected

CENT = Decimal("0.01")
MOST = 10**14
"""Major units that one sum may come to."""


def money(amount: Decimal, currency: str) -> Money:
    """Money as contracts want it."""
    return Money(amount=with_cents(amount), currency=currency)


def plain(number: Decimal) -> Decimal:
    """The same number, never in the form 1E+2."""
    return Decimal(format(number, "f"))


def with_cents(amount: Decimal) -> Decimal:
    """The amount with two decimal places or more, never in the form 5E+4."""
    exponent = amount.as_tuple().exponent
    return amount.quantize(CENT) if isinstance(exponent, int) and exponent > -2 else amount


@dataclass(frozen=True, slots=True)
class Item:
    """What a line is computed of; see :class:`events.contracts.deals.lines.Line`."""

    title: str
    quantity: Decimal
    price: Decimal
    product_id: UUID | None = None
    unit: str | None = None
    discount: Discount | None = None
    tax_rate: Decimal | None = None
    tax_included: bool = True
    unit_cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Priced:
    """Lines with what they come to; ``discount`` is the one on the whole."""

    lines: tuple[Line, ...]
    totals: Totals
    discount: Discount | None = None

    @property
    def value(self) -> Money:
        """What is to be paid."""
        return Money(amount=self.totals.gross, currency=self.totals.currency)


def priced(items: Sequence[Item], currency: str, discount: Discount | None = None) -> Priced:
    """Computes lines and totals.

    Raises :class:`events.decider.Rejected`: ``mixed_taxes`` where some prices include the tax and some do not,
    ``discount_too_large`` where one takes off more than there is, ``finer_than_currency`` for a discount in parts of
    the minor unit, ``too_large`` for a sum over 100,000,000,000,000.
    """
    if len({item.tax_included for item in items if item.tax_rate}) > 1:
        raise Rejected("mixed_taxes", "Either all prices include the tax or none does.")
    places = get_currency_precision(currency)
    full = [half_up(Fraction(item.quantity) * Fraction(item.price) * 10**places) for item in items]
    if sum(full) > MOST * 10**places:
        raise Rejected("too_large", "The lines come to more than 100,000,000,000,000.")
    own = [_off(item.discount, amount, places) for item, amount in zip(items, full, strict=True)]
    left = [amount - off for amount, off in zip(full, own, strict=True)]
    shares = spread(_off(discount, sum(left), places), left, [_key(item) for item in items])
    lines = tuple(_line(*of, places) for of in zip(items, left, own, shares, strict=True))
    return Priced(lines, _totals(lines, sum(full), currency, places), discount)


def items_of(lines: Iterable[Line]) -> list[Item]:
    """What these lines were computed of."""
    return [Item(**{name: getattr(line, name) for name in Item.__dataclass_fields__}) for line in lines]


def half_up(exact: Fraction) -> int:
    """The nearest whole number of something that is not negative; a half goes up."""
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def spread(whole: int, over: Sequence[int], keys: Sequence[str] | None = None) -> list[int]:
    """Parts of a whole in proportion to ``over``, none above its own: whole units first, the rest by largest remainder.

    ``whole`` is not above the sum of ``over``, nothing is negative. Where remainders are equal, the lesser of the
    ``keys`` comes first: lines in another order get the same parts.
    """
    total = sum(over)
    if not whole:
        return [0] * len(over)
    parts = [whole * one // total for one in over]
    names = keys or [""] * len(over)
    last = sorted(range(len(over)), key=lambda at: (-(whole * over[at] % total), names[at]))
    for at in last[: whole - sum(parts)]:
        parts[at] += 1
    return parts


def _off(discount: Discount | None, amount: int, places: int) -> int:
    if discount is None:
        return 0
    if discount.percent is not None:
        off = half_up(amount * Fraction(discount.percent) / 100)
    else:
        exact = Fraction(discount.amount or 0) * 10**places
        if exact.denominator != 1:
            raise Rejected("finer_than_currency", f"The currency has {places} decimal places.")
        off = int(exact)
    if off > amount:
        raise Rejected("discount_too_large", "A discount takes off more than there is.")
    return off


def _key(item: Item) -> str:
    """What tells lines from each other; lines with equal keys are equal."""
    return "\x1f".join(str(getattr(item, name)) for name in Item.__dataclass_fields__)


def _line(item: Item, left: int, own: int, share: int, places: int) -> Line:
    base, rate = left - share, Fraction(item.tax_rate or 0)
    tax = half_up(base * rate / (100 + rate if item.tax_included else 100))
    net = base - tax if item.tax_included else base
    return Line(
        **{name: getattr(item, name) for name in Item.__dataclass_fields__},
        discounted=_major(own + share, places),
        net=_major(net, places),
        tax=_major(tax, places),
        gross=_major(net + tax, places),
    )


def _totals(lines: Sequence[Line], full: int, currency: str, places: int) -> Totals:
    sums = {name: sum((getattr(line, name) for line in lines), CENT * 0) for name in ("discounted", "net", "tax")}
    return Totals(currency=currency, subtotal=_major(full, places), gross=sums["net"] + sums["tax"], **sums)


def _major(minor: int, places: int) -> Decimal:
    return with_cents(Decimal(minor).scaleb(-places))
