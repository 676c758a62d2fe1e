"""Needs: what those who asked in a period ask for, whether they have bought or not."""

from __future__ import annotations

from pydantic import Field

from analytics.reports.report import Answer, Money, Report, Row
from analytics.rollup.calendars import ASKING


class NeedRow(Row):
    """One value of one need. A customer may have several; merged cards are one customer."""

    need: str = Field(
        description="product (on the lines of a deal), category (that a lead was found to be of), `request:` with the "
        "code of a lead's custom field, tag, or `field:` with that of a card's. Personal fields are left out."
    )
    value: str = Field(description="Its value: what is asked for.")
    customers: int = Field(description="Customers with it among those with a lead or a deal of the period.")
    share_percent: float = Field(description="Share of all customers with a lead or a deal of the period, percent.")
    deals: int = Field(
        description="Deals opened in the period: of a product those with it, else those of its customers."
    )
    won: int = Field(description="Those of them that are won.")
    lost: int = Field(description="Those of them that are lost.")
    win_percent: float | None = Field(description="won / (won + lost), percent.")
    sold: Money = Field(description="Value of the deals won, by currency.")


class Needs(Answer[NeedRow]):
    """What customers with a lead captured or a deal opened in the period ask for, and how often it is sold to them.

    What is written about needs in free text is sealed with the customer's key, and no report reads it.
    """


NEEDS = Report("needs", Needs, rolled=ASKING, rolled_by=())
