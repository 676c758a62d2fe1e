"""Lines of deals, quotes and invoices, computed once and carried as they are: nobody computes them again to show them.

Amounts are in major units of the currency of the whole; rates and percents are percents, 20 for 20 %.
"""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from events.contracts.cause import Cause
from events.event import Event


class Discount(BaseModel):
    """What comes off, as it was given: a percent or an amount, one of the two."""

    model_config = ConfigDict(frozen=True)

    percent: Decimal | None = None
    amount: Decimal | None = None


class Line(BaseModel):
    """A line: so much of something at a price.

    ``price`` and ``discount`` (as it was given for this line) include the tax if ``tax_included``; ``discounted`` is
    what comes off in all, the line's share of a discount on the whole included. A ``tax_rate`` of None: not taxed.
    ``unit_cost`` is what one unit costs the firm itself, without a tax that it gets back, as known when the line was
    written; None: not known. No customer is told.
    """

    model_config = ConfigDict(frozen=True)

    product_id: UUID | None = None
    title: str
    unit: str | None = None
    quantity: Decimal
    price: Decimal
    discount: Discount | None = None
    tax_rate: Decimal | None = None
    tax_included: bool = True
    unit_cost: Decimal | None = None
    discounted: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal


class Totals(BaseModel):
    """The sums over all lines: ``subtotal`` is before discounts, ``net`` + ``tax`` = ``gross``."""

    model_config = ConfigDict(frozen=True)

    currency: str
    subtotal: Decimal
    discounted: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal


class DealLinesChanged(Event):
    """All lines of the deal as they now are. Without lines there are no totals, and its value is said by hand again.

    ``discount`` is the one on the whole, spread over the lines. ``quote_id`` names the quote whose acceptance set them.
    """

    type: ClassVar[str] = "deal.lines-changed.v1"

    deal_id: UUID
    customer_id: UUID
    lines: tuple[Line, ...]
    discount: Discount | None = None
    totals: Totals | None = None
    quote_id: UUID | None = None
    cause: Cause | None = None
