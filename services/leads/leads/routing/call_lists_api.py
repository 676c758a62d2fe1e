"""Call lists by HTTP: put leads on them, take the next one to call, say what came of the call."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import asyncpg
from events.auth import CurrentPrincipal, Principal, require
from events.calls import IfMatch, cause_of_call, directions_of, expected_version
from events.contracts.leads import CallListLeadAdded, CallResult
from events.cursor import Cursor, Limit, read_cursor, write_cursor
from events.privacy import Keyring
from events.problems import Conflict, Invalid, NotFound, StaleVersion
from events.sealed import Sealed
from events.sqlfile import sql
from events.store import Connection, Store, append_all
from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field
from uuid_utils.compat import uuid7

from leads.managers import is_active
from leads.routing import call_entries, versions
from leads.routing.call_entry import RecordCall, Remove
from leads.routing.models import Frozen, ManagerId, Moment
from leads.routing.processing_api import who
from leads.routing.reading import SQL
from leads.routing.settings_api import CALL_LIST, CallList, Named


class AddLeads(Frozen):
    """Leads to be put on the list."""

    lead_ids: list[UUID] = Field(min_length=1, max_length=1_000)
    due_at: Moment | None = Field(None, description="Not to be called before; empty: now.")


class Added(BaseModel):
    """What became of one lead: `there` stands on the list already, `unknown` cannot be seen or is closed."""

    lead_id: UUID
    outcome: Literal["added", "there", "unknown"]


class Entry(BaseModel):
    """A lead on a call list."""

    entry_id: UUID
    version: int = Field(description="For `If-Match`.")
    call_list: str
    lead_id: UUID
    customer_id: UUID
    state: Literal["waiting", "called", "no_answer", "done"]
    attempts: int
    due_at: datetime
    outcome: str | None = Field(description="How it ended: what the call gave, `unreachable`, `lead_closed` …")
    leased_to: str | None = Field(description="Who calls now.")
    leased_until: datetime | None


class EntryPage(BaseModel):
    """Entries, by the time they are due."""

    entries: list[Entry]
    next: str | None


class Caller(Frozen):
    """Who calls."""

    manager_id: ManagerId | None = Field(None, description="Empty: the caller. For another it needs leads:assign.")


class Next(BaseModel):
    """The lead to call now, kept for this manager for 15 minutes; empty if none is due."""

    entry: Entry | None


class CallMade(Caller):
    """What came of a call."""

    result: CallResult
    call_again_at: Moment | None = Field(None, description="For `call_later`.")
    comment: str | None = Field(None, max_length=10_000, description="Sealed with the customer's key.")


class Removal(Frozen):
    """Why it is not called any more."""

    reason: str = Field(min_length=1, max_length=100, pattern=r"^[a-z0-9_-]+$", examples=["not-needed"])


_VISIBLE = """
SELECT id, customer_id, direction FROM leads
 WHERE id = ANY($1::uuid[]) AND status <> 'disqualified'
   AND ($2::text[] IS NULL OR direction IS NULL OR direction = ANY($2))
