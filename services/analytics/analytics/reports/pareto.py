"""Pareto: the few customers, managers or channels that bring most of the revenue or profit, or do most of the work."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field

from analytics.reports.filters import Asked
from analytics.reports.report import Answer, Report, Row
from analytics.rollup.calendars import RECEIPT


class ParetoRow(Row):
    """One customer, manager or channel, the greatest first."""

    rank: int = Field(description="Place from 1, within its currency.")
    id: str = Field(description="Id of the customer or manager, code of the channel. Merged cards are one customer.")
    currency: str | None = Field(description="Currency (ISO 4217); null: work, which is counted.")
    amount: Decimal = Field(
        description="revenue: payments less refunds of the period. profit: what is left of them of deals whose cost is "
        "known, as in `managers`. work: contacts and tasks completed in the period."
    )
    share_percent: float = Field(description="Share of all, percent.")
    cumulative_percent: float = Field(description="Share of this and all before it, percent.")
    of_all_percent: float = Field(description="Share of this and all before it in the number of all, percent.")
    is_vital: bool = Field(description="Those before it do not yet bring `cut_percent`: it belongs to the vital few.")


class Pareto(Answer[ParetoRow]):
    """Who brings most, as of `as_of`. Who brought nothing, or got back more than he paid, is not in it."""


class ParetoAsked(Asked):
    """Also who is compared, by what, and where the cut is."""

    by: Literal["customers", "managers", "channels"] = Field("customers", description="Who is compared.")
    measure: Literal["revenue", "profit", "work"] = Field("revenue", description="By what; channels do no work.")
    cut_percent: float = Field(80, gt=0, le=100, description="Share of the whole that the vital few bring, percent.")
    most: int = Field(1000, ge=1, le=100_000, description="Rows at most.")


PARETO = Report(
    "pareto", Pareto, ParetoAsked, rolled=RECEIPT, rolled_by=("channel", "direction", "manager", "pipeline", "visible")
)
