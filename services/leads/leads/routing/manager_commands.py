"""Commands on managers: the row, the absences and the events in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import orjson
from events.contracts.leads import ManagerAbsenceCancelled, ManagerAbsent, ManagerSetUp
from events.decider import Rejected
from events.envelope import Recorded
from events.event import Event
from events.problems import Invalid, NotFound, StaleVersion
from events.sqlfile import sql
from events.store import Append, Cause, Connection, Store, append_one, load
from events.store import Conflict as Moved
from events.streams import manager_stream

from leads.routing.manager import MANAGER, Command

SQL: Final = Path(__file__).parent / "sql"
_PROFILE: Final = (
    "name", "active", "department", "teams", "directions", "languages", "sources", "time_zone", "calendar",
    "open_limit", "weight",
)  # fmt: skip


async def run(
    store: Store, manager_id: str, command: Command, cause: Cause, now: datetime, expected_version: int | None = None
) -> int:
    """Decides and appends; returns the version after commit.

    Raises :class:`NotFound`, :class:`Invalid`, and :class:`StaleVersion` for another version than expected.
    """
    stream = manager_stream(manager_id)
    async with store.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM managers WHERE id = $1 FOR UPDATE", manager_id)
        history = await load(connection, store.service, stream)
        if expected_version is not None and expected_version != len(history):
            raise StaleVersion(f"The manager is at version {len(history)}.")
        state = MANAGER.fold(recorded.event for recorded in history)
        try:
            events = MANAGER.decide(command, state)
        except Rejected as rejected:
            kind = NotFound if rejected.code in ("no_manager", "no_absence") else Invalid
            raise kind(str(rejected), hint=f"rule: {rejected.code}") from None
        if not events:
            return len(history)
        version = len(history) + len(events)
        for event in events:
            await _save(connection, event, version, now)
        decision = Append(stream, len(history), events, cause, now)
        try:
            appended = await append_one(connection, decision)
        except Moved:
            raise StaleVersion("Somebody set the manager up at the same moment.") from None
    store.count([decision], [appended])
    return version


async def history_of(store: Store, manager_id: str) -> Sequence[Recorded]:
    """What was ever set of a manager, oldest first."""
    return await store.load(manager_stream(manager_id))


async def _save(connection: Connection, event: Event, version: int, now: datetime) -> None:
    match event:
        case ManagerSetUp():
            windows = orjson.dumps([window.model_dump() for window in event.working_hours]).decode()
            given = [getattr(event, name) for name in _PROFILE]
            await connection.execute(sql("manager_save", SQL), event.manager_id, version, windows, *given)
            return
        case ManagerAbsent():
            await connection.execute(
                "INSERT INTO absences (id, manager_id, starts, ends, reason, deputy_id)"
                " VALUES ($1, $2, $3, $4, $5, $6)",
                event.absence_id, event.manager_id, event.starts, event.ends, event.reason, event.deputy_id,
            )  # fmt: skip
        case ManagerAbsenceCancelled():
            await connection.execute("UPDATE absences SET cancelled_at = $2 WHERE id = $1", event.absence_id, now)
        case _:
            raise AssertionError(event.type)
    await connection.execute("UPDATE managers SET version = $2 WHERE id = $1", event.manager_id, version)
