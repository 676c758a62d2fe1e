"""Marketing events: who came, and what one contact cost."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import Field

from analytics.reports.report import Answer, Report, Row
from analytics.rollup.calendars import EVENT


class MarketingEventRow(Row):
    """One exhibition, seminar, webinar."""

    id: UUID = Field(description="The event.")
    name: str | None = Field(description="Its name.")
    kind: str | None = Field(description="What it is: exhibition, seminar, webinar …")
    status: Literal["planned", "held", "closed", "cancelled"] = Field(description="How far it is.")
    planned_from: datetime | None = Field(description="When it is planned to begin.")
    held_from: datetime | None = Field(description="When it began.")
    budget: Decimal | None = Field(description="What was planned to be spent.")
    cost: Decimal | None = Field(description="What it has cost so far.")
    currency: str | None = Field(description="Currency (ISO 4217) of both.")
    participants: int = Field(description="Persons at any of its stages; merged cards count once.")
    came: int = Field(description="Those at the last of its stages.")
    cost_per_contact: Decimal | None = Field(description="cost / came.")
    cost_per_participant: Decimal | None = Field(description="cost / participants.")
    organisations: int = Field(description="Organisations that a result was recorded for.")
    loyalty: float | None = Field(description="Their mean loyalty after it, 1 to 5.")
    interest: float | None = Field(description="Their mean interest, 1 to 5.")


class MarketingEvents(Answer[MarketingEventRow]):
    """Marketing events that **began** in the period, or are planned to.

    A participant is selected by his segment and by what his leads and deals are of, an event by its line of business.
    Budget, cost and what organisations said are of the whole event: asked for some participants, they are not told.
    """


MARKETING_EVENTS = Report("marketing-events", MarketingEvents, rolled=EVENT)
