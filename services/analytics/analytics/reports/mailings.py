"""Mailings: what became of letters and messages to customers."""

from __future__ import annotations

from pydantic import Field

from analytics.reports.report import Answer, Report, Row
from analytics.rollup.calendars import MAILING


class MailingRow(Row):
    """One template in one medium."""

    template: str | None = Field(description="Code of the template.")
    medium: str = Field(description="email, sms, …")
    requested: int = Field(description="Messages asked for in the period.")
    sent: int = Field(description="Those that a provider took.")
    failed: int = Field(description="Those given up.")
    unconfirmed: int = Field(description="Those handed over once whose provider did not answer, and nothing since.")
    delivered: int = Field(description="Those that the provider says were delivered, or that were opened.")
    opened: int = Field(description="Those opened, or with a link followed; each once.")
    clicked: int = Field(description="Those with a link followed; each once.")
    bounced: int = Field(description="Those that came back.")
    complained: int = Field(description="Those called spam.")
    unsubscribed: int = Field(description="Those whose reader wants no more.")
    opened_percent: float | None = Field(description="opened / sent, percent.")
    clicked_percent: float | None = Field(description="clicked / sent, percent.")
    hours_to_open: float | None = Field(description="Median time from sending to the first opening, hours.")


class Mailings(Answer[MailingRow]):
    """Messages **asked for** in the period and what became of them until `as_of`.

    They belong to a customer: filters by his line of business and segment hold, and by what his leads and deals are of.
    """


MAILINGS = Report("mailings", Mailings, rolled=MAILING)
