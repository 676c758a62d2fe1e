"""Segments over HTTP: as they are by the rules of this installation, or as they were or would be by others."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from events.auth import CurrentPrincipal, require
from events.calls import directions_of
from events.contracts.analytics import CustomerSegmentChanged, SegmentRules
from events.problems import FieldError, Invalid, NotFound
from events.projection import Projection
from events.store import load
from events.streams import segment_stream
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from analytics import builds
from analytics.api import reading as reading_at_once
from analytics.reports.period import moment
from analytics.segments import reading
from analytics.segments.reading import Question, SegmentedCustomer, Segments


class Asked(BaseModel):
    """Which moment and by which rules; what is left out is as the installation has it. Nothing changes by asking."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    as_of: str | None = Field(None, max_length=40, description="Day (its end) or time; empty: now.")
    known_at: str | None = Field(
        None, max_length=40, description="Answer with what had been recorded by then; empty: all that is known."
    )
    gold_percent: Decimal | None = Field(None, gt=0, le=100, max_digits=7, description="Upper cut, percent of revenue.")
    silver_percent: Decimal | None = Field(
        None, gt=0, le=100, max_digits=7, description="Lower cut, percent of revenue."
    )
    window_days: int | None = Field(None, ge=1, le=36_500, description="Days back in which payments count.")
    currency: str | None = Field(None, pattern="^[A-Z]{3}$", description="Currency whose payments count.")

    def question(self, own: SegmentRules, zone: ZoneInfo) -> Question:
        """By the rules asked for, else the installation's own.

        Raises :class:`Invalid` for a time that cannot be read and for cuts that are out of order.
        """
        names = SegmentRules.model_fields.keys()
        rules = own.model_copy(update={n: value for n in names if (value := getattr(self, n)) is not None})
        if rules.gold_percent > rules.silver_percent:
            fault = FieldError("is less than `gold_percent`", parameter="query:silver_percent")
            raise Invalid("The cuts are out of order.", errors=[fault])
        now = datetime.now(UTC)
        as_of = min(moment("as_of", self.as_of, zone, days=1) or now, now)
        return Question(rules, as_of, moment("known_at", self.known_at, zone, days=1))


class AskedCustomers(Asked):
    """Which of the customers, and how many."""

    segment: Literal["gold", "silver", "bronze"] | None = Field(None, description="Only those in it; empty: all.")
    after: int = Field(0, ge=0, lt=2**62, description="Those after this place: `place` of the last one that was read.")
    limit: int = Field(100, ge=1, le=1000)


class Customers(BaseModel):
    """Customers who brought revenue."""

    as_of: datetime
    rules: SegmentRules
    customers: list[SegmentedCustomer]


class Said(BaseModel):
    """Something that was said of a customer."""

    at: datetime = Field(description="When it was said: the moment as of which it was true.")
    change: CustomerSegmentChanged


def router(pool: asyncpg.Pool, sales: Projection, own: SegmentRules, zone: ZoneInfo) -> APIRouter:
    """``/segments``."""
    routes = APIRouter(prefix="/segments", tags=["segments"], dependencies=[Depends(require("reports:read"))])

    @routes.get("", summary="Read how customers and revenue are divided, as of any moment and by any cuts")
    async def read_segments(principal: CurrentPrincipal, asked: Annotated[Asked, Query()]) -> Segments:
        question = asked.question(own, zone)
        async with reading_at_once(pool) as connection:
            build = await builds.live_build(connection, sales)
            return await reading.totals(connection, build, question, directions_of(principal))

    @routes.get("/customers", summary="List customers who brought revenue with their segments, who brings most first")
    async def list_customers(principal: CurrentPrincipal, asked: Annotated[AskedCustomers, Query()]) -> Customers:
        question = asked.question(own, zone)
        async with reading_at_once(pool) as connection:
            found = await reading.customers(
                connection,
                await builds.live_build(connection, sales),
                question,
                segment=asked.segment,
                after=asked.after,
                visible=directions_of(principal),
                limit=asked.limit,
            )
        return Customers(as_of=question.as_of, rules=question.rules, customers=found)

    @routes.get(
        "/customers/{customer_id}", summary="Read why a customer is in a segment: all that was said, newest first"
    )
    async def read_customer(customer_id: UUID, principal: CurrentPrincipal) -> list[Said]:
        async with reading_at_once(pool) as connection:
            build = await builds.live_build(connection, sales)
            customer = await connection.fetchrow(
                f'SELECT direction FROM "{build.schema}".customers WHERE customer_id = $1',  # noqa: S608 - our own name
                customer_id,
            )
            if customer is None or not principal.sees(customer["direction"]):
                raise NotFound("There is no such customer.")
            history = await load(connection, "analytics", segment_stream(customer_id))
        changes = [(entry.occurred_at, entry.event) for entry in reversed(history)]
        return [Said(at=at, change=change) for at, change in changes if isinstance(change, CustomerSegmentChanged)]

    return routes
