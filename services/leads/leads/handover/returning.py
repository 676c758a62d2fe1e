"""The end of a substitution: what is still with the substitute goes back, what has moved on stays, and it is said why.

Back go the cards that the substitute still answers for, with his open leads of them (also those that came meanwhile),
organisations, planned contacts and missed calls that are still to be returned. What was closed, held or given to others
meanwhile stays as it is; so does everything if who was away does not come back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
from events import tasks
from events.contracts.leads import HandoverReturned, InteractionReassigned, OrganisationResponsibleChanged
from events.privacy import Keyring
from events.problems import Conflict, NotFound, StaleVersion
from events.sqlfile import sql
from events.store import Append, Cause, Connection, Store, append_all

from leads.card.commands import appends_of
from leads.card.domain import decider
from leads.card.locked import lock
from leads.card.orders import HandOver
from leads.card.responsible import is_active, move_leads
from leads.card.tables import write_customers
from leads.handover.choosing import SQL
from leads.handover.handovers import complete, return_task
from leads.handover.moving import BATCH

_ASK = "UPDATE handovers SET return_asked_at = $2 WHERE id = $1 AND return_asked_at IS NULL"
_ITEMS = """
SELECT * FROM handover_items WHERE handover_id = $1 AND returned_at IS NULL AND stays_because IS NULL
 ORDER BY kind, subject_id LIMIT $2
