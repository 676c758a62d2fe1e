"""The managers as they stand in the tables: who works where, what each has to do, how his deals went."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg
from events.contracts.automation import ManagerChoice
from events.sqlfile import sql
from events.store import Connection

from automation.managers.picking import Manager, Picked, Sales, pick

SQL: Final = Path(__file__).parent / "sql"


@dataclass
class Office:
    """``now`` is the time of the database. Whoever is chosen has a task more for the next choice."""

    now: datetime
    managers: dict[str, Manager]
    sales: dict[tuple[int, str | None], dict[str, Sales]] = field(default_factory=dict)

    def pick(self, choice: ManagerChoice, direction: str | None, current: str | None = None) -> Picked:
        """Chooses."""
        sales = self.sales.get(period(choice), {})
        return pick(choice, list(self.managers.values()), sales, direction, current)

    def chose(self, manager_id: str, *, is_task: bool) -> datetime:
        """Notes that somebody was chosen; when that was, later than all before."""
        self.now += timedelta(microseconds=1)
        if manager := self.managers.get(manager_id):
            tasks = manager.open_tasks + is_task
            self.managers[manager_id] = replace(manager, open_tasks=tasks, chosen_at=self.now)
        return self.now


def period(choice: ManagerChoice) -> tuple[int, str | None]:
    """What figures a choice of the best is made by."""
    return choice.days, choice.currency


async def managers_now(connection: Connection | asyncpg.Pool, now: datetime) -> dict[str, Manager]:
    """The managers who work here, by name."""
    return {
        row["manager_id"]: Manager(
            row["manager_id"],
            frozenset(row["directions"]),
            frozenset(row["teams"]),
            row["department"],
            row["weight"],
            row["is_away"],
            row["open_tasks"],
            row["chosen_at"],
        )
        for row in await connection.fetch(sql("managers_now", SQL), now)
    }


async def office(connection: Connection, choices: Iterable[ManagerChoice]) -> Office:
    """What these choices are made by, as it is now."""
    now: datetime = await connection.fetchval("SELECT clock_timestamp()")
    made = Office(now, await managers_now(connection, now))
    for days, currency in {period(choice) for choice in choices if choice.by == "best"}:
        rows = await connection.fetch(sql("sales_since", SQL), now - timedelta(days=days), currency)
        made.sales[days, currency] = {row["manager_id"]: Sales(row["won"], row["lost"], row["amount"]) for row in rows}
    return made


async def subjects_now(connection: Connection, ids: Collection[UUID]) -> dict[UUID, tuple[str | None, str | None]]:
    """Who answers for each of these deals, leads and customers, and its line of business."""
    rows = await connection.fetch(sql("subjects_now", SQL), list(ids)) if ids else []
    return {row["id"]: (row["responsible"], row["direction"]) for row in rows}
