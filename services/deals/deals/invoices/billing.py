"""What an invoice asks for where its lines are not given: all of a deal, a part in advance, or what is left. Pure.

A prepayment and a final invoice have one line for each rate of tax in the deal's lines, tax included, so that the tax
of all invoices of a deal is that of the deal.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from babel.numbers import get_currency_precision
from events.contracts.deals import InvoiceKind, Line
from events.decider import Rejected

from deals.money import Item, Priced, half_up, priced


def billed(
    kind: InvoiceKind,
    number: str,
    currency: str,
    lines: Sequence[Line],
    before: Sequence[Line],
    percent: Decimal | None = None,
) -> Priced | None:
    """What to ask for the deal ``number`` with these lines, of which ``before`` was invoiced; None: all of its lines.

    Raises :class:`events.decider.Rejected`: ``no_lines``, ``percent_required``, ``nothing_left_to_invoice``.
    """
    if not lines:
        raise Rejected("no_lines", f"The deal {number} has no lines: give the invoice its own.")
    if kind == "full":
        return None
    if kind == "prepayment":
        if percent is None:
            raise Rejected("percent_required", "Say how many percent of the deal are asked for in advance.")
        title = f"Предоплата {percent.normalize():f} % по сделке {number}"
        places = get_currency_precision(currency)
        asked = {rate: _share(gross, percent, places) for rate, gross in _by_rate(lines).items()}
    else:
        title, past = f"Окончательный расчёт по сделке {number}", _by_rate(before)
        asked = {rate: gross - past.get(rate, Decimal(0)) for rate, gross in _by_rate(lines).items()}
    items = [
        Item(title=title, quantity=Decimal(1), price=gross, tax_rate=rate) for rate, gross in asked.items() if gross > 0
    ]
    if not items:
        raise Rejected("nothing_left_to_invoice", f"Everything of the deal {number} was invoiced.")
    return priced(items, currency)


def _by_rate(lines: Sequence[Line]) -> dict[Decimal | None, Decimal]:
    sums: dict[Decimal | None, Decimal] = {}
    for line in lines:
        sums[line.tax_rate] = sums.get(line.tax_rate, Decimal(0)) + line.gross
    return sums


def _share(gross: Decimal, percent: Decimal, places: int) -> Decimal:
    return Decimal(half_up(Fraction(gross) * Fraction(percent) / 100 * 10**places)).scaleb(-places)
