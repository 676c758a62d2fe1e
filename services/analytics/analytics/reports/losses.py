"""Losses: why deals are lost, and where."""

from __future__ import annotations

from pydantic import Field

from analytics.reports.report import Answer, Money, Report, Row
from analytics.rollup.calendars import HAPPENING


class LossRow(Row):
    """One reason in one stage of a pipeline."""

    pipeline: str = Field(description="Code of the pipeline.")
    reason: str | None = Field(description="Code of the reason; null: the stage was entered without one.")
    stage: str | None = Field(description="Code of the stage that the deals were lost from.")
    lost: int = Field(description="Deals lost in the period and still lost as of `as_of`.")
    share_percent: float = Field(description="Share of all deals lost, percent.")
    median_days: float | None = Field(description="Median time from opening to loss, days.")
    amount: Money = Field(description="Value of the deals, by currency.")


class Losses(Answer[LossRow]):
    """Deals **lost** in the period (business time) by pipeline, reason and stage."""


LOSSES = Report("losses", Losses, rolled=HAPPENING, rolled_by=("direction", "pipeline", "visible"))
