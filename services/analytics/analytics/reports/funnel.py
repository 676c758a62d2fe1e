"""The funnel: what became of the leads of a period, step by step."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

from events.projection import Build
from events.sqlfile import sql
from events.store import Connection
from pydantic import BaseModel, ConfigDict, Field

from analytics.reports.period import Period

Step = Literal["requests", "leads", "qualified", "deals", "stage"]


class FunnelStep(BaseModel):
    """One row of the funnel."""

    model_config = ConfigDict(frozen=True)

    step: Step = Field(description="What is counted: requests, leads, qualified leads, deals, or deals in one stage.")
    pipeline: str | None = Field(description="Code of the pipeline (step `stage`).")
    stage: str | None = Field(
        description="Code of the stage (step `stage`). Stages stand in the order in which most of the last 5,000 deals "
        "entered them; nurture, won and lost stages stand last."
    )
    kind: str | None = Field(description="Kind of the stage: open, nurture, won, lost.")
    entered: int = Field(
        description="requests: what came in the period, repeats included. leads: leads captured in the period. "
        "qualified: those of them ever qualified. deals: deals opened on those leads. stage: those deals that ever "
        "entered the stage; a deal that came back counts once."
    )
    now_there: int | None = Field(description="Deals of the cohort that stand in the stage now.")
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
    won: int | None = Field(description="Of the deals that entered, how many are won now.")
    lost: int | None = Field(description="Of the deals that entered, how many are lost now.")


class Funnel(BaseModel):
    """The funnel of a cohort: leads **captured** in the period (business time) and all that became of them until now.

    Test leads are left out. Only the first row, requests, counts by its own time. Deals without a lead are not in it.
    """

    model_config = ConfigDict(frozen=True)

    start: datetime = Field(description="Begin of the period.")
    end: datetime = Field(description="End of the period, not included.")
    steps: list[FunnelStep]


async def funnel(
    connection: Connection,
    build: Build,
    period: Period,
    *,
    pipeline: str | None = None,
    channel: str | None = None,
    manager: str | None = None,
    direction: str | None = None,
    visible: list[str] | None = None,
) -> Funnel:
    """The funnel of leads captured in ``period``; filters are exact, None takes all.

    ``manager`` is who is responsible for the lead now. ``visible`` are the lines of business the reader may see, None
    all of them; a lead or deal without one is seen by everybody.
    """
    statement = sql("funnel", Path(__file__).parent).replace(":schema", f'"{build.schema}"')
    rows = await connection.fetch(statement, period.start, period.end, pipeline, channel, manager, direction, visible)
    steps = [FunnelStep.model_validate(dict(row)) for row in rows]
    return Funnel(start=period.start, end=period.end, steps=steps)
