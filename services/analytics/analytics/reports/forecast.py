"""Forecast: what a period will bring, by the deals in work and by the pace so far."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from analytics.reports.report import Answer, Report, Row
from analytics.rollup.calendars import OPENING


class ForecastRow(Row):
    """One currency."""

    currency: str = Field(description="Currency (ISO 4217).")
    sales: int = Field(description="Deals won in the period so far.")
    sold: Decimal = Field(description="Their value.")
    open_deals: int = Field(description="Deals in open stages.")
    open_sum: Decimal = Field(description="Their value.")
    weighted: Decimal = Field(
        description="Their value, each times the probability that its pipeline's version in force gives its stage; "
        "where "
        "no pipeline says one: the share of closed deals that were in the stage and were won."
    )
    weighted_in_period: Decimal = Field(
        description="The part of `weighted` in deals expected to be concluded from today until the end of the period."
    )
    forecast: Decimal = Field(description="sold + weighted_in_period.")
    run_rate: Decimal | None = Field(
        description="What the whole period brings at the pace so far: sold x length of the period / time passed."
    )


class Forecast(Answer[ForecastRow]):
    """The forecast of deals won in the period, as of `as_of`, by currency."""


FORECAST = Report("forecast", Forecast, rolled=OPENING, rolled_by=("direction", "pipeline", "visible"))
