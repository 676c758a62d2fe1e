"""The life of commands on the catalogue: lock the rows, decide, write the rows and append, in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import asyncpg
from events.decider import ATTEMPTS, Rejected
from events.problems import NotFound, StaleVersion, Unavailable
from events.store import Append, Cause, Conflict, Connection, Store, append_all, append_one

from deals.catalogue.models import NewPrice, NewProduct, PriceOutcome, ProductOutcome
from deals.catalogue.price_list import PRICE_LIST, Entries, NoPriceList, OpenPriceList, PriceList, SetPrices
from deals.catalogue.product import PRODUCT, NoProduct, Product, SaveProduct, product_id
from deals.catalogue.tables import price_list_row, products_locked, products_save, sql
from deals.deciding import Done, problem_of_rejection


@dataclass(frozen=True)
class Catalogue:
    """Runs commands on products and price lists. The rows hold all that the rules look at, so no stream is loaded."""

    store: Store

    async def save_products(
        self, wanted: Sequence[NewProduct], cause: Cause, now: datetime, expected: Mapping[UUID, int] | None = None
    ) -> list[ProductOutcome]:
        """Registers and changes products by their codes; one outcome each, in order.

        ``expected`` are versions from If-Match: ``NotFound`` where there is no such product, ``StaleVersion``.
        """
        for _ in range(ATTEMPTS):
            try:
                return await self._save_products(wanted, cause, now, expected or {})
            except (Conflict, asyncpg.UniqueViolationError):
                continue  # somebody registered one of them at this moment
        raise Unavailable("Others are registering these products at this moment.", retry_after=1)

    async def _save_products(
        self, wanted: Sequence[NewProduct], cause: Cause, now: datetime, expected: Mapping[UUID, int]
    ) -> list[ProductOutcome]:
        async with self.store.pool.acquire() as connection, connection.transaction():
            known = await products_locked(connection, sorted({product_id(new.code) for new in wanted}))
            costs = {product.code: product.cost for product, _ in known.values()}
            products = [new.product(new.code, costs.get(new.code)) for new in wanted]
            for asked, version in expected.items():
                if asked not in known:
                    raise NotFound("There is no such product.")
                if known[asked][1] != version:
                    raise StaleVersion(f"The product is at version {known[asked][1]}.")
            refused = await _refused(connection, products)
            appends, outcomes = [], []
            for product in products:
                state, version = known.get(product.product_id, (NoProduct(), 0))
                events = () if product.code in refused else PRODUCT.decide(SaveProduct(product), state)
                if events:
                    appends.append(Append(product.product_id, version, events, cause, now))
                outcomes.append(_outcome(product, refused.get(product.code), version, len(events)))
            if appends:
                new = {product.product_id: product for product in products}
                saved = [(new[one.stream_id], one.expected_version + len(one.events)) for one in appends]
                await products_save(connection, saved, now)
            appended = await append_all(connection, appends)
        self.store.count(appends, appended)
        return outcomes

    async def open_list(self, command: OpenPriceList, cause: Cause, now: datetime) -> Done:
        """Opens a price list, or renames it; raises the problem of a rule."""
        for _ in range(ATTEMPTS):
            try:
                return await self._open_list(command, cause, now)
            except (Conflict, asyncpg.UniqueViolationError):
                continue
        raise Unavailable("Others are opening this price list at this moment.", retry_after=1)

    async def _open_list(self, command: OpenPriceList, cause: Cause, now: datetime) -> Done:
        async with self.store.pool.acquire() as connection, connection.transaction():
            row = await _lock(connection, command.price_list_id)
            version = row["version"] if row else 0
            try:
                events = PRICE_LIST.decide(command, price_list_row(row) if row else NoPriceList())
            except Rejected as rejected:
                raise problem_of_rejection(rejected) from None
            if not events:
                return Done(version, happened=False)
            said = (command.code, command.title, command.currency, command.tax_included)
            await connection.execute(sql("price_list_save"), command.price_list_id, version + 1, *said, now)
            decision = Append(command.price_list_id, version, events, cause, now)
            appended = await append_one(connection, decision)
        self.store.count([decision], [appended])
        return Done(appended.version, happened=True)

    async def set_prices(
        self, list_id: UUID, wanted: Sequence[NewPrice], cause: Cause, now: datetime, expected: int | None
    ) -> list[PriceOutcome]:
        """Sets entries of a price list; one outcome each, in order. Raises ``NotFound`` and ``StaleVersion``."""
        async with self.store.pool.acquire() as connection, connection.transaction():
            row = await _lock(connection, list_id)
            if row is None:
                raise NotFound("There is no such price list.")
            if expected is not None and expected != row["version"]:
                raise StaleVersion(f"The price list is at version {row['version']}.")
            found = await connection.fetch(
                "SELECT code, product_id FROM products WHERE code = ANY($1::text[])", [new.product for new in wanted]
            )
            ids = {one["code"]: one["product_id"] for one in found}
            seen = Counter((new.product, new.valid_from) for new in wanted)
            fit = [new for new in wanted if new.product in ids and seen[new.product, new.valid_from] == 1]
            entries = {(ids[new.product], new.valid_from): new.price for new in fit}
            state = await _with_entries(connection, price_list_row(row), entries)
            events = PRICE_LIST.decide(SetPrices(entries), state)
            outcomes = [_price_outcome(new, ids, seen, state.entries) for new in wanted]
            if not events:
                return outcomes
            (told,) = events
            prices = [(one.product_id, one.valid_from, one.price) for one in told.prices]  # type: ignore[attr-defined]
            columns = map(list, zip(*prices, strict=True))
            await connection.execute(sql("prices_save"), list_id, row["version"] + 1, *columns)
            decision = Append(list_id, row["version"], events, cause, now)
            appended = await append_one(connection, decision)
        self.store.count([decision], [appended])
        return outcomes


async def _refused(connection: Connection, products: Sequence[Product]) -> dict[str, str]:
    """Why a product of a request is not taken, by its code."""
    codes = Counter(product.code for product in products)
    asked = [product for product in products if product.external_id is not None]
    taken = await connection.fetch(
        sql("external_ids_taken"), [one.external_id for one in asked], [one.product_id for one in asked]
    )
    others = {row["external_id"] for row in taken}
    given = Counter(product.external_id for product in asked)
    return {
        **{one.code: "Another product has this external_id." for one in asked if one.external_id in others},
        **{one.code: "The external_id stands twice in the request." for one in asked if given[one.external_id] > 1},
        **{code: "The code stands twice in the request." for code, times in codes.items() if times > 1},
    }


def _outcome(product: Product, reason: str | None, version: int, events: int) -> ProductOutcome:
    told = "unchanged" if not events else "changed" if version else "registered"
    return ProductOutcome(
        outcome="rejected" if reason else told,
        product_id=product.product_id,
        code=product.code,
        version=version + events or None,
        reason=reason,
    )


async def _lock(connection: Connection, list_id: UUID) -> asyncpg.Record | None:
    return await connection.fetchrow("SELECT * FROM price_lists WHERE price_list_id = $1 FOR UPDATE", list_id)


async def _with_entries(connection: Connection, state: PriceList, asked: Entries) -> PriceList:
    rows = await connection.fetch(
        sql("prices_read"), state.price_list_id, [product for product, _ in asked], [day for _, day in asked]
    )
    entries = {(row["product_id"], row["valid_from"]): row["price"] for row in rows}
    return PriceList(state.price_list_id, state.code, state.title, state.currency, state.tax_included, entries)


def _price_outcome(
    new: NewPrice, ids: Mapping[str, UUID], seen: Counter[tuple[str, date]], before: Entries
) -> PriceOutcome:
    told = {"product": new.product, "valid_from": new.valid_from}
    if new.product not in ids:
        return PriceOutcome(outcome="rejected", reason="There is no such product.", **told)
    if seen[new.product, new.valid_from] > 1:
        return PriceOutcome(outcome="rejected", reason="Product and day stand twice in the request.", **told)
    key = (ids[new.product], new.valid_from)
    so_already = key in before and before[key] == new.price
    return PriceOutcome(outcome="unchanged" if so_already else "set", **told)
