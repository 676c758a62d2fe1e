"""Lines as the API takes and gives them. Amounts are decimal strings in major units."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from events.contracts.deals import Discount, Line, Totals
from events.inputs import Day, Input
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from deals.catalogue.models import Code, Percent, Price, Title, Unit
from deals.money import plain

MOST_LINES = 200

Quantity = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=3, examples=["1"]), AfterValidator(plain)]


class GivenDiscount(Input):
    """What comes off: a percent or an amount, one of the two."""

    percent: Percent | None = None
    amount: Price | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.percent is None) == (self.amount is None):
            raise ValueError("give a percent or an amount")
        return self

    def discount(self) -> Discount:
        """As events tell it."""
        return Discount(percent=self.percent, amount=self.amount)


class GivenLine(Input):
    """A line: of a product, or with a title of its own. What is given is kept, what is not comes from the product."""

    product: Code | None = Field(None, description="Code of the product.")
    title: Title | None = Field(None, description="Of the firm's own goods: nothing personal; it is not sealed.")
    unit: Unit | None = None
    quantity: Quantity
    price: Price | None = Field(None, description="Of one unit; empty: from the price list.")
    discount: GivenDiscount | None = None
    tax_rate: Percent | None = Field(None, description="Percent; null: not taxed; left out: the product's.")
    unit_cost: Price | None = Field(
        None, description="What one unit costs the firm, without a tax that it gets back; empty: what the product says."
    )

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if self.product is None and (self.title is None or self.price is None):
            raise ValueError("a line without a product needs a title and a price")
        return self


class GivenLines(Input):
    """All lines, in place of those that are there; none gives the value back to hand."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "price_list": "retail-2026",
                    "lines": [
                        {"product": "SITE-1", "quantity": "1", "discount": {"percent": "10"}},
                        {"title": "Правки", "unit": "ч", "quantity": "2.5", "price": "1000"},
                    ],
                    "discount": {"amount": "500"},
                }
            ]
        }
    )

    lines: list[GivenLine] = Field(max_length=MOST_LINES)
    discount: GivenDiscount | None = Field(None, description="On the whole, spread over the lines.")
    price_list: Code | None = Field(None, description="Where prices that are not given come from.")
    priced_on: Day | None = Field(None, description="As of which day; empty: today, where the business is.")
    tax_included: bool = Field(True, description="Whether prices include the tax; a price list says it by itself.")


class DealLines(BaseModel):
    """The lines of a deal as they stand; without lines there are no totals."""

    deal_id: UUID
    version: int = Field(description="The deal's, for `If-Match`.")
    lines: list[Line]
    discount: Discount | None
    totals: Totals | None
