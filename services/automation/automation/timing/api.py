"""Working calendars and pending firings by HTTP."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path as File
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import asyncpg
from events.auth import CurrentPrincipal, require
from events.calls import IfMatch, directions_of, expected_version
from events.contracts.automation import DayOff, WorkingCalendarSetUp
from events.contracts.leads import Weekday, WorkingWindow
from events.cursor import Limit
from events.hours import minutes
from events.inputs import OfCustomer
from events.sqlfile import sql
from fastapi import APIRouter, Depends, Path, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from automation.timing.desk import CalendarDesk

_SQL = File(__file__).parent / "sql"
Name = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$", examples=["business"])]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is not a time zone of the IANA database") from None
    return name


def _clock(text: str) -> str:
    minutes(text)
    return text


Clock = Annotated[str, AfterValidator(_clock), Field(examples=["09:00"])]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Window(_Input):
    """Working hours of every such weekday; ``24:00`` ends a day."""

    weekday: Weekday
    opens: Clock
    closes: Clock

    @field_validator("closes")
    @classmethod
    def _closes_later(cls, closes: str, info: object) -> str:
        opens = getattr(info, "data", {}).get("opens")
        if opens is not None and minutes(closes) <= minutes(opens):
            raise ValueError("must be later than opens")
        return closes


class Free(_Input):
    """A day on which nobody works."""

    date: date
    title: str | None = Field(None, min_length=1, max_length=200)


class NewCalendar(_Input):
    """Working hours of the week and days off. Without windows the whole week is worked, but for the days off."""

    time_zone: Annotated[str, AfterValidator(_zone)] = Field(examples=["Europe/Moscow"])
    working_hours: tuple[Window, ...] = Field((), max_length=100)
    days_off: tuple[Free, ...] = Field((), max_length=2_000)


class Calendar(BaseModel):
    """A calendar as it is; version 0 was never set up."""

    calendar: str
    version: int = Field(description="For `If-Match`.")
    time_zone: str
    working_hours: tuple[WorkingWindow, ...]
    days_off: tuple[DayOff, ...]


class PendingFiring(BaseModel):
    """What a rule is to do once more is known, or later."""

    firing_id: UUID
    rule: str
    rule_version: int
    action: str
    event_id: UUID
    customer_id: UUID | None
    deal_id: UUID | None
    lead_id: UUID | None
    looks_at: datetime = Field(description="When it is looked at next: its time, if that is known.")
    why: str | None = Field(description="What it waited for when it was looked at last.")
    failed_at: datetime | None


def router(desk: CalendarDesk) -> APIRouter:
    """``/working-calendars``."""
    routes = APIRouter(prefix="/working-calendars", tags=["working calendars"])

    @routes.get("", dependencies=[Depends(require("rules:read"))], summary="Working calendars")
    async def list_calendars() -> list[Calendar]:
        return [_shown(version, content) for version, content in await desk.all()]

    @routes.get("/{calendar}", dependencies=[Depends(require("rules:read"))], summary="A working calendar")
    async def read_calendar(calendar: Name, response: Response) -> Calendar:
        version, content = await desk.read(calendar)
        response.headers["ETag"] = f'"{version}"'
        return _shown(version, content)

    @routes.put(
        "/{calendar}",
        dependencies=[Depends(require("rules:write"))],
        summary="Set up working hours and days off: `business` are the firm's own",
    )
    async def set_up_calendar(
        calendar: Name, body: NewCalendar, principal: CurrentPrincipal, response: Response, if_match: IfMatch = None
    ) -> Calendar:
        content = WorkingCalendarSetUp.model_validate(body.model_dump() | {"calendar": calendar})
        await desk.set_up(content, principal, expected_version(if_match))
        return await read_calendar(calendar, response)

    return routes


def firings_router(pool: asyncpg.Pool) -> APIRouter:
    """``/firings``."""
    routes = APIRouter(tags=["rules"])

    @routes.get("/firings", dependencies=[Depends(require("rules:read"))], summary="What rules are still to do")
    async def list_firings(
        principal: CurrentPrincipal,
        rule: str | None = None,
        customer_id: OfCustomer = None,
        deal_id: UUID | None = None,
        limit: Limit = 100,
    ) -> list[PendingFiring]:
        asked = rule, customer_id, deal_id, limit, directions_of(principal)
        rows = await pool.fetch(sql("pending_list", _SQL), *asked)
        return [PendingFiring(**row) for row in rows]

    return routes


def _shown(version: int, content: WorkingCalendarSetUp) -> Calendar:
    return Calendar(version=version, **content.model_dump())
