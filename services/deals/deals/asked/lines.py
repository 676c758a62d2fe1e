"""Products that a rule wants in a deal or out of it: the lines that stay, and new ones at the catalogue's prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from events.contracts.automation import DealLinesRequested
from events.decider import Rejected
from events.store import Connection
from pydantic import ValidationError

from deals.catalogue.product import product_id
from deals.deal.batch import Batch
from deals.deal.orders import SetLines
from deals.deal.states import Deal, NoDeal
from deals.lines.models import MOST_LINES, GivenLines
from deals.lines.pricing import Pricing
from deals.money import Item, items_of, priced

Wanted = Mapping[UUID, Sequence[Item] | Rejected]
"""By request: what comes, or why it cannot."""


async def wanted(
    connection: Connection, pricing: Pricing, events: Sequence[DealLinesRequested], batch: Batch, now: datetime
) -> Wanted:
    """What is to come, priced as of today in the currency of each deal."""
    found: dict[UUID, Sequence[Item] | Rejected] = {}
    for event in events:
        state = batch.standings[event.deal_id].state
        try:
            if event.add and not isinstance(state, NoDeal):
                currency = state.deal.value.currency
                found[event.request_id] = await pricing.items(connection, _given(event), currency, now)
        except Rejected as rejected:
            found[event.request_id] = rejected
    return found


def lines_of(event: DealLinesRequested, deal: Deal, items: Sequence[Item] | Rejected) -> SetLines:
    """The command. Raises ``Rejected``: ``too_many_lines`` and those of prices and of money."""
    if isinstance(items, Rejected):
        raise items
    gone = {product_id(code) for code in event.remove}
    stay = [item for item in items_of(deal.lines) if item.product_id not in gone]
    if len(stay) + len(items) > MOST_LINES:
        raise Rejected("too_many_lines", f"A deal has {MOST_LINES} lines at most.")
    return SetLines(priced([*stay, *items], deal.value.currency, deal.discount))


def _given(event: DealLinesRequested) -> GivenLines:
    lines = [
        {
            "product": line.product,
            "quantity": line.quantity,
            "price": line.price,
            "discount": None if line.discount_percent is None else {"percent": line.discount_percent},
        }
        for line in event.add
    ]
    try:
        return GivenLines.model_validate({"lines": lines, "price_list": event.price_list})
    except ValidationError as error:
        raise Rejected("bad_line", "A line has a quantity, price or discount that none can have.") from error
