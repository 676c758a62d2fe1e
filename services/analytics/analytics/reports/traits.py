"""Traits: what the customers who pay have in common, and the best of them more than others."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from analytics.reports.filters import Asked
from analytics.reports.report import Answer, Report, Row
from analytics.rollup.calendars import BUYING


class TraitRow(Row):
    """One value of one trait. A customer may have several values of one; merged cards are one customer."""

    trait: str = Field(
        description="channel (of the first lead), campaign, category, temperature (of any lead), pipeline, deal_type, "
        "direction, product (won deals), tag, or `field:` with the code of a custom field that is not personal."
    )
    value: str = Field(description="Its value.")
    customers: int = Field(description="Customers with it who paid in the period.")
    best: int = Field(description="Those of the best `best_percent` of customers by revenue of the period.")
    share_percent: float = Field(description="Share of the customers who paid, percent.")
    best_share_percent: float = Field(description="Share of the best, percent.")
    lift: float = Field(description="best_share / share: above 1, the best have it more often.")
    revenue: Decimal = Field(description="Payments less refunds of these customers in the period.")
    currency: str = Field(description="Currency (ISO 4217): only payments in it count.")


class Traits(Answer[TraitRow]):
    """Traits of the customers who **paid** in the period, the best against all: diagrams by attribute, and needs as far
    as fields, tags and products tell them.
    """


class TraitsAsked(Asked):
    """Also who the best are, and in which currency."""

    best_percent: float = Field(20, gt=0, le=100, description="Share of customers that are the best, percent.")
    currency: str = Field("RUB", pattern=r"^[A-Z]{3}$", description="Currency (ISO 4217) of the payments that count.")


TRAITS = Report("traits", Traits, TraitsAsked, rolled=BUYING, rolled_by=())