"""


def call_lists_router(store: Store, now: Callable[[], datetime]) -> APIRouter:
    """``/call-lists/{name}/…``; the lists themselves are settings."""
    routes = APIRouter(tags=["Call lists"])
    pool = store.pool
    reads, writes = [Depends(require("leads:read"))], [Depends(require("leads:write"))]

    @routes.post("/call-lists/{name}/leads", dependencies=writes, summary="Put leads on a call list")
    async def add_leads(name: Named, body: AddLeads, principal: CurrentPrincipal) -> list[Added]:
        await _list(pool, name, principal)
        at, cause = now(), cause_of_call(principal)
        async with pool.acquire() as connection, connection.transaction():
            rows = await connection.fetch(_VISIBLE, body.lead_ids, directions_of(principal))
            added = [
                CallListLeadAdded(
                    entry_id=uuid7(),
                    call_list=name,
                    lead_id=row["id"],
                    customer_id=row["customer_id"],
                    due_at=body.due_at or at,
                    direction=row["direction"],
                )
                for row in rows
            ]
            decisions = await call_entries.add(connection, [(event, cause) for event in added], at)
            appended = await append_all(connection, decisions)
        store.count(decisions, appended)
        new = {decision.stream_id for decision in decisions}
        outcomes: dict[UUID, Any] = {one.lead_id: "added" if one.entry_id in new else "there" for one in added}
        return [Added(lead_id=one, outcome=outcomes.get(one, "unknown")) for one in body.lead_ids]

    @routes.get("/call-lists/{name}/leads", dependencies=reads, summary="List the leads of a call list")
    async def list_leads(
        name: Named,
        principal: CurrentPrincipal,
        state: Literal["waiting", "called", "no_answer", "done"] | None = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> EntryPage:
        await _list(pool, name, principal)
        seen = directions_of(principal)
        rows = await pool.fetch(sql("call_entries_list", SQL), name, state, seen, *read_cursor(cursor), limit + 1)
        shown = [_entry(row) for row in rows[:limit]]
        return EntryPage(
            entries=shown, next=write_cursor(shown[-1].due_at, shown[-1].entry_id) if len(rows) > limit else None
        )

    @routes.post("/call-lists/{name}/next", dependencies=writes, summary="Take the next lead to call")
    async def take_next(name: Named, body: Caller, principal: CurrentPrincipal) -> Next:
        call_list = await _list(pool, name, principal)
        if not call_list.active:
            raise Conflict("The call list is not active.", hint="rule: inactive")
        manager_id = who(body.manager_id, principal)
        async with pool.acquire() as connection:
            await _check_active(connection, manager_id)
        row = await call_entries.next_for(pool, name, manager_id, directions_of(principal), now())
        return Next(entry=_entry(row) if row else None)

    return routes


def call_entries_router(store: Store, keyring: Keyring, now: Callable[[], datetime]) -> APIRouter:
    """``/call-entries``: one lead on one list."""
    routes = APIRouter(prefix="/call-entries", tags=["Call lists"])
    pool = store.pool
    reads, writes = [Depends(require("leads:read"))], [Depends(require("leads:write"))]

    @routes.post("/{entry_id}/calls", dependencies=writes, summary="Say what came of a call")
    async def record_call(
        entry_id: UUID, body: CallMade, principal: CurrentPrincipal, response: Response, if_match: IfMatch = None
    ) -> Entry:
        manager_id, at = who(body.manager_id, principal), now()

        async def prepare(connection: Connection, row: asyncpg.Record) -> RecordCall:
            _check_visible(row, principal)
            _check_version(row, if_match)
            await _check_active(connection, manager_id)
            if row["leased_to"] not in (None, manager_id) and row["leased_until"] > at:
                raise Conflict(f"{row['leased_to']} is calling.", hint="rule: leased")
            call_list = await _list(connection, row["call_list"], principal)
            comment = await _sealed(connection, keyring, row["customer_id"], body.comment)
            pause = timedelta(minutes=call_list.retry_minutes)
            return RecordCall(manager_id, body.result, at, pause, call_list.most_attempts, body.call_again_at, comment)

        await call_entries.run(store, entry_id, prepare, cause_of_call(principal), at)
        return await _read(pool, entry_id, principal, response)

    @routes.post("/{entry_id}/remove", dependencies=writes, summary="Take a lead off its call list")
    async def remove(
        entry_id: UUID, body: Removal, principal: CurrentPrincipal, response: Response, if_match: IfMatch = None
    ) -> Entry:
        async def prepare(_: Connection, row: asyncpg.Record) -> Remove:
            _check_visible(row, principal)
            _check_version(row, if_match)
            return Remove(body.reason)

        await call_entries.run(store, entry_id, prepare, cause_of_call(principal), now())
        return await _read(pool, entry_id, principal, response)

    @routes.get("/{entry_id}", dependencies=reads, summary="Read an entry of a call list")
    async def read_entry(entry_id: UUID, principal: CurrentPrincipal, response: Response) -> Entry:
        return await _read(pool, entry_id, principal, response)

    return routes


async def _list(connection: Connection | asyncpg.Pool, name: str, principal: Principal) -> CallList:
    kept = (await versions.newest(connection, [CALL_LIST + name])).get(CALL_LIST + name)
    if kept is None:
        raise NotFound("There is no such call list.")
    call_list = CallList.model_validate(kept.content)
    if not principal.sees(call_list.direction):
        raise NotFound("There is no such call list.")
    return call_list


def _check_visible(row: asyncpg.Record, principal: Principal) -> None:
    if not principal.sees(row["direction"]):
        raise NotFound("There is no such entry.")


def _check_version(row: asyncpg.Record, if_match: str | None) -> None:
    expected = expected_version(if_match)
    if expected is not None and expected != row["version"]:
        raise StaleVersion(f"The entry is at version {row['version']}.")


async def _read(pool: asyncpg.Pool, entry_id: UUID, principal: Principal, response: Response) -> Entry:
    row = await pool.fetchrow("SELECT * FROM call_entries WHERE id = $1", entry_id)
    if row is None:
        raise NotFound("There is no such entry.")
    _check_visible(row, principal)
    response.headers["ETag"] = f'"{row["version"]}"'
    return _entry(row)


async def _check_active(connection: Connection, manager_id: str) -> None:
    if not await is_active(connection, manager_id):
        raise Invalid("There is no such active manager.", hint="rule: unknown_manager")


async def _sealed(
    connection: Connection, keyring: Keyring, customer_id: UUID, comment: str | None
) -> Sealed[str] | None:
    if comment is None:
        return None
    keys = await keyring.read(connection, [customer_id])
    if customer_id not in keys:
        raise Conflict("The customer is erased: nothing can be written about this person.", hint="rule: no_key")
    return keys[customer_id].seal(comment)


def _entry(row: asyncpg.Record | None) -> Entry:
    assert row is not None
    return Entry(entry_id=row["id"], **row)
