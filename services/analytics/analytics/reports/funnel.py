"""The funnel: what became of the leads of a period, step by step, how long it took, and where it stalls."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from analytics.reports.report import Answer, Report, Row
from analytics.rollup.calendars import CAPTURE

Step = Literal["requests", "leads", "qualified", "deals", "stage"]


class FunnelStep(Row):
    """One row of the funnel."""

    step: Step = Field(description="What is counted: requests, leads, qualified leads, deals, or deals in one stage.")
    pipeline: str | None = Field(description="Code of the pipeline (step `stage`).")
    stage: str | None = Field(
        description="Code of the stage (step `stage`), in the order of the pipeline. Where no pipeline says an order: "
        "in "
        "that in which most of the last 5,000 deals of the cohort entered them; nurture, won and lost stages stand "
        "last."
    )
    kind: str | None = Field(description="Kind of the stage: open, nurture, won, lost.")
    entered: int = Field(
        description="requests: what came in the period, repeats included. leads: leads captured in the period. "
        "qualified: those of them ever qualified. deals: deals opened on those leads. stage: those deals that ever "
        "entered the stage; a deal that came back counts once."
    )
    now_there: int | None = Field(description="Deals of the cohort that stand in the stage.")
    to_next_percent: float | None = Field(
        description="Share of `entered` that went on, percent. leads: qualified. qualified: has a deal. deals: won. "
        "stage: later entered a stage that stands further (any may be skipped) or was won; open stages only."
    )
    of_leads_percent: float | None = Field(
        description="Share of the leads of the period that came this far, percent. deals: leads with a deal. "
        "stage: deals that entered, per 100 leads."
    )
    median_hours: float | None = Field(
        description="Median time between entering and leaving the stage, hours; finished stays only."
    )
    expected_hours: float | None = Field(description="How long the pipeline expects a deal to stay, hours.")
    late_now: int | None = Field(description="Deals that stand in the stage for longer than expected.")
    hours_over: float | None = Field(
        description="Hours by which stays lasted longer than expected, in all: finished and present ones."
    )
    is_bottleneck: bool | None = Field(description="Of its pipeline the open stage in which most hours went over.")
    won: int | None = Field(description="Of the deals that entered, how many are won.")
    lost: int | None = Field(description="Of the deals that entered, how many are lost.")


class Funnel(Answer[FunnelStep]):
    """The funnel of a cohort: leads **captured** in the period (business time) and all that became of them until
    `as_of`.

    Test leads are left out. Only the first row, requests, counts by its own time. Deals without a lead are not in it.
    `manager` and `department` are those of the lead; `pipeline` and `product` select deals.
    """


FUNNEL = Report("funnel", Funnel, is_cohort=True, rolled=CAPTURE, rolled_by=("channel", "direction", "visible"))
