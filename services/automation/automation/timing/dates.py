"""The dates that cards hold, one row each as they stand: what the clock looks through.

They follow the facts. Birthdays are sealed: a durable task opens them with the customer's key, and only the month and
the day are kept, until the customer is erased.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg
from events.contracts.leads import CustomerDetailsChanged, CustomerErased
from events.envelope import Recorded
from events.privacy import Keys
from events.sqlfile import sql
from events.store import Append, Connection, deterministic_id
from events.store import Cause as Origin
from events.tasks import NewTask, Retry, Task, add

from automation.actions.effect import ACTOR
from automation.facts.told import told
from automation.timing.when import read_date

BIRTHDAY_TASK: Final = "birthday"
_SQL = Path(__file__).parent / "sql"
_NAMES = frozenset(("expected_on", "wake_at", "guarantee_until", "postponed_until"))


async def keep(connection: Connection, recorded: Sequence[Recorded]) -> Sequence[Append]:
    """Writes the dates that a batch tells, in the transaction of the watermark."""
    rows: dict[tuple[UUID, str], tuple[object, ...]] = {}
    for entry in recorded:
        for said in told(entry):
            if said.name in _NAMES or said.name.startswith("fields."):
                key = (said.subject_id, f"{said.subject}.{said.name}")
                row = (
                    *key,
                    getattr(entry.event, "customer_id", None),
                    _day(said.value),
                    entry.recorded_at,
                    entry.version,
                )
                if key not in rows or rows[key][-2:] < row[-2:]:
                    rows[key] = row
    if rows:
        await connection.execute(sql("dates_keep", _SQL), *map(list, zip(*rows.values(), strict=True)))
    await add(connection, [task for entry in recorded if (task := _birthday(entry))])
    if erased := [entry.event.customer_id for entry in recorded if isinstance(entry.event, CustomerErased)]:
        await connection.execute(sql("dates_forget", _SQL), erased)
    return []


def _day(value: Any) -> date | None:
    found = read_date(value)
    return found.date() if isinstance(found, datetime) else found


def _birthday(entry: Recorded) -> NewTask | None:
    """The task that reads a birthday, or a cleared one."""
    if not isinstance(entry.event, CustomerDetailsChanged):
        return None
    changed = [change for change in entry.event.changes if change.detail == "birthday"]
    if not changed:
        return None
    payload = {
        "customer_id": str(entry.event.customer_id),
        "sealed": changed[-1].value,
        "version": entry.version,
        "recorded_at": entry.recorded_at.isoformat(),
    }
    origin = Origin(ACTOR, entry.correlation_id, entry.id, entry.traceparent)
    return NewTask(deterministic_id(entry.id, "birthday"), BIRTHDAY_TASK, payload, entry.recorded_at, origin)


@dataclass(frozen=True)
class Birthdays:
    """The handler of those tasks. What it writes may be written again; a newer one is left as it is."""

    pool: asyncpg.Pool
    keys: Keys

    async def read(self, task: Task) -> Sequence[Append]:
        """Raises ``Retry`` while the card is not here, and ``KeysUnavailable``."""
        customer_id, sealed = UUID(task.payload["customer_id"]), task.payload["sealed"]
        month_day = None
        if sealed is not None:
            key = (await self.keys.read([customer_id])).get(customer_id)
            text = key.open(sealed) if key else None
            month_day = text[-5:] if text else None
        async with self.pool.acquire() as connection, connection.transaction():
            # Whoever erases the customer writes this row first: either he waits for us, or we see that he has.
            is_erased = await connection.fetchval(
                "SELECT erased FROM contacts WHERE customer_id = $1 FOR UPDATE", customer_id
            )
            if is_erased is None:
                raise Retry("the customer's card has not arrived yet", awaited=True)
            if not is_erased:
                at = datetime.fromisoformat(task.payload["recorded_at"])
                await connection.execute(
                    sql("birthday_keep", _SQL), customer_id, month_day, at, task.payload["version"]
                )
        return []
