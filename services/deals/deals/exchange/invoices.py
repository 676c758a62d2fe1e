"""Invoices handed in by an ERP: all new ones of a call in one transaction, by the ERP's ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import UUID

import asyncpg
from events.auth import Principal
from events.calls import cause_of_call
from events.contracts.deals import Line, Money
from events.decider import Rejected
from events.sqlfile import sql as _sql
from events.store import Append, Connection, deterministic_id

from deals import money
from deals.exchange.models import ErpInvoice, Item
from deals.invoices.commands import Drafted, InvoiceCommands
from deals.invoices.domain import Issue
from deals.payments.desk import committed

sql = partial(_sql, directory=Path(__file__).parent / "sql")


def invoice_id_of(system: str, external_id: str) -> UUID:
    """Our id of the invoice that an ERP knows by this id."""
    return deterministic_id("invoice", "erp", system, external_id)


@dataclass
class _Call:
    """What is known of the invoices of a call."""

    deals: Mapping[str, asyncpg.Record]
    known: Mapping[str, asyncpg.Record]
    taken: set[str]
    drafts: list[Drafted] = field(default_factory=list)


@dataclass(frozen=True)
class InvoiceExchange:
    """Issues and cancels on behalf of a principal."""

    commands: InvoiceCommands

    async def hand_in(
        self, system: str, given: Sequence[ErpInvoice], principal: Principal, now: datetime
    ) -> list[Item]:
        """An answer for each invoice; what was handed in before is left as it is, and cancelled where it is to be."""

        async def work(connection: Connection) -> tuple[list[Item], list[Append]]:
            call = await self._known(connection, system, given, principal)
            items = [self._take(call, system, one, principal, now) for one in given]
            return items, await self.commands.issued(connection, call.drafts)

        items = await committed(self.commands.store, work)
        for item, one in zip(items, given, strict=True):
            if one.cancelled and item.id is not None and item.outcome != "refused":
                await self.commands.cancel(item.id, "erp", cause_of_call(principal), now)
        numbers = await self.commands.store.pool.fetch(sql("numbers"), [item.id for item in items if item.id])
        known = {row["invoice_id"]: row["number"] for row in numbers}
        return [item.model_copy(update={"number": known.get(item.id) if item.id else None}) for item in items]

    async def _known(
        self, connection: Connection, system: str, given: Sequence[ErpInvoice], principal: Principal
    ) -> _Call:
        deals = await connection.fetch(sql("deals_numbered"), [one.deal_number for one in given])
        known = await connection.fetch(sql("invoices_external"), system, [one.external_id for one in given])
        wanted = [one.number for one in given if one.number is not None]
        taken = await connection.fetch(sql("numbers_taken"), wanted)
        return _Call(
            {row["number"]: row for row in deals if principal.sees(row["direction"])},
            {row["external_id"]: row for row in known},
            {row["number"] for row in taken},
        )

    def _take(self, call: _Call, system: str, one: ErpInvoice, principal: Principal, now: datetime) -> Item:
        invoice_id = invoice_id_of(system, one.external_id)
        try:
            deal = call.deals.get(one.deal_number)
            if deal is None:
                raise Rejected("no_deal", f"There is no deal {one.deal_number}.")
            lines, total = _lines(one, deal["currency"])
            known = call.known.get(one.external_id)
            if known is not None:
                if (known["deal_id"], known["total"]) != (deal["deal_id"], total.amount):
                    raise Rejected("differs", "It was handed in before and asks for something else; cancel that first.")
                done = not one.cancelled or known["cancelled_at"] is not None
                return Item(external_id=one.external_id, outcome="repeat" if done else "done", id=invoice_id)
            if deal["erased"]:
                raise Rejected("no_key", "The customer is erased.")
            if one.number is not None and one.number in call.taken:
                raise Rejected("number_taken", f"The number {one.number} is another's, or of a series of ours.")
            if total.amount <= 0:
                raise Rejected("nothing_to_pay", "The lines come to nothing: there is nothing to ask for.")
        except Rejected as rejected:
            return Item(external_id=one.external_id, outcome="refused", why=str(rejected))
        if one.number is not None:
            call.taken.add(one.number)

        def make(number: str) -> Issue:
            return Issue(
                invoice_id, number, deal["deal_id"], deal["customer_id"], one.kind, lines, total, one.due_on, system,
                one.external_id,
            )  # fmt: skip

        call.drafts.append(Drafted(make, invoice_id, cause_of_call(principal), now, one.number))
        return Item(external_id=one.external_id, outcome="done", id=invoice_id)


def _lines(given: ErpInvoice, currency: str) -> tuple[tuple[Line, ...], Money]:
    whole = money.priced(
        [
            money.Item(
                title=line.title,
                quantity=line.quantity,
                price=line.price,
                unit=line.unit,
                discount=line.discount.discount() if line.discount else None,
                tax_rate=line.tax_rate,
                tax_included=given.tax_included,
            )
            for line in given.lines
        ],
        currency,
    )
    return whole.lines, whole.value
