"""From what was asked for to lines with prices: from the catalogue where nothing was given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import asyncpg
from events.decider import Rejected
from events.store import Connection

from deals.catalogue.price_list import PriceList
from deals.catalogue.tables import Offered, offered, price_list_of
from deals.deciding import problem_of_rejection
from deals.lines.models import GivenLine, GivenLines
from deals.money import Item, Priced, priced


@dataclass(frozen=True)
class Pricing:
    """Prices lines by the catalogue. ``zone`` is where a day without a date is today."""

    pool: asyncpg.Pool
    zone: ZoneInfo

    async def price(self, given: GivenLines, currency: str, now: datetime) -> Priced:
        """The lines, computed. Raises the problem of a rule: ``unknown_product``, ``unknown_price_list``, ``no_price``,
        ``lines_in_other_currency`` and those of :func:`deals.money.priced`.
        """
        discount = given.discount.discount() if given.discount else None
        try:
            async with self.pool.acquire() as connection:
                return priced(await self.items(connection, given, currency, now), currency, discount)
        except Rejected as rejected:
            raise problem_of_rejection(rejected) from None

    async def items(self, connection: Connection, given: GivenLines, currency: str, now: datetime) -> list[Item]:
        """What the lines are computed of. Raises ``Rejected``: as :meth:`price`, without what is found in computing."""
        day = given.priced_on or now.astimezone(self.zone).date()
        codes = [line.product for line in given.lines if line.product is not None]
        listed = await price_list_of(connection, given.price_list) if given.price_list else None
        if given.price_list and listed is None:
            raise Rejected("unknown_price_list", f"There is no price list {given.price_list}.")
        if listed and listed.currency != currency:
            raise Rejected("lines_in_other_currency", f"The price list is in {listed.currency}.")
        known = await offered(connection, listed.price_list_id if listed else None, codes, day)
        return [_item(line, known, listed, given.tax_included, currency) for line in given.lines]


def _item(
    line: GivenLine, known: dict[str, Offered], listed: PriceList | None, tax_included: bool, currency: str
) -> Item:
    product = known.get(line.product) if line.product else None
    if line.product and product is None:
        raise Rejected("unknown_product", f"There is no product {line.product}.")
    price = line.price if line.price is not None else product.price if product else None
    if price is None:
        raise Rejected("no_price", f"{line.product} has no price there on that day: give one.")
    by_product = product is not None and "tax_rate" not in line.model_fields_set
    return Item(
        title=line.title or (product.title if product else ""),
        quantity=line.quantity,
        price=price,
        product_id=product.product_id if product else None,
        unit=line.unit or (product.unit if product else None),
        discount=line.discount.discount() if line.discount else None,
        tax_rate=product.tax_rate if by_product and product else line.tax_rate,
        tax_included=listed.tax_included if listed else tax_included,
        unit_cost=line.unit_cost if line.unit_cost is not None or product is None else product.cost_in(currency),
    )
