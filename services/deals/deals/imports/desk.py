"""What stands behind the API of imports: checks who may import what, seals texts, prices lines, lives it through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from events.auth import Principal
from events.calls import cause_of_call
from events.decider import ATTEMPTS, Rejected
from events.keys_client import KeysUnavailable
from events.privacy import CustomerKey
from events.problems import Unavailable
from events.store import Conflict, append_all

from deals.catalogue.tables import Offered, offered
from deals.deal.desk import Desk
from deals.imports import models
from deals.imports.living import Imported, Lived, Living, deal_of
from deals.imports.past import PastDeal
from deals.money import Item, Priced, priced


@dataclass(frozen=True)
class ImportDesk:
    """Imports portions on behalf of a principal."""

    deals: Desk
    living: Living

    async def take(self, body: models.PastDeals, principal: Principal, now: datetime) -> list[models.ImportedDeal]:
        """Lives the deals through in one transaction, each answered for itself. Raises ``Unavailable``."""
        await self.living.commands.pipelines.wait()
        keys, erased = await self._keys(body.deals), await self._erased(body.deals)
        products = await self._products(body.deals, now)
        cause = cause_of_call(principal)
        ready: list[Imported | Lived] = []
        for deal in body.deals:
            try:
                _check(deal, principal, keys, erased)
                ready.append(Imported(_past(body.source, deal, keys, products), body.source, deal.external_id, cause))
            except Rejected as rejected:
                refused = Lived(
                    deal_of(body.source, deal.external_id), "refused", code=rejected.code, why=str(rejected)
                )
                ready.append(refused)
        lived = iter(await self._live([one for one in ready if isinstance(one, Imported)], principal, now))
        outcomes = [next(lived) if isinstance(one, Imported) else one for one in ready]
        return [_answer(deal, outcome) for deal, outcome in zip(body.deals, outcomes, strict=True)]

    async def _live(self, imported: Sequence[Imported], principal: Principal, now: datetime) -> list[Lived]:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._transaction(imported, principal, now)
            except Conflict:
                if attempt == ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    async def _transaction(self, imported: Sequence[Imported], principal: Principal, now: datetime) -> list[Lived]:
        store = self.living.commands.store
        async with store.pool.acquire() as connection, connection.transaction():
            hidden = {
                row["deal_id"]
                for row in await connection.fetch(
                    "SELECT deal_id, direction FROM deals WHERE deal_id = ANY($1::uuid[])",
                    [one.past.deal_id for one in imported],
                )
                if not principal.sees(row["direction"])
            }
            seen = [one for one in imported if one.past.deal_id not in hidden]
            lived, appends = await self.living.live(connection, seen, now)
            appended = await append_all(connection, appends)
        store.count(appends, appended)
        outcomes = iter(lived)
        why = "The deal is of a line of business that you do not see."
        return [
            Lived(one.past.deal_id, "refused", code="direction", why=why)
            if one.past.deal_id in hidden
            else next(outcomes)
            for one in imported
        ]

    async def _keys(self, deals: Sequence[models.PastDeal]) -> dict[UUID, CustomerKey]:
        wanted = {deal.customer_id for deal in deals if deal.title or (deal.outcome and deal.outcome.comment)}
        try:
            return await self.deals.keys.read(wanted) if wanted else {}
        except KeysUnavailable:
            raise Unavailable("Customers' keys cannot be read now, and texts are not kept without them.") from None

    async def _erased(self, deals: Sequence[models.PastDeal]) -> set[UUID]:
        rows = await self.deals.pool.fetch(
            "SELECT customer_id FROM erased_customers WHERE customer_id = ANY($1::uuid[])",
            [deal.customer_id for deal in deals],
        )
        return {row["customer_id"] for row in rows}

    async def _products(self, deals: Sequence[models.PastDeal], now: datetime) -> dict[str, Offered]:
        codes = sorted({line.product for deal in deals for line in deal.lines})
        if not codes:
            return {}
        async with self.deals.pool.acquire() as connection:
            return await offered(connection, None, codes, now.date())


def _check(deal: models.PastDeal, principal: Principal, keys: dict[UUID, CustomerKey], erased: set[UUID]) -> None:
    if not principal.sees(deal.direction):
        raise Rejected("direction", "You do not see this line of business.")
    has_text = deal.title or (deal.outcome and deal.outcome.comment)
    if deal.customer_id in erased or (has_text and deal.customer_id not in keys):
        raise Rejected("no_key", "The customer is erased or unknown: nothing can be written about this person.")


def _past(source: str, deal: models.PastDeal, keys: dict[UUID, CustomerKey], products: dict[str, Offered]) -> PastDeal:
    ended, key = deal.outcome, keys.get(deal.customer_id)
    comment = ended.comment if ended else None
    value = deal.value.money() if deal.value else None
    lines = _priced(deal, products)
    return PastDeal(
        deal_of(source, deal.external_id),
        deal.customer_id,
        deal.pipeline,
        deal.opened_at,
        tuple((visit.stage, visit.at) for visit in deal.visits),
        ended.kind if ended else "open",
        ended.at if ended else None,
        ended.reason if ended else None,
        key.seal(comment) if key and comment else None,
        lines.value if lines else value,
        lines,
        deal.manager_id,
        deal.direction,
        deal.deal_type,
        deal.lead_id,
        deal.organisation_id,
        key.seal(deal.title) if key and deal.title else None,
        frozenset(tag.casefold() for tag in deal.tags),
    )


def _priced(deal: models.PastDeal, products: dict[str, Offered]) -> Priced | None:
    """The lines computed; their currency is the value's. Raises ``Rejected``."""
    if not deal.lines:
        return None
    if deal.value is None:
        raise Rejected("value_required", "Say with the lines what the deal is worth, and in which currency.")
    unknown = sorted({line.product for line in deal.lines} - products.keys())
    if unknown:
        raise Rejected("unknown_product", f"There is no product {unknown[0]}.")
    items = [_item(line, products[line.product], deal.value.currency) for line in deal.lines]
    computed = priced(items, deal.value.currency)
    if computed.value.amount != deal.value.amount:
        raise Rejected("value_of_lines", f"The lines come to {computed.value.amount}, the value says otherwise.")
    return computed


def _item(line: models.PastLine, product: Offered, currency: str) -> Item:
    return Item(
        title=product.title,
        quantity=line.quantity,
        price=line.price,
        product_id=product.product_id,
        unit=product.unit,
        tax_rate=product.tax_rate,
        unit_cost=product.cost_in(currency),
    )


def _answer(deal: models.PastDeal, lived: Lived) -> models.ImportedDeal:
    return models.ImportedDeal(
        external_id=deal.external_id,
        outcome=lived.outcome,
        deal_id=lived.deal_id,
        number=lived.number,
        version=lived.version,
        changes=lived.commands,
        code=lived.code,
        reason=lived.why,
    )
