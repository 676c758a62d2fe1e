"""Plan and fact: what the company, departments and managers were to reach, and what they did."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field

from analytics.reports.report import Answer, Report, Row


class PlanRow(Row):
    """One target. What it is set in (`measure`) is what deals lists under `GET /targets/measures`."""

    owner_kind: Literal["company", "department", "manager"] = Field(description="Whose target it is.")
    owner: str = Field(description="Name of the department or manager; empty: the company.")
    period: str = Field(description="Month, quarter or year: `2026-03`, `2026-Q1`, `2026`.")
    measure: str = Field(
        description="revenue_won, average_deal: value of deals won. payments_received: payments less refunds. "
        "deals_opened, "
        "deals_won, repeat_sales: deals. new_customers: customers whose first deal was won. leads, qualified_leads: "
        "leads "
        "captured, qualified. contacts, calls, meetings: that took place. quotes_sent: sendings. conversion: leads of "
        "the "
        "period with a won deal, percent."
    )
    currency: str | None = Field(description="Currency (ISO 4217) of money.")
    plan: Decimal = Field(description="What is to be reached, as it stood as of `as_of`.")
    fact: Decimal | None = Field(
        description="What was reached in the target's period, as of `as_of`; of a department by those who are in it "
        "then."
    )
    reached_percent: float | None = Field(description="fact / plan, percent.")
    time_percent: float = Field(description="Share of the target's period that is over, percent.")
    pace_percent: float | None = Field(
        description="fact / (plan x share of the time that is over), percent: 100 is on course. Of averages and "
        "percents: "
        "fact / plan."
    )


class Plans(Answer[PlanRow]):
    """Targets whose period **begins** in the period asked for, against what happened in theirs.

    A fact is seen by whoever sees its line of business: who sees some of them compares the whole target with a part of
    the fact. Targets of the company are shown to those who see everything. A target is of nobody's pipeline, channel or
    segment: these filters are refused.
    """


PLANS = Report("plans", Plans, reach_days=366, refuses=("pipeline", "channel", "campaign", "segment", "product"))
