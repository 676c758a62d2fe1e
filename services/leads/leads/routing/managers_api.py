"""Managers by HTTP: what they may get, when they work, when they are not there, and whether they are there now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import asyncpg
import orjson
from events.auth import CurrentPrincipal, require
from events.calls import IfMatch, cause_of_call, expected_version
from events.contracts.leads import ManagerSetUp, WorkingWindow
from events.hours import minutes
from events.problems import NotFound
from events.second_wall import across_lines
from events.store import Store, deterministic_id
from fastapi import APIRouter, Depends, Header, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from uuid_utils.compat import uuid7

from leads.admin_api import ManagerId as OfManager
from leads.routing import manager_commands
from leads.routing.desk import MOST_WEIGHT, away
from leads.routing.manager import BeAbsent, CancelAbsence, SetUp
from leads.routing.models import Folded, Frozen, ManagerId, Moment, Name, Slug
from leads.routing.reading import read_desk

Reason = Literal["holiday", "sick_leave", "business_trip", "training", "other"]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is not an IANA time zone") from None
    return name


class Window(WorkingWindow):
    """A window of every such weekday. One that passes midnight is two windows."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={
        "examples": [{"weekday": "mon", "opens": "09:00", "closes": "18:00"}]})  # fmt: skip

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Window:
        if minutes(self.opens) >= minutes(self.closes):
            raise ValueError("a window closes after it opens, on the same day")
        return self


class NewManager(Frozen):
    """Somebody leads are given to. Empty lists mean everything."""

    name: Name
    active: bool = True
    department: Name | None = None
    teams: tuple[Name, ...] = Field((), max_length=50)
    directions: tuple[Name, ...] = Field((), max_length=100, description="Lines of business he gets.")
    languages: tuple[Folded, ...] = Field((), max_length=50, description="Languages he speaks: `ru`, `en`.")
    sources: tuple[Name, ...] = Field((), max_length=200, description="Sources whose leads he gets.")
    time_zone: Annotated[str, AfterValidator(_zone)] = Field("UTC", max_length=64, examples=["Europe/Moscow"])
    working_hours: tuple[Window, ...] = Field((), max_length=50, description="By his wall clock; empty: always.")
    calendar: Slug | None = Field(None, description="Name of a calendar of days off.")
    open_limit: int | None = Field(None, ge=0, le=100_000, description="Most leads in work at once.")
    weight: int = Field(1, ge=1, le=MOST_WEIGHT, description="His share of a round robin.")


class Manager(BaseModel):
    """A manager, and when he last got a lead."""

    id: str
    version: int = Field(description="For `If-Match`.")
    name: str
    active: bool
    department: str | None
    teams: list[str]
    directions: list[str]
    languages: list[str]
    sources: list[str]
    time_zone: str
    working_hours: list[WorkingWindow]
    calendar: str | None
    open_limit: int | None
    weight: int
    last_assigned_at: datetime | None


class NewAbsence(Frozen):
    """He is not there from `starts` until before `ends`."""

    starts: Moment
    ends: Moment
    reason: Reason = "other"
    deputy_id: ManagerId | None = Field(None, description="Who gets his own customers meanwhile.")


class Absence(BaseModel):
    """A time at which a manager is not there."""

    absence_id: UUID
    starts: datetime
    ends: datetime
    reason: str
    deputy_id: str | None


class Change(BaseModel):
    """Something that was set of a manager: what, when and by whom."""

    version: int
    what: str = Field(description="Type of the event.", examples=["manager.set-up.v1"])
    set_at: datetime
    set_by: str
    facts: dict[str, Any]


class Presence(BaseModel):
    """Can he take leads at this moment?"""

    manager_id: str
    present: bool
    why: str | None = Field(description="Why not.")
    until: datetime | None = Field(description="When to look again.")
    load: int = Field(description="Leads in work: his, and not judged yet.")
    open_limit: int | None


