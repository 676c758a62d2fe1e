"""Counts of all that was projected, and how long it took: numbers to compare with what the services stored."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from events.projection import Build
from events.sqlfile import sql
from events.store import Connection
from pydantic import BaseModel, ConfigDict, Field


class Counts(BaseModel):
    """Facts in the live build, whatever their period and line of business."""

    model_config = ConfigDict(frozen=True)

    leads: int = Field(description="Leads captured, test leads included: events `lead.captured`.")
    test_leads: int = Field(description="Those of the leads that are tests; reports leave them out.")
    touches: int = Field(description="Requests: events `lead.captured` and `lead.touched`.")
    repeats: int = Field(description="Requests of a person whose lead was open: events `lead.touched`.")
    customers: int = Field(description="Customers' cards.")
    erased_customers: int = Field(description="Customers whose personal data are erased.")
    deals: int = Field(description="Deals opened.")
    won: int = Field(description="Deals won now.")
    lost: int = Field(description="Deals lost now.")
    payments: int = Field(description="Payments received, test payments included.")
    unmatched_payments: int = Field(description="Payments that belong to no deal yet.")
    tasks: int = Field(description="Tasks made for people.")
    completed_tasks: int = Field(description="Tasks done.")
    messages: int = Field(description="Messages that rules asked for.")
    sent_messages: int = Field(description="Messages that a provider took.")
    failed_messages: int = Field(description="Messages given up.")
    quarantined: dict[str, int] = Field(description="Events put aside because they could not be applied, by consumer.")


class Lag(BaseModel):
    """Time from the recording of a lead to its row in the report's tables; the commit follows within the same batch."""

    model_config = ConfigDict(frozen=True)

    leads: int = Field(description="Leads measured: the last ones recorded since the live build exists.")
    p50_ms: float | None = Field(description="Half of them were faster, milliseconds.")
    p99_ms: float | None = Field(description="99 % of them were faster, milliseconds.")
    max_ms: float | None = Field(description="The slowest, milliseconds.")


async def counts(connection: Connection, build: Build) -> Counts:
    """Counts of facts of ``build`` and of quarantined events of every consumer of this service."""
    row = await connection.fetchrow(_statement("counts", build))
    assert row is not None
    waiting = await connection.fetch(
        "SELECT consumer, count(*) AS events FROM quarantine WHERE discarded_at IS NULL GROUP BY 1 ORDER BY 1"
    )
    return Counts(**row, quarantined={entry["consumer"]: entry["events"] for entry in waiting})


async def lag(connection: Connection, build: Build, last: int, since: datetime) -> Lag:
    """Lag of the ``last`` leads that were recorded after ``since``."""
    row = await connection.fetchrow(_statement("lag", build), last, since)
    assert row is not None
    return Lag.model_validate(dict(row))


def _statement(name: str, build: Build) -> str:
    return sql(name, Path(__file__).parent).replace(":schema", f'"{build.schema}"')
