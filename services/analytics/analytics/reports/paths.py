"""Paths: from the first touch to the payment, by channel."""

from __future__ import annotations

from pydantic import Field

from analytics.reports.report import Answer, Report, Row
from analytics.rollup.calendars import HAPPENING

_MEDIAN = "Median time from the lead's capture to {}, hours; those that came this far."


class PathRow(Row):
    """One channel. A lead belongs to the channel of its first touch."""

    channel: str = Field(description="Code of the channel.")
    leads: int = Field(description="Leads captured in the period.")
    answered: int = Field(description="Those that somebody took, wrote to, called or met.")
    qualified: int = Field(description="Those ever qualified.")
    deals: int = Field(description="Those with a deal.")
    won: int = Field(description="Those with a won deal.")
    paid: int = Field(description="Those with a payment on a deal, test payments left out.")
    paid_percent: float = Field(description="paid / leads, percent.")
    hours_to_answer: float | None = Field(description=_MEDIAN.format("the first answer"))
    hours_to_qualified: float | None = Field(description=_MEDIAN.format("the first qualification"))
    hours_to_deal: float | None = Field(description=_MEDIAN.format("the first deal"))
    hours_to_won: float | None = Field(description=_MEDIAN.format("the first deal won"))
    hours_to_payment: float | None = Field(description=_MEDIAN.format("the first payment"))
    touches_to_payment: float | None = Field(
        description="Mean number of requests of the customer, by all channels, until the first payment."
    )


class Paths(Answer[PathRow]):
    """The way of the leads **captured** in the period from the first touch to the payment, until `as_of`."""


PATHS = Report("paths", Paths, is_cohort=True, rolled=HAPPENING, rolled_by=("channel",))
