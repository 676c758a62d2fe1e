"""Automation asks who is on a list, for a mailing or a sequence: it is told once, as it is at that moment.

A durable task each, for a list by criteria is worked out over all cards; what it reads is one moment's, and what it
says is appended with its end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from events.contracts.automation import ListReadingRequested
from events.contracts.leads.lists import ListRead, ListReadingRefused
from events.decider import Rejected
from events.envelope import Received
from events.event import Event
from events.store import Append, Cause, Connection, Store, deterministic_id
from events.tasks import NewTask, Task, add

from leads.asked.once import fresh
from leads.lists.domain import MOST_FROZEN, MOST_OF_EVENT
from leads.lists.reading import Selecting, selection_of
from leads.lists.sealed_values import SealedIndexes

KIND: Final = "leads.tell_list"
GIVE_UP_AFTER: Final = 24
"""Attempts: with pauses of at most an hour this is half a day."""


@dataclass(frozen=True)
class Telling:
    """The reaction to requests, and the handler of their tasks."""

    store: Store
    indexes: SealedIndexes

    async def react(self, connection: Connection, records: Sequence[Received]) -> Sequence[Append]:
        """Notes the work; a request is answered once, however often it comes."""
        asked = {one.stream_id: one.recorded() for one in records if one.type == ListReadingRequested.type}
        if asked:
            new = await fresh(connection, asked)
            tasks = [
                NewTask(
                    request_id,
                    KIND,
                    entry.event.model_dump(mode="json"),
                    entry.recorded_at,
                    Cause("service:leads", entry.correlation_id, entry.id, entry.traceparent),
                )
                for request_id, entry in asked.items()
                if request_id in new
            ]
            await add(connection, tasks)
        return ()

    async def tell(self, task: Task) -> Sequence[Append]:
        """Who is on the list, in parts; or why that is not told."""
        asked = ListReadingRequested.model_validate(task.payload)
        now = datetime.now(UTC)
        try:
            customers = await self._on(asked, now)
        except Rejected as rejected:
            return _answer(task, [_refused(asked, rejected.code, str(rejected))], now)
        parts = [customers[n : n + MOST_OF_EVENT] for n in range(0, len(customers), MOST_OF_EVENT)] or [[]]
        told = [
            ListRead(
                request_id=asked.request_id, list_id=asked.list_id, part=n, parts=len(parts), customer_ids=tuple(part)
            )
            for n, part in enumerate(parts, 1)
        ]
        return _answer(task, told, now)

    def gave_up(self, task: Task, reason: str) -> Sequence[Append]:
        """What is said when all attempts failed."""
        asked = ListReadingRequested.model_validate(task.payload)
        return _answer(task, [_refused(asked, "gave_up", reason)], datetime.now(UTC))

    async def _on(self, asked: ListReadingRequested, now: datetime) -> list[UUID]:
        sees = None if asked.directions is None else list(asked.directions)
        async with (
            self.store.pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            row = await connection.fetchrow("SELECT * FROM lists WHERE id = $1", asked.list_id)
            if row is None or not (sees is None or row["direction"] is None or row["direction"] in sees):
                raise Rejected("no_list", "There is no such list.")
            if row["closed"]:
                raise Rejected("closed", "The list is closed.")
            selecting = Selecting(connection, self.indexes)
            which = await selecting.compiled(selection_of(row), sees, now)
            found = await selecting.ids(which, MOST_FROZEN + 1, "selected_told")
        if len(found) > MOST_FROZEN:
            raise Rejected("too_many", f"The list selects more than {MOST_FROZEN} customers.")
        return found


def _refused(asked: ListReadingRequested, code: str, reason: str) -> ListReadingRefused:
    told = {"request_id": asked.request_id, "list_id": asked.list_id, "code": code, "reason": reason}
    return ListReadingRefused.model_validate(told)


def _answer(task: Task, events: Sequence[Event], now: datetime) -> Sequence[Append]:
    return [Append(deterministic_id("list reading", task.id), 0, events, task.cause, now)]
