"""Entries of call lists in the database: added, leased to one caller at a time, and what became of each call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg
from events.contracts.leads import CallListLeadAdded
from events.decider import Rejected
from events.problems import Conflict, Invalid, NotFound
from events.sqlfile import sql
from events.store import Append, Cause, Connection, Store, append_one, load

from leads.routing.call_entry import ENTRY, Command, Done, NotListed, Open, State, shown

SQL: Final = Path(__file__).parent / "sql"
LEASE: Final = timedelta(minutes=15)
"""How long an entry is kept for who asked for it."""


async def add(connection: Connection, added: Sequence[tuple[CallListLeadAdded, Cause]], now: datetime) -> list[Append]:
    """Puts leads on lists, those left out that stand there already; returns what is to be appended."""
    if not added:
        return []
    events = [event for event, _ in added]
    names = ("entry_id", "call_list", "lead_id", "customer_id", "direction", "due_at")
    rows = await connection.fetch(
        sql("call_entries_add", SQL), *([getattr(event, name) for event in events] for name in names)
    )
    new = {row["id"] for row in rows}
    return [Append(event.entry_id, 0, [event], cause, now) for event, cause in added if event.entry_id in new]


async def next_for(
    pool: asyncpg.Pool, call_list: str, manager_id: str, directions: list[str] | None, now: datetime
) -> asyncpg.Record | None:
    """The entry a manager calls next, leased to him: the one he has, else the one that has waited longest."""
    return await pool.fetchrow(sql("call_entries_next", SQL), call_list, manager_id, directions, now, now + LEASE)


async def run(
    store: Store,
    entry_id: UUID,
    prepare: Callable[[Connection, asyncpg.Record], Awaitable[Command]],
    cause: Cause,
    now: datetime,
) -> None:
    """Runs a command on an entry; returns after commit. Raises :class:`NotFound`, :class:`Conflict`, :class:`Invalid`.

    ``prepare`` makes the command from the locked row and may refuse.
    """
    async with store.pool.acquire() as connection, connection.transaction():
        row = await connection.fetchrow("SELECT * FROM call_entries WHERE id = $1 FOR UPDATE", entry_id)
        if row is None:
            raise NotFound("There is no such entry.")
        decision = await _decide(connection, store.service, row, await prepare(connection, row), cause, now)
        if decision is None:
            return
        appended = await append_one(connection, decision)
    store.count([decision], [appended])


async def close_those_of(
    connection: Connection, service: str, closed: dict[UUID, Cause], remove: Command, now: datetime
) -> list[Append]:
    """Ends the open entries of leads that were closed; returns what is to be appended."""
    rows = await connection.fetch(
        "SELECT * FROM call_entries WHERE lead_id = ANY($1::uuid[]) AND state <> 'done' ORDER BY id FOR UPDATE",
        sorted(closed),
    )
    decisions = [await _decide(connection, service, row, remove, closed[row["lead_id"]], now) for row in rows]
    return [decision for decision in decisions if decision is not None]


async def _decide(
    connection: Connection, service: str, row: asyncpg.Record, command: Command, cause: Cause, now: datetime
) -> Append | None:
    history = await load(connection, service, row["id"])
    state = ENTRY.fold(recorded.event for recorded in history)
    try:
        events = ENTRY.decide(command, state)
    except Rejected as rejected:
        kind = {"done": Conflict, "no_entry": NotFound}.get(rejected.code, Invalid)
        raise kind(str(rejected), hint=f"rule: {rejected.code}") from None
    if not events:
        return None
    await _save(connection, row["id"], len(history) + len(events), ENTRY.fold(events, state))
    return Append(row["id"], len(history), events, cause, now)


async def _save(connection: Connection, entry_id: UUID, version: int, state: State) -> None:
    assert not isinstance(state, NotListed)
    due_at = state.due_at if isinstance(state, Open) else None
    outcome = state.outcome if isinstance(state, Done) else None
    await connection.execute(
        sql("call_entry_save", SQL), entry_id, version, shown(state), state.attempts, due_at, outcome
    )
