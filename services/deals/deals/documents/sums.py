"""Lines and sums as documents write them. Nothing is computed that the lines do not say: their sums are added up."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from events.contracts.deals import Line, Money
from events.contracts.deals.documents import Language

from deals.documents.facts import LineFacts, TotalFacts
from deals.documents.words import amount_in_digits, amount_in_words, number_in_digits


def lines_told(lines: Sequence[Line], currency: str, language: Language) -> tuple[LineFacts, ...]:
    """The lines, numbered from 1."""
    return tuple(
        LineFacts(
            number=str(number),
            title=line.title,
            quantity=number_in_digits(line.quantity, language),
            unit=line.unit,
            price=amount_in_digits(line.price, currency, language),
            discounted=amount_in_digits(line.discounted, currency, language) if line.discounted else None,
            net=amount_in_digits(line.net, currency, language),
            tax_rate=number_in_digits(line.tax_rate, language) if line.tax_rate is not None else None,
            tax=amount_in_digits(line.tax, currency, language) if line.tax_rate is not None else None,
            gross=amount_in_digits(line.gross, currency, language),
        )
        for number, line in enumerate(lines, 1)
    )


def totals_told(lines: Sequence[Line], value: Money, language: Language, untaxed_because: str | None) -> TotalFacts:
    """The sums of the lines; ``value`` is what is to be paid for them, and stands in words."""

    def told(amount: Decimal) -> str:
        return amount_in_digits(amount, value.currency, language)

    net, tax, discounted = (sum((getattr(line, n) for line in lines), Decimal(0)) for n in ("net", "tax", "discounted"))
    is_taxed = any(line.tax_rate is not None for line in lines)
    return TotalFacts(
        currency=value.currency,
        count=str(len(lines)),
        subtotal=told(sum((line.price * line.quantity for line in lines), Decimal(0))),
        discounted=told(discounted) if discounted else None,
        net=told(net),
        tax=told(tax) if is_taxed else None,
        untaxed_because=None if is_taxed else untaxed_because,
        gross=told(value.amount),
        gross_in_words=amount_in_words(value.amount, value.currency, language),
    )
