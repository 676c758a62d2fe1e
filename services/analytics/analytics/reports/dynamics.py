"""Dynamics: what happened on each day, in each week or month."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from analytics.reports.filters import Asked
from analytics.reports.report import Answer, Money, Report, Row
from analytics.rollup.calendars import HAPPENING


class DynamicsRow(Row):
    """One day, week or month of the business time zone."""

    day: date = Field(description="Its first day; weeks begin on Monday.")
    requests: int = Field(description="Requests that came, repeats included.")
    leads: int = Field(description="Leads captured.")
    qualified: int = Field(description="Leads qualified for the first time.")
    deals: int = Field(description="Deals opened.")
    sales: int = Field(description="Deals won that day and still won as of `as_of`.")
    lost: int = Field(description="Deals lost that day and still lost as of `as_of`.")
    calls: int = Field(description="Calls in and out.")
    letters: int = Field(description="Letters in and out.")
    messages: int = Field(description="Messages in and out.")
    meetings: int = Field(description="Meetings that took place.")
    sold: Money = Field(description="Value of the deals won, by currency.")
    revenue: Money = Field(description="Payments less refunds, by currency.")


class Dynamics(Answer[DynamicsRow]):
    """What **happened** in the period (business time), by day, week or month; each by its own time.

    From the first to the last in which anything happened, none left out.
    """


class DynamicsAsked(Asked):
    """Also by what time is cut."""

    grain: Literal["day", "week", "month", "quarter", "year"] = Field("day", description="Length of a row.")


DYNAMICS = Report("dynamics", Dynamics, DynamicsAsked, rolled=HAPPENING)
