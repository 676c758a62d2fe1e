"""The tables of the catalogue: products and prices as their streams now stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from uuid import UUID

import asyncpg
from events.contracts.deals import Money
from events.sqlfile import sql as _sql
from events.store import Connection

from deals.catalogue.price_list import PriceList
from deals.catalogue.product import Product

sql = partial(_sql, directory=Path(__file__).parent / "sql")


@dataclass(frozen=True, slots=True)
class Offered:
    """A product that may stand in a line, with its price on the day: None where it has none; ``cost`` of one unit."""

    product_id: UUID
    code: str
    title: str
    unit: str | None
    tax_rate: Decimal | None
    price: Decimal | None
    cost: Money | None = None

    def cost_in(self, currency: str) -> Decimal | None:
        """What one unit costs the firm, if that is known in this currency."""
        return self.cost.amount if self.cost and self.cost.currency == currency else None


async def products_locked(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, tuple[Product, int]]:
    """Products with the versions of their streams, locked in the order of ids until the transaction ends."""
    return {row["product_id"]: (product_of(row), row["version"]) for row in
            await connection.fetch(sql("products_lock"), ids)}  # fmt: skip


async def products_save(connection: Connection, products: Sequence[tuple[Product, int]], at: datetime) -> None:
    """Writes products as they now stand."""
    rows = [
        (
            *(getattr(product, name) for name in _COLUMNS),
            product.cost and product.cost.amount,
            product.cost and product.cost.currency,
            version,
        )
        for product, version in products
    ]
    await connection.execute(sql("products_save"), *map(list, zip(*rows, strict=True)), at)


async def offered(
    connection: Connection, price_list: UUID | None, codes: Sequence[str], day: date
) -> dict[str, Offered]:
    """Products of these codes with what they cost on a day; one that is archived has no price."""
    rows = await connection.fetch(sql("products_offered"), codes, price_list, day)
    return {row["code"]: Offered(**{name: row[name] for name in _OFFERED}, cost=cost_of(row)) for row in rows}


async def price_list_of(connection: Connection | asyncpg.Pool, code: str) -> PriceList | None:
    """The price list of a code, without its entries."""
    row = await connection.fetchrow("SELECT * FROM price_lists WHERE code = $1", code)
    return None if row is None else PriceList(**{name: row[name] for name in _LIST_COLUMNS})


def product_of(row: asyncpg.Record) -> Product:
    """A row as the rules know it."""
    return Product(**{name: row[name] for name in _COLUMNS}, cost=cost_of(row))


def cost_of(row: asyncpg.Record) -> Money | None:
    """What one unit of a product's row costs the firm."""
    return None if row["cost"] is None else Money(amount=row["cost"], currency=row["cost_currency"])


def price_list_row(row: asyncpg.Record) -> PriceList:
    """A row as the rules know it, without entries."""
    return PriceList(**{name: row[name] for name in _LIST_COLUMNS})


_COLUMNS = ("product_id", "code", "title", "kind", "unit", "tax_rate", "external_id", "archived")
_OFFERED = ("product_id", "code", "title", "unit", "tax_rate", "price")
_LIST_COLUMNS = ("price_list_id", "code", "title", "currency", "tax_included")
