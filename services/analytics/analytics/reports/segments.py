"""Segments: how customers who buy are divided, what they brought, and who moved from one to another, and why."""

from __future__ import annotations

from pydantic import Field

from analytics.reports.report import Answer, Counts, Money, Report, Row
from analytics.rollup.calendars import SEGMENT


class SegmentRow(Row):
    """One segment. Merged cards are one customer; erased ones are left out."""

    segment: str = Field(description="gold, silver, bronze or casual.")
    customers: int = Field(
        description="Customers registered by the end of the period who are in it as of `as_of`, as was last told. "
        "Casual are those who have bought nothing in the window any more; who never bought was never told of."
    )
    share_percent: float | None = Field(description="Share of the customers in all segments shown, percent.")
    revenue: Money = Field(description="Payments less refunds of the period of the customers in it, by currency.")
    entered: int = Field(description="Changes into it in the period.")
    from_below: int = Field(description="Those of them from a lesser segment.")
    left_it: int = Field(description="Changes out of it in the period.")
    entered_because: Counts = Field(description="Changes into it in the period by the code of their reason.")


class SegmentsAnswer(Answer[SegmentRow]):
    """Segments by what was **told** of customers, and their changes in the period.

    `GET /segments` computes them anew from payments, by any cuts and as of any moment.
    """


SEGMENTS = Report("segments", SegmentsAnswer, rolled=SEGMENT)
