"""What is sold and at which prices. Texts about the firm's own goods are not personal."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from events.contracts.deals.money import Money
from events.event import Event

ProductKind = Literal["goods", "service"]


class ProductRegistered(Event):
    """Something new is sold. ``tax_rate`` is a percent, None: not taxed; ``external_id`` is its id in the ERP.

    ``cost`` is what one unit costs the firm, without a tax that it gets back; None: not known.
    """

    type: ClassVar[str] = "product.registered.v1"

    product_id: UUID
    code: str
    title: str
    kind: ProductKind
    unit: str | None = None
    tax_rate: Decimal | None = None
    external_id: str | None = None
    cost: Money | None = None


class ProductChanged(Event):
    """What is said of a product, all of it as it now is."""

    type: ClassVar[str] = "product.changed.v1"

    product_id: UUID
    title: str
    kind: ProductKind
    unit: str | None = None
    tax_rate: Decimal | None = None
    external_id: str | None = None
    cost: Money | None = None


class ProductArchived(Event):
    """It is not sold any more; what was sold stays as it was."""

    type: ClassVar[str] = "product.archived.v1"

    product_id: UUID


class ProductRestored(Event):
    """It is sold again."""

    type: ClassVar[str] = "product.restored.v1"

    product_id: UUID


class PriceListOpened(Event):
    """A price list in one currency; all its prices include the tax, or none does."""

    type: ClassVar[str] = "price_list.opened.v1"

    price_list_id: UUID
    code: str
    title: str
    currency: str
    tax_included: bool


class PriceListRenamed(Event):
    """Another title."""

    type: ClassVar[str] = "price_list.renamed.v1"

    price_list_id: UUID
    title: str


class ListedPrice(BaseModel):
    """The price of one unit from a day on, until the next entry of that product; None: no price from that day on."""

    model_config = ConfigDict(frozen=True)

    product_id: UUID
    valid_from: date
    price: Decimal | None = None


class PricesSet(Event):
    """Entries of a price list, new or in place of the one of that product and day. Each makes a version of the list."""

    type: ClassVar[str] = "price_list.prices-set.v1"

    price_list_id: UUID
    prices: tuple[ListedPrice, ...]
