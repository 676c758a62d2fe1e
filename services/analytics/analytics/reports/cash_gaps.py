"""Cash gaps: what invoices make due, and when it will come in if customers pay as they use to."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pydantic import Field

from analytics.reports.report import Answer, Report, Row
from analytics.rollup.calendars import DUE


class CashGapRow(Row):
    """One day on which something is due or expected, in one currency."""

    day: date = Field(description="Day in the business time zone.")
    currency: str = Field(description="Currency (ISO 4217).")
    due: Decimal = Field(
        description="What is to be paid until this day; what is overdue stands on the day of the report."
    )
    overdue: Decimal = Field(description="The part of it that should have been paid before.")
    expected: Decimal = Field(
        description="What is expected to come in: each invoice so many days after it is due as half of the paid "
        "invoices in "
        "that currency took; what should have come already on the day of the report."
    )
    gap: Decimal = Field(
        description="What was due and is not expected until the end of the day, in all: the cash that must be there "
        "otherwise."
    )


class CashGaps(Answer[CashGapRow]):
    """Unpaid invoices as of `as_of`, by the **day** they are due; the period selects days."""


CASH_GAPS = Report("cash-gaps", CashGaps, rolled=DUE)