def managers_router(store: Store, now: Callable[[], datetime]) -> APIRouter:
    """``/managers``."""
    routes = APIRouter(prefix="/managers", tags=["Managers"])
    pool = store.pool
    reads, sets = [Depends(require("leads:read"))], [Depends(require("leads:assign"))]

    @routes.put("/{manager_id}", dependencies=sets, summary="Set a manager up")
    async def put_manager(
        manager_id: OfManager,
        new: NewManager,
        principal: CurrentPrincipal,
        response: Response,
        if_match: IfMatch = None,
    ) -> Manager:
        profile = ManagerSetUp(manager_id=manager_id, **new.model_dump())
        cause = cause_of_call(principal)
        await manager_commands.run(store, manager_id, SetUp(profile), cause, now(), expected_version(if_match))
        return await _read(pool, manager_id, response)

    @routes.get("", dependencies=reads, summary="List managers")
    async def list_managers() -> list[Manager]:
        return [_manager(row) for row in await pool.fetch("SELECT * FROM managers ORDER BY id LIMIT 1000")]

    @routes.get("/presence", dependencies=reads, summary="Who can take leads now, and how many each has")
    async def presence() -> list[Presence]:
        at = now()
        with across_lines("how much a manager has counts all that he has"):
            async with pool.acquire() as connection:
                desk = await read_desk(connection, [], at, locked=False)
        shown = []
        for one in desk.managers.values():
            out, opens = away(one, at), one.schedule.opens_at(at)
            why = out.why if out else None if opens == at else "outside of working hours"
            shown.append(
                Presence(
                    manager_id=one.id,
                    present=why is None,
                    why=why,
                    until=out.until if out else None if opens == at else opens,
                    load=one.load,
                    open_limit=one.open_limit,
                )
            )
        return shown

    @routes.get("/{manager_id}", dependencies=reads, summary="Read a manager")
    async def read_manager(manager_id: OfManager, response: Response) -> Manager:
        return await _read(pool, manager_id, response)

    @routes.get("/{manager_id}/history", dependencies=reads, summary="Who set what of a manager, and when")
    async def read_history(manager_id: OfManager) -> list[Change]:
        return [
            Change(
                version=entry.version,
                what=entry.type,
                set_at=entry.occurred_at,
                set_by=entry.actor,
                facts=orjson.loads(entry.body),
            )
            for entry in await manager_commands.history_of(store, manager_id)
        ]

    @routes.post("/{manager_id}/absences", dependencies=sets, status_code=201, summary="Say when a manager is absent")
    async def be_absent(
        manager_id: OfManager,
        new: NewAbsence,
        principal: CurrentPrincipal,
        idempotency_key: Annotated[str | None, Header(max_length=200)] = None,
    ) -> Absence:
        key = (principal.kind, principal.id, idempotency_key)
        absence_id = deterministic_id("absence", "key", manager_id, *key) if idempotency_key else uuid7()
        command = BeAbsent(absence_id, new.starts, new.ends, new.reason, new.deputy_id)
        await manager_commands.run(store, manager_id, command, cause_of_call(principal), now())
        (absence,) = await _absences(pool, manager_id, absence_id)
        return absence

    @routes.get("/{manager_id}/absences", dependencies=reads, summary="List a manager's absences, the latest first")
    async def list_absences(manager_id: OfManager) -> list[Absence]:
        return await _absences(pool, manager_id, None)

    @routes.delete(
        "/{manager_id}/absences/{absence_id}", dependencies=sets, status_code=204, summary="Cancel an absence"
    )
    async def cancel_absence(manager_id: OfManager, absence_id: UUID, principal: CurrentPrincipal) -> None:
        await manager_commands.run(store, manager_id, CancelAbsence(absence_id), cause_of_call(principal), now())

    return routes


async def _read(pool: asyncpg.Pool, manager_id: str, response: Response) -> Manager:
    row = await pool.fetchrow("SELECT * FROM managers WHERE id = $1", manager_id)
    if row is None:
        raise NotFound("There is no such manager.")
    response.headers["ETag"] = f'"{row["version"]}"'
    return _manager(row)


def _manager(row: asyncpg.Record) -> Manager:
    return Manager(**{**row, "working_hours": orjson.loads(row["working_hours"])})


async def _absences(pool: asyncpg.Pool, manager_id: str, absence_id: UUID | None) -> list[Absence]:
    rows = await pool.fetch(
        "SELECT id AS absence_id, starts, ends, reason, deputy_id FROM absences"
        " WHERE manager_id = $1 AND cancelled_at IS NULL AND ($2::uuid IS NULL OR id = $2)"
        " ORDER BY starts DESC, id LIMIT 500",
        manager_id,
        absence_id,
    )
    return [Absence(**row) for row in rows]
