"""What stands behind the HTTP API of invoices: from a request to an invoice that can be issued."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
from events.auth import Principal
from events.calls import cause_of_call
from events.contracts.cause import Cause as Because
from events.contracts.deals import InvoiceIssued, Line, Money
from events.decider import Rejected
from events.store import Append, Cause, Connection, load, recorded

from deals.deal.desk import Desk
from deals.deal.states import Deal, NoDeal
from deals.invoices import models
from deals.invoices.billing import billed
from deals.invoices.commands import Drafted, InvoiceCommands
from deals.invoices.domain import Issue
from deals.invoices.rows import sql
from deals.lines.pricing import Pricing
from deals.money import Priced
from deals.payments.desk import committed


@dataclass(frozen=True)
class InvoiceDesk:
    """Issues invoices on behalf of a principal."""

    commands: InvoiceCommands
    deals: Desk
    pricing: Pricing

    async def issue(self, invoice_id: UUID, body: models.IssueInvoice, principal: Principal, now: datetime) -> bool:
        """Issues an invoice for a deal that the caller sees; False if it was issued already."""
        row = await self.deals.visible(body.deal_id, principal)
        return await self.issue_for(row, invoice_id, body, cause_of_call(principal), now)

    async def issue_for(
        self,
        row: asyncpg.Record,
        invoice_id: UUID,
        body: models.IssueInvoice,
        cause: Cause,
        now: datetime,
        because: Because | None = None,
    ) -> bool:
        """Issues an invoice for the deal of a row; ``because`` of a rule, or not."""
        await self.deals.check_not_erased(row["customer_id"])
        own = await self.pricing.price(body.lines, row["currency"], now) if body.lines else None

        async def work(connection: Connection) -> tuple[bool, list[Append]]:
            await connection.execute(sql("deal_lock"), body.deal_id)
            lines, total = (own.lines, own.value) if own else await self._of_deal(connection, body)

            def make(number: str) -> Issue:
                whose = (body.deal_id, row["customer_id"])
                return Issue(invoice_id, number, *whose, body.kind, lines, total, body.due_on, cause=because)

            draft = Drafted(make, invoice_id, cause, now, series=body.series)
            appends = await self.commands.issued(connection, [draft])
            return bool(appends), appends

        if await self.deals.pool.fetchval(sql("invoice_revision"), invoice_id) is not None:
            return False
        return await committed(self.commands.store, work)

    async def _of_deal(self, connection: Connection, body: models.IssueInvoice) -> tuple[tuple[Line, ...], Money]:
        state = self.deals.commands.fold(await load(connection, self.commands.store.service, body.deal_id))
        if isinstance(state, NoDeal):
            raise Rejected("no_deal", "There is no such deal.")
        deal: Deal = state.deal
        before = await self._before(connection, body.deal_id)
        priced: Priced | None = billed(body.kind, deal.number, deal.value.currency, deal.lines, before, body.percent)
        return (priced.lines, priced.value) if priced else (deal.lines, deal.value)

    async def _before(self, connection: Connection, deal_id: UUID) -> list[Line]:
        """The lines of what was invoiced for a deal and not cancelled."""
        rows = await connection.fetch(sql("invoiced_before"), deal_id)
        events = [recorded(self.commands.store.service, row).event for row in rows]
        return [line for event in events if isinstance(event, InvoiceIssued) for line in event.lines]
