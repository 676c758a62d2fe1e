"""Segments as of any moment and for any cuts, computed from payments: nothing is said and nothing changes by asking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from asyncpg import Record
from events.contracts.analytics import Segment, SegmentRules
from events.projection import Build
from events.sqlfile import sql
from events.store import Connection
from pydantic import BaseModel, ConfigDict, Field

from analytics.reports.period import LATEST
from analytics.segments import SQL
from analytics.segments.rules import ORDER, percent


class SegmentTotals(BaseModel):
    """One segment."""

    model_config = ConfigDict(frozen=True)

    segment: Segment
    customers: int = Field(description="Customers in it; casual: registered by then, and brought nothing.")
    revenue: Decimal = Field(description="What they brought in the window, in the currency of the rules.")
    share_percent: Decimal = Field(description="Share of the revenue of all segments shown here, percent.")
    least_revenue: Decimal | None = Field(description="What the least of them brought: the entry to the segment.")


class Segments(BaseModel):
    """All customers by segment, as of a moment. Each is in one segment, and the segments partition the revenue.

    Revenue: what was received in the window in one currency and not given back since, of customers who are known; test
    payments are left out, and merged cards count as one.
    """

    model_config = ConfigDict(frozen=True)

    as_of: datetime
    window_start: datetime = Field(description="Payments after it count, up to `as_of`.")
    rules: SegmentRules
    segments: list[SegmentTotals]
    revenue_of_nobody: Decimal | None = Field(
        description="Payments of the window that belong to nobody yet; null for who does not see all lines."
    )
    other_currencies: dict[str, Decimal] | None = Field(
        description="Payments of the window in other currencies: they make no segment, and are not converted. Null for "
        "who does not see all lines of business."
    )


class SegmentedCustomer(BaseModel):
    """A customer who brought revenue."""

    model_config = ConfigDict(frozen=True)

    customer_id: UUID
    segment: Segment
    place: int = Field(description="1 brings most of those you see; of equals who paid last, then by id.")
    revenue: Decimal = Field(description="Brought in the window, in the currency of the rules.")
    paid_at: datetime = Field(description="Last payment of the window.")
    share_percent: Decimal | None = Field(
        description="Share of the revenue of all customers; null for who does not see all lines of business."
    )
    ahead_percent: Decimal | None = Field(description="What the customers before this one bring together; as above.")


@dataclass(frozen=True)
class Question:
    """By which rules, as of when, and from what had been recorded by ``known_at``; None: all that is known."""

    rules: SegmentRules
    as_of: datetime
    known_at: datetime | None = None

    @property
    def window_start(self) -> datetime:
        """Payments after this moment count, up to ``as_of``."""
        return self.as_of - timedelta(days=self.rules.window_days)

    def parameters(self) -> tuple[object, ...]:
        """$1 to $6 of ``segmented.sql``."""
        rules = self.rules
        cuts = (rules.gold_percent, rules.silver_percent)
        return self.as_of, self.window_start, rules.currency, *cuts, self.known_at or LATEST


async def totals(
    connection: Connection, build: Build, asked: Question, visible: Sequence[str] | None = None
) -> Segments:
    """All segments; customers of other lines of business than ``visible`` (None: all) are not counted."""
    rows = {
        row["segment"]: row for row in await connection.fetch(segmented(build, "totals"), *asked.parameters(), visible)
    }
    total = sum((row["revenue"] for row in rows.values()), Decimal(0))
    left_out = await _left_out(connection, build, asked) if visible is None else None
    return Segments(
        as_of=asked.as_of,
        window_start=asked.window_start,
        rules=asked.rules,
        segments=[_totals(segment, rows.get(segment), total) for segment in ORDER],
        revenue_of_nobody=left_out and left_out.get(asked.rules.currency, Decimal(0)),
        other_currencies=left_out and {code: sum_ for code, sum_ in left_out.items() if code != asked.rules.currency},
    )


def _totals(segment: Segment, row: Record | None, total: Decimal) -> SegmentTotals:
    revenue = row["revenue"] if row else Decimal(0)
    return SegmentTotals(
        segment=segment,
        customers=row["customers"] if row else 0,
        revenue=revenue,
        share_percent=percent(revenue, total),
        least_revenue=row["least_revenue"] if row else None,
    )


async def _left_out(connection: Connection, build: Build, asked: Question) -> dict[str, Decimal]:
    rows = await connection.fetch(
        _named(sql("left_out", SQL), build),
        asked.as_of,
        asked.window_start,
        asked.rules.currency,
        asked.known_at or LATEST,
    )
    return {asked.rules.currency: Decimal(0)} | {row["currency"]: row["amount"] for row in rows}


async def customers(
    connection: Connection,
    build: Build,
    asked: Question,
    *,
    segment: Segment | None = None,
    after: int = 0,
    visible: Sequence[str] | None = None,
    limit: int,
) -> list[SegmentedCustomer]:
    """Customers who brought revenue, who brings most comes first; those after the place ``after``."""
    rows = await connection.fetch(segmented(build, "customers"), *asked.parameters(), segment, after, visible, limit)
    names = ("customer_id", "segment", "place", "revenue", "paid_at")
    return [
        SegmentedCustomer(
            **{name: row[name] for name in names},
            share_percent=percent(row["revenue"], row["total"]) if visible is None else None,
            ahead_percent=percent(row["ahead"], row["total"]) if visible is None else None,
        )
        for row in rows
    ]


def segmented(build: Build, then: str) -> str:
    """The statement ``sql/<then>.sql`` over the relations ``segmented`` and ``roots``, in the tables of a build."""
    roots = "roots AS MATERIALIZED (SELECT * FROM :schema.customer_roots($1, $6))"
    known = f"WITH {roots}, segmented AS MATERIALIZED (\n{sql('segmented', SQL)})"
    return _named(f"{known}\n{sql(then, SQL)}", build)


def _named(text: str, build: Build) -> str:
    return text.replace(":schema", f'"{build.schema}"')
