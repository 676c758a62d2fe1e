"""The action that puts products into a deal, and takes them out."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal

from events.contracts.automation import DealLinesRequested, WantedLine
from events.event import Event
from pydantic import Field, StringConstraints

from automation.actions.asking import asked, lacking
from automation.actions.effect import Effect, Firing, Known, Timed
from automation.parts import Part

Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


class AddedProduct(Part):
    """A product of the catalogue, how much of it, and a price of its own or that of the list."""

    product: Code
    quantity: Decimal = Field(Decimal(1), gt=0, max_digits=12, decimal_places=3)
    price: Decimal | None = Field(None, ge=0, max_digits=18, decimal_places=2)
    discount_percent: Decimal | None = Field(None, gt=0, le=100, max_digits=5, decimal_places=2)


class ChangeProducts(Timed):
    """Asks deals for other lines of the trigger's deal: those of the products ``remove`` go, those of ``add`` come, at
    the prices of the ``price_list`` of the day. The deal's value follows its lines.
    """

    do: Literal["change_products"]
    add: tuple[AddedProduct, ...] = Field((), max_length=50)
    remove: tuple[Code, ...] = Field((), max_length=50)
    price_list: Code | None = None

    def faults(self, event: type[Event], known: Known) -> Iterator[str]:
        """A trigger without a deal, no product at all, a price that is said nowhere."""
        yield from lacking(event, "deal")
        if not (self.add or self.remove):
            yield ": name products in add or remove"
        for number, line in enumerate(self.add):
            if line.price is None and self.price_list is None:
                yield f".add[{number}].price: give a price, or a price_list for the rule"

    def effect(self, firing: Firing) -> Effect:
        """The request."""
        deal_id = firing.subject("deal_id")
        if deal_id is None:
            return firing.suppressed("no_deal")
        request = DealLinesRequested(
            request_id=firing.effect_id,
            deal_id=deal_id,
            add=tuple(WantedLine.model_validate(line.model_dump()) for line in self.add),
            remove=self.remove,
            price_list=self.price_list,
            cause=firing.cause,
        )
        return asked(firing, request)
