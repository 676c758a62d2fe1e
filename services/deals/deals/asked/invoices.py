"""Invoices that automation asks for: a durable task each, for prices are read and a number is drawn. A second run finds
the invoice, and the answer is said with the end of the task.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from events.contracts.automation import InvoiceIssueRequested
from events.decider import Rejected
from events.problems import Problem
from events.store import Append, deterministic_id
from events.tasks import Task
from pydantic import ValidationError

from deals.asked.answer import answered, refusal
from deals.deal.tables import sql
from deals.invoices.desk import InvoiceDesk
from deals.invoices.models import IssueInvoice
from deals.invoices.rows import sql as invoice_sql


@dataclass(frozen=True)
class Issuing:
    """The handler of the task."""

    desk: InvoiceDesk

    async def __call__(self, task: Task) -> Sequence[Append]:
        """Issues the invoice and answers."""
        event = InvoiceIssueRequested.model_validate(task.payload["request"])
        asked_at = datetime.fromisoformat(task.payload["asked_at"])
        invoice_id = deterministic_id("invoice", "request", event.request_id)
        row = await self.desk.deals.pool.fetchrow(sql("deal_read"), event.deal_id)
        ids = {"deal_id": event.deal_id, "customer_id": row["customer_id"] if row else None}
        now = datetime.now(UTC)
        try:
            if row is None:
                raise Rejected("no_deal", "There is no such deal.")
            if await self.desk.deals.pool.fetchval(invoice_sql("invoice_revision"), invoice_id) is None:
                body = self._body(event, asked_at)
                await self.desk.issue_for(row, invoice_id, body, task.cause, now, event.cause)
        except (Rejected, Problem, ValidationError) as error:
            refused = refusal(error, "bad_invoice", "No invoice can have such an amount, share, title or term.")
            return [answered(event, False, refused, task.cause, now, **ids)]
        return [answered(event, True, None, task.cause, now, **ids, invoice_id=invoice_id)]

    def _body(self, event: InvoiceIssueRequested, asked_at: datetime) -> IssueInvoice:
        due_on = asked_at.astimezone(self.desk.commands.zone).date() + timedelta(days=event.due_in_days)
        given = event.model_dump(include={"deal_id", "kind", "percent", "series"})
        if event.amount is not None:
            line = {"title": event.title, "quantity": 1, "price": event.amount, "tax_rate": event.tax_rate}
            given["lines"] = {"lines": [line]}
        return IssueInvoice.model_validate({**given, "due_on": due_on})
