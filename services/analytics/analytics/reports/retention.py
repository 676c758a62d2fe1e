"""Retention: which customers came, stayed, came back, and were lost."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from analytics.reports.filters import Asked
from analytics.reports.report import Answer, Money, Report, Row
from analytics.rollup.calendars import PURCHASE


class RetentionRow(Row):
    """Customers who had paid anything by the end of the period, each in one row. Merged cards are one customer."""

    state: Literal["new", "retained", "returned", "waiting", "lost", "lost_before"] = Field(
        description="new: paid for the first time in the period. retained: paid before and in the period. returned: "
        "paid in "
        "the period after more than `lost_after_days` without a payment. waiting: did not pay in the period, but not "
        "long "
        "ago. lost: became lost in the period, the last payment is more than `lost_after_days` before its end (or "
        "before "
        "`as_of`). lost_before: was lost when the period began."
    )
    customers: int = Field(description="How many.")
    share_percent: float = Field(description="Share of all, percent.")
    revenue: Money = Field(
        description="new, retained, returned: payments of the period. The others: all they had paid. Refunds are not "
        "taken off."
    )


class Retention(Answer[RetentionRow]):
    """Lost and retained customers, by their **payments**."""


class RetentionAsked(Asked):
    """Also when a customer counts as lost."""

    lost_after_days: int = Field(
        180,
        ge=1,
        le=3650,
        description="Days without a payment after which a customer is lost: calendar days of the business time zone.",
    )


RETENTION = Report("retention", Retention, RetentionAsked, rolled=PURCHASE, rolled_by=())
