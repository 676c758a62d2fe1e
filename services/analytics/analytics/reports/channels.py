"""Channels compared: what each brought in a period, what became of it, and what it cost."""

from __future__ import annotations

from pydantic import Field

from analytics.reports.report import Answer, Money, Report, Row, Shares
from analytics.rollup.calendars import CAPTURE


class ChannelRow(Row):
    """One channel. A lead belongs to the channel of its first touch."""

    channel: str = Field(description="Code of the channel.")
    touches: int = Field(description="Requests that came by this channel in the period, repeats included.")
    repeats: int = Field(description="Those of them from a person whose lead was open already.")
    leads: int = Field(description="Leads captured in the period by this channel.")
    qualified: int = Field(description="Those of the leads that were ever qualified.")
    deals: int = Field(description="Deals opened on the leads.")
    won: int = Field(description="Those of the deals that are won.")
    lost: int = Field(description="Those of the deals that are lost.")
    revenue: Money = Field(
        description="Payments received on the deals less refunds, test payments left out, by currency (ISO 4217)."
    )
    cost: Money = Field(description="What was spent on the channel in the days of the period, by currency.")
    cost_per_lead: Money = Field(description="`cost` divided by `leads`, by currency.")
    roi_percent: Shares = Field(
        description="(revenue - cost) / cost, percent, by currency; only where something was spent in that currency."
    )
    conversion_percent: float | None = Field(description="Share of the leads with a won deal, percent.")


class Channels(Answer[ChannelRow]):
    """Channels by the leads **captured** in the period (business time) and all that became of them until `as_of`.

    Test leads are left out. Only `touches` and `repeats` count by the time of the request, `cost` by the day it was
    spent for. Filters by manager, department, segment, pipeline and product do not divide costs: all are counted.
    """


CHANNELS = Report("channels", Channels, is_cohort=True, rolled=CAPTURE, rolled_by=("channel", "direction", "visible"))