"""
_DONE = "UPDATE handovers SET returned_at = $2, version = version + 1 WHERE id = $1"

Kept = dict[UUID, str]
"""Why something stays, by its id."""
_GONE: Final = "is closed, or another manager's by now"


class Returning:
    """Gives back what was handed over."""

    def __init__(self, store: Store, keyring: Keyring) -> None:
        self.store = store
        self._keyring = keyring

    async def ask(self, handover_id: UUID, cause: Cause, now: datetime, expected: int | None) -> None:
        """To give back now; a hand-over under way ends where it is. Raises ``NotFound``, ``StaleVersion``, ``Conflict``
        if that was done before.
        """
        async with self.store.pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow("SELECT * FROM handovers WHERE id = $1 FOR UPDATE", handover_id)
            if row is None:
                raise NotFound("There is no such hand-over.")
            if expected is not None and expected != row["version"]:
                raise StaleVersion(f"The hand-over is at version {row['version']}.")
            if row["returned_at"] is not None:
                raise Conflict("It was given back before.", code="returned")
            await connection.execute(_ASK, handover_id, now)
            await tasks.add(connection, [return_task(handover_id, "asked", now, cause)])

    async def perform(self, task: tasks.Task) -> Sequence[Append]:
        """The handler of the task: batch after batch, each a transaction."""
        while await self._batch(UUID(task.payload["handover_id"]), task.cause):
            pass
        return ()

    async def _batch(self, handover_id: UUID, cause: Cause) -> bool:
        async with self.store.pool.acquire() as connection, connection.transaction():
            now = await connection.fetchval("SELECT now()")
            row = await connection.fetchrow("SELECT * FROM handovers WHERE id = $1 FOR UPDATE", handover_id)
            if row is None or row["returned_at"] is not None:
                return False
            if row["completed_at"] is None:
                appends, goes_on = await complete(connection, row, cause, now), True
            elif items := await connection.fetch(_ITEMS, handover_id, BATCH):
                same_kind = [item for item in items if item["kind"] == items[0]["kind"]]
                appends, goes_on = await self._give_back(connection, row, same_kind, cause, now), True
            else:
                appends, goes_on = await _returned(connection, row, cause, now), False
            appended = await append_all(connection, appends)
        self.store.count(appends, appended)
        return goes_on

    async def _give_back(
        self, connection: Connection, row: asyncpg.Record, items: Sequence[asyncpg.Record], cause: Cause, now: datetime
    ) -> list[Append]:
        kept: Kept = {}
        appends: list[Append] = []
        if not await is_active(connection, row["from_manager_id"]):
            kept = {item["subject_id"]: f"{row['from_manager_id']} is not active" for item in items}
        else:
            give = getattr(self, f"_{items[0]['kind']}s")
            appends = await give(
                connection, row, {item["subject_id"]: item["to_manager_id"] for item in items}, kept, cause, now
            )
        ids = [item["subject_id"] for item in items]
        whys = [kept.get(id_) for id_ in ids]
        await connection.execute(sql("items_settle", SQL), row["id"], items[0]["kind"], ids, whys, now)
        back = sum(why is None for why in whys)
        await connection.execute(
            "UPDATE handovers SET returned = returned + $2, stayed = stayed + $3 WHERE id = $1",
            row["id"], back, len(ids) - back,
        )  # fmt: skip
        return appends

    async def _customers(
        self, connection: Connection, row: asyncpg.Record, had: dict[UUID, str], kept: Kept, cause: Cause, now: datetime
    ) -> list[Append]:
        wholes = await lock(connection, self._keyring, list(had))
        decided = {}
        back: dict[str, dict[UUID, str]] = {}
        for id_, substitute in had.items():
            whole = wholes[id_]
            order = HandOver(substitute, row["from_manager_id"], row["reason"], row["id"])
            events = () if whole.card.erased else decider(whole.root).decide(order, whole.card)
            if not events:
                kept[id_] = "was erased" if whole.card.erased else "another manager answers for the customer by now"
            elif whole.root not in decided:
                decided[whole.root] = whole, events
                back.setdefault(substitute, {}).update(dict.fromkeys(whole.members, row["from_manager_id"]))
        appends = appends_of(decided, cause, now)
        if appends:
            versions = {append.stream_id: append.expected_version + len(append.events) for append in appends}
            await write_customers(connection, versions, [e for append in appends for e in append.events], now)
        for substitute, targets in sorted(back.items()):
            why = f"Back from {substitute}, who stood in: {row['reason']}."
            appends += await move_leads(connection, targets, why, cause, now, from_manager_id=substitute)
        return appends

    async def _leads(
        self, connection: Connection, row: asyncpg.Record, had: dict[UUID, str], kept: Kept, cause: Cause, now: datetime
    ) -> list[Append]:
        found = await connection.fetch(
            "SELECT id, customer_id, manager_id FROM leads WHERE id = ANY($1::uuid[])", list(had)
        )
        appends: list[Append] = []
        for lead in sorted(found, key=lambda lead: lead["id"]):
            substitute = had[lead["id"]]
            moved = await move_leads(
                connection,
                {lead["customer_id"]: row["from_manager_id"]},
                f"Back from {substitute}, who stood in: {row['reason']}.",
                cause,
                now,
                from_manager_id=substitute,
                only=[lead["id"]],
            )
            appends += moved
            if not moved:
                kept[lead["id"]] = _GONE
        return appends

    async def _organisations(
        self, connection: Connection, row: asyncpg.Record, had: dict[UUID, str], kept: Kept, cause: Cause, now: datetime
    ) -> list[Append]:
        query = "SELECT id, version, manager_id FROM organisations WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE"
        found = await connection.fetch(query, list(had))
        return await self._rows(connection, row, found, had, kept, cause, now, "organisations_move")

    async def _contacts(
        self, connection: Connection, row: asyncpg.Record, had: dict[UUID, str], kept: Kept, cause: Cause, now: datetime
    ) -> list[Append]:
        query = (
            "SELECT id, version, customer_id, manager_id FROM interactions WHERE id = ANY($1::uuid[])"
            " AND (callback = 'due' OR state = 'planned') ORDER BY id FOR UPDATE"
        )
        found = await connection.fetch(query, list(had))
        return await self._rows(connection, row, found, had, kept, cause, now, "contacts_move")

    async def _rows(
        self,
        connection: Connection,
        row: asyncpg.Record,
        found: Sequence[asyncpg.Record],
        had: dict[UUID, str],
        kept: Kept,
        cause: Cause,
        now: datetime,
        statement: str,
    ) -> list[Append]:
        """Things that are one row each."""
        back = [one for one in found if one["manager_id"] == had[one["id"]]]
        kept.update(dict.fromkeys(had.keys() - {one["id"] for one in back}, _GONE))
        to = row["from_manager_id"]
        if back:
            await connection.execute(sql(statement, SQL), [one["id"] for one in back], [to] * len(back))
        events = [
            InteractionReassigned(
                interaction_id=one["id"],
                manager_id=to,
                previous_manager_id=had[one["id"]],
                customer_id=one["customer_id"],
                handover_id=row["id"],
            )
            if statement == "contacts_move"
            else OrganisationResponsibleChanged(
                organisation_id=one["id"],
                manager_id=to,
                previous_manager_id=had[one["id"]],
                reason=row["reason"],
                handover_id=row["id"],
            )
            for one in back
        ]
        return [
            Append(one["id"], one["version"], (event,), cause, now) for one, event in zip(back, events, strict=True)
        ]


async def _returned(connection: Connection, row: asyncpg.Record, cause: Cause, now: datetime) -> list[Append]:
    await connection.execute(_DONE, row["id"], now)
    event = HandoverReturned(
        handover_id=row["id"],
        from_manager_id=row["from_manager_id"],
        returned=row["returned"],
        stayed=row["stayed"],
    )
    return [Append(row["id"], row["version"], (event,), cause, now)]
