"""Products and price lists as the API takes and gives them. Prices are decimal strings in major units."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from events.contracts.deals.catalogue import ProductKind
from events.contracts.deals.money import Money
from events.inputs import Day, Input
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from deals.catalogue.product import Product, product_id
from deals.inputs import Amount, Name
from deals.money import plain, with_cents

MOST = 1_000

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", examples=["SITE-1"])]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Unit = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20)]
Price = Annotated[
    Decimal, Field(ge=0, max_digits=18, decimal_places=4, examples=["45000.00"]), AfterValidator(with_cents)
]
Percent = Annotated[
    Decimal, Field(ge=0, le=100, max_digits=7, decimal_places=4, examples=["20"]), AfterValidator(plain)
]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["RUB"])]


class ProductSaid(Input):
    """What is said of a product, all of it."""

    title: Title = Field(examples=["Сайт под ключ"])
    kind: ProductKind
    unit: Unit | None = Field(None, examples=["шт"])
    tax_rate: Percent | None = Field(None, description="Percent; empty: not taxed.")
    external_id: Name | None = Field(None, description="Its id in the ERP, of one product only.")
    archived: bool = Field(False, description="Not sold any more.")
    cost: Amount | None = Field(
        None,
        description="What one unit costs the firm, without a tax that it gets back; null: not known; left out: as it "
        "is. Lines written from now on take it over, and reports on profit read it there.",
    )

    def product(self, code: str, was: Money | None = None) -> Product:
        """As the rules take it; ``was`` is what it costs so far."""
        said = self.model_dump(exclude={"code", "cost"})
        told = self.cost.money() if self.cost else None
        return Product(product_id(code), code, **said, cost=told if "cost" in self.model_fields_set else was)


class NewProduct(ProductSaid):
    """A product by its code, which it has for ever."""

    code: Code


class ProductOutcome(BaseModel):
    """What became of one product of a request, in its order."""

    outcome: Literal["registered", "changed", "unchanged", "rejected"]
    product_id: UUID
    code: str
    version: int | None = None
    reason: str | None = None


class ProductCard(BaseModel):
    """A product as it stands."""

    product_id: UUID
    version: int = Field(description="For `If-Match`.")
    code: str
    title: str
    kind: ProductKind
    unit: str | None
    tax_rate: Decimal | None
    external_id: str | None
    archived: bool
    cost: Money | None = Field(None, description="What one unit costs the firm; null: not known.")


class ProductPage(BaseModel):
    """Products, newest first; `next` is the cursor of the next page, empty on the last."""

    products: list[ProductCard]
    next: str | None


class NewPriceList(Input):
    """A price list. Sent again under its code with another title, it is renamed."""

    code: Code
    title: Title = Field(examples=["Розница 2026"])
    currency: Currency
    tax_included: bool = Field(description="Whether all its prices include the tax.")


class PriceListCard(BaseModel):
    """A price list; each change of its prices is a version of it."""

    price_list_id: UUID
    version: int = Field(description="For `If-Match`.")
    code: str
    title: str
    currency: str
    tax_included: bool


class NewPrice(Input):
    """What a product costs from a day on."""

    product: Code = Field(description="Code of the product.")
    valid_from: Day
    price: Price | None = Field(description="Of one unit; null: not on the list from that day on.")


class PriceOutcome(BaseModel):
    """What became of one entry of a request, in its order."""

    outcome: Literal["set", "unchanged", "rejected"]
    product: str
    valid_from: date
    reason: str | None = None


class PriceCard(BaseModel):
    """What a product costs on the day that was asked for."""

    product_id: UUID
    code: str
    title: str
    unit: str | None
    tax_rate: Decimal | None
    price: Decimal
    valid_from: date = Field(description="Since when it costs that.")


class PricePage(BaseModel):
    """Prices by code of the product; ask for `after` the last code for the next page, `next` is empty on the last."""

    price_list: PriceListCard
    as_of: date
    prices: list[PriceCard]
    next: str | None
