"""The HTTP API of the catalogue: products, price lists, and what something costs as of a day."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from events.auth import CurrentPrincipal, require
from events.calls import IfMatch, cause_of_call, expected_version
from events.contracts.deals.catalogue import ProductKind
from events.cursor import Cursor, read_cursor, write_cursor
from events.inputs import Day
from events.problems import Invalid, NotFound
from fastapi import APIRouter, Body, Depends, Query, Response

from deals.catalogue import models
from deals.catalogue.commands import Catalogue
from deals.catalogue.price_list import OpenPriceList, price_list_id
from deals.catalogue.tables import cost_of, sql

MOST_WORDS: Final = 8
READS, WRITES = Depends(require("deals:read")), Depends(require("catalogue:write"))
Size = Annotated[int, Query(ge=1, le=200)]
Products = Annotated[list[models.NewProduct], Body(min_length=1, max_length=models.MOST)]
Prices = Annotated[list[models.NewPrice], Body(min_length=1, max_length=models.MOST)]


def product_routes(catalogue: Catalogue) -> APIRouter:
    """``/products``."""
    router = APIRouter(prefix="/products", tags=["Catalogue"])
    pool = catalogue.store.pool

    @router.post("/bulk", dependencies=[WRITES], summary="Register or change up to 1,000 products by their codes")
    async def save_products(products: Products, principal: CurrentPrincipal) -> list[models.ProductOutcome]:
        return await catalogue.save_products(products, cause_of_call(principal), datetime.now(UTC))

    @router.get("", dependencies=[READS], summary="List products, newest first")
    async def list_products(
        archived: bool | None = None,
        kind: ProductKind | None = None,
        external_id: Annotated[str | None, Query(max_length=100)] = None,
        code: Annotated[str | None, Query(max_length=64)] = None,
        q: Annotated[
            str | None, Query(max_length=200, description="Beginnings of words of the title or the code, in any order.")
        ] = None,
        cursor: Cursor = None,
        limit: Size = 50,
    ) -> models.ProductPage:
        rows = await pool.fetch(
            sql("products_list"), archived, kind, external_id, code, *read_cursor(cursor), limit + 1, _words(q)
        )
        shown = rows[:limit]
        following = write_cursor(shown[-1]["registered_at"], shown[-1]["product_id"]) if len(rows) > limit else None
        return models.ProductPage(products=[_card(row) for row in shown], next=following)

    @router.get("/{product_id}", dependencies=[READS], summary="Read a product")
    async def read_product(product_id: UUID, response: Response) -> models.ProductCard:
        row = await _product(pool, product_id)
        response.headers["ETag"] = f'"{row["version"]}"'
        return _card(row)

    @router.put("/{product_id}", dependencies=[WRITES], summary="Say all of a product anew, archive or restore it")
    async def change_product(
        product_id: UUID,
        said: models.ProductSaid,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> models.ProductCard:
        code = (await _product(pool, product_id))["code"]
        expected = expected_version(if_match)
        (outcome,) = await catalogue.save_products(
            [models.NewProduct(code=code, **said.model_dump(exclude_unset=True))],
            cause_of_call(principal),
            datetime.now(UTC),
            {} if expected is None else {product_id: expected},
        )
        if outcome.reason:
            raise Invalid(outcome.reason)
        return await read_product(product_id, response)

    return router


def price_list_routes(catalogue: Catalogue, zone: ZoneInfo) -> APIRouter:
    """``/price-lists``. ``zone`` is where a day without a date is today."""
    router = APIRouter(prefix="/price-lists", tags=["Catalogue"])
    pool = catalogue.store.pool

    @router.post(
        "",
        status_code=201,
        dependencies=[WRITES],
        summary="Open a price list, or rename it",
        responses={200: {"model": models.PriceListCard, "description": "It was open already."}},
    )
    async def open_list(
        new: models.NewPriceList, principal: CurrentPrincipal, response: Response
    ) -> models.PriceListCard:
        command = OpenPriceList(price_list_id(new.code), **new.model_dump())
        done = await catalogue.open_list(command, cause_of_call(principal), datetime.now(UTC))
        response.status_code = 201 if done.version == 1 and done.happened else 200
        return await read_list(command.price_list_id, response)

    @router.get("", dependencies=[READS], summary="List price lists")
    async def list_lists() -> list[models.PriceListCard]:
        rows = await pool.fetch("SELECT * FROM price_lists ORDER BY code LIMIT 1000")
        return [models.PriceListCard(**row) for row in rows]

    @router.get("/{list_id}", dependencies=[READS], summary="Read a price list without its prices")
    async def read_list(list_id: UUID, response: Response) -> models.PriceListCard:
        row = await pool.fetchrow("SELECT * FROM price_lists WHERE price_list_id = $1", list_id)
        if row is None:
            raise NotFound("There is no such price list.")
        response.headers["ETag"] = f'"{row["version"]}"'
        return models.PriceListCard(**row)

    @router.post("/{list_id}/prices", dependencies=[WRITES], summary="Set up to 1,000 prices from their days on")
    async def set_prices(
        list_id: UUID, prices: Prices, principal: CurrentPrincipal, if_match: IfMatch = None
    ) -> list[models.PriceOutcome]:
        expected = expected_version(if_match)
        return await catalogue.set_prices(list_id, prices, cause_of_call(principal), datetime.now(UTC), expected)

    @router.get("/{list_id}/prices", dependencies=[READS], summary="What products cost as of a day")
    async def read_prices(
        list_id: UUID,
        response: Response,
        as_of: Annotated[Day | None, Query(description="Empty: today, where the business is.")] = None,
        product: Annotated[str | None, Query(max_length=64, description="Code of one product.")] = None,
        after: Annotated[str | None, Query(max_length=64, description="`next` of the page before.")] = None,
        limit: Size = 200,
    ) -> models.PricePage:
        day = as_of or datetime.now(zone).date()
        found = await read_list(list_id, response)
        rows = await pool.fetch(sql("prices_as_of"), list_id, day, after, product, limit + 1)
        shown = [models.PriceCard(**row) for row in rows[:limit]]
        return models.PricePage(
            price_list=found, as_of=day, prices=shown, next=shown[-1].code if len(rows) > limit else None
        )

    return router


def _words(text: str | None) -> list[str] | None:
    """Words to look for: letters and digits only, so that they mean nothing else in a pattern."""
    found = re.findall(r"[^\W_]+", text.lower().replace("ё", "е")) if text else []
    return found[:MOST_WORDS] or None


def _card(row: asyncpg.Record) -> models.ProductCard:
    return models.ProductCard(**{**row, "cost": cost_of(row)})


async def _product(pool: asyncpg.Pool, product_id: UUID) -> asyncpg.Record:
    row = await pool.fetchrow("SELECT * FROM products WHERE product_id = $1", product_id)
    if row is None:
        raise NotFound("There is no such product.")
    return row
