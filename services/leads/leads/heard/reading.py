"""What a card shows of what others said: deals, purchases, what is unpaid, tasks. As of what was heard by now."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

import asyncpg
from events.contracts.deals import Money
from events.sqlfile import sql
from events.store import Connection
from pydantic import BaseModel, Field

from leads.heard import SQL

MOST_TASKS = 50


class DealLine(BaseModel):
    """A deal in a line."""

    deal_id: UUID
    number: str | None
    pipeline: str | None
    stage: str | None
    state: Literal["open", "won", "lost"]
    value: Money | None
    paid: Money | None = Field(description="Payments that name the deal, in its currency.")
    manager_id: str | None
    direction: str | None
    opened_at: datetime | None
    closed_at: datetime | None


class Purchases(BaseModel):
    """Deals that were won."""

    count: int
    totals: list[Money] = Field(description="Their values, a sum for each currency.")
    last_at: datetime | None


class CustomerDeals(BaseModel):
    """What deals said of a customer. Deals of lines of business that the caller does not see are left out."""

    open: list[DealLine]
    closed: list[DealLine] = Field(description="The last closed first.")
    purchases: Purchases
    unpaid: list[Money] = Field(description="Of deals that were won: what is not paid yet, a sum for each currency.")


class TaskLine(BaseModel):
    """A task that is not done."""

    task_id: UUID
    kind: str | None
    title: str | None
    assignee: str | None
    due_at: datetime


async def deals_of(connection: Connection, members: Sequence[UUID], directions: Sequence[str] | None) -> CustomerDeals:
    """The deals of all members of a card."""
    deals = [_line(row) for row in await connection.fetch(sql("deals_of", SQL), list(members), directions)]
    won = [deal for deal in deals if deal.state == "won"]
    return CustomerDeals(
        open=[deal for deal in deals if deal.state == "open"],
        closed=[deal for deal in deals if deal.state != "open"],
        purchases=Purchases(
            count=len(won),
            totals=sums(deal.value for deal in won if deal.value is not None),
            last_at=max((deal.closed_at for deal in won if deal.closed_at is not None), default=None),
        ),
        unpaid=[owed for owed in sums(_owed(deal) for deal in won if deal.value is not None) if owed.amount],
    )


async def open_tasks_of(
    connection: Connection, members: Sequence[UUID], directions: Sequence[str] | None
) -> list[TaskLine]:
    """The first tasks about all members of a card, by the time they are due."""
    rows = await connection.fetch(sql("tasks_open", SQL), list(members), directions, MOST_TASKS)
    return [TaskLine(**{name: row[name] for name in TaskLine.model_fields}) for row in rows]


def sums(amounts: Iterable[Money]) -> list[Money]:
    """A sum for each currency, by its code."""
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for money in amounts:
        found[money.currency] += money.amount
    return [Money(amount=amount, currency=currency) for currency, amount in sorted(found.items())]


def _owed(deal: DealLine) -> Money:
    """What is not paid of one deal: more than its value on one leaves another as it is."""
    assert deal.value is not None
    paid = deal.paid.amount if deal.paid else Decimal(0)
    return Money(amount=max(deal.value.amount - paid, Decimal(0)), currency=deal.value.currency)


def _line(row: asyncpg.Record) -> DealLine:
    told = {name: row[name] for name in DealLine.model_fields if name not in ("value", "paid")}
    has_value = row["amount"] is not None and row["currency"] is not None
    return DealLine(
        **told,
        value=Money(amount=row["amount"], currency=row["currency"]) if has_value else None,
        paid=Money(amount=row["paid"], currency=row["currency"]) if has_value else None,
    )
