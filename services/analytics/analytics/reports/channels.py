"""Channels compared: what each brought in a period, and what became of it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import orjson
from events.projection import Build
from events.sqlfile import sql
from events.store import Connection
from pydantic import BaseModel, ConfigDict, Field

from analytics.reports.period import Period


class ChannelRow(BaseModel):
    """One channel. A lead belongs to the channel of its first touch."""

    model_config = ConfigDict(frozen=True)

    channel: str = Field(description="Code of the channel.")
    touches: int = Field(description="Requests that came by this channel in the period, repeats included.")
    repeats: int = Field(description="Those of them from a person whose lead was open already.")
    leads: int = Field(description="Leads captured in the period by this channel.")
    qualified: int = Field(description="Those of the leads that were ever qualified.")
    deals: int = Field(description="Deals opened on the leads.")
    won: int = Field(description="Those of the deals that are won now.")
    lost: int = Field(description="Those of the deals that are lost now.")
    revenue: dict[str, Decimal] = Field(
        description="Payments received on the deals until now, test payments left out, by currency (ISO 4217)."
    )
    conversion_percent: float | None = Field(description="Share of the leads with a won deal, percent.")


class Channels(BaseModel):
    """Channels by the leads **captured** in the period (business time) and all that became of them until now.

    Test leads are left out. Only `touches` and `repeats` count by the time of the request.
    """

    model_config = ConfigDict(frozen=True)

    start: datetime = Field(description="Begin of the period.")
    end: datetime = Field(description="End of the period, not included.")
    channels: list[ChannelRow]


async def channels(
    connection: Connection,
    build: Build,
    period: Period,
    *,
    direction: str | None = None,
    visible: list[str] | None = None,
) -> Channels:
    """The channels of leads captured in ``period``; ``direction`` and ``visible`` as in the funnel."""
    statement = sql("channels", Path(__file__).parent).replace(":schema", f'"{build.schema}"')
    rows = await connection.fetch(statement, period.start, period.end, direction, visible)
    return Channels(
        start=period.start,
        end=period.end,
        channels=[ChannelRow.model_validate({**row, "revenue": orjson.loads(row["revenue"])}) for row in rows],
    )
