"""Cycles: how long a sale takes, and how many contacts."""

from __future__ import annotations

from pydantic import Field

from analytics.reports.report import Answer, Report, Row
from analytics.rollup.calendars import HAPPENING


class CycleRow(Row):
    """Deals of one type in one pipeline, won in the period and still won as of `as_of`."""

    pipeline: str = Field(description="Code of the pipeline.")
    deal_type: str = Field(description="Type of the deals: first_sale, repeat_sale, or a code of the pipeline.")
    sales: int = Field(description="Deals won.")
    median_days: float = Field(description="Median time from opening to winning, days.")
    mean_days: float = Field(description="Mean of it, days.")
    p90_days: float = Field(description="Nine of ten were faster, days.")
    median_days_from_first_touch: float | None = Field(
        description="Median time from the customer's first request to winning, days."
    )
    contacts: int = Field(
        description="Calls, letters, messages, meetings and visits until the deals were won: those that name the deal "
        "or its "
        "lead, and those that name neither but are of its customer after it was opened."
    )
    contacts_per_sale: float = Field(description="contacts / sales.")


class Cycles(Answer[CycleRow]):
    """Length of the sales cycle of deals **won** in the period, and contacts per sale."""


CYCLES = Report("cycles", Cycles, rolled=HAPPENING, rolled_by=("direction", "pipeline"))
