"""Automation asks who is on a list, for a mailing or a sequence: it is told once, as it is at one moment.

A chain of durable tasks. The first keeps who is on it, by one statement in the transaction that ends the task; each of
the next tells some parts of what was kept, and its end, its events and the next task are one transaction. So a list of
any size is told with little memory, everybody once, whichever worker dies, and whatever becomes of the list meanwhile.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from events.contracts.automation import ListReadingRequested
from events.contracts.leads.lists import ListRead, ListReadingRefused
from events.decider import Rejected
from events.envelope import Received
from events.event import Event
from events.sqlfile import sql
from events.store import Append, Cause, Connection, Store, deterministic_id
from events.tasks import Done, NewTask, Task, add

from leads.asked.once import fresh
from leads.lists import SQL
from leads.lists.compiling import Compiled
from leads.lists.domain import MOST_OF_EVENT
from leads.lists.reading import Selecting, selection_of
from leads.lists.sealed_values import SealedIndexes

KIND: Final = "leads.tell_list"
PORTION: Final = "leads.tell_list_portion"
PARTS_AT_ONCE: Final = 20
"""Events of a transaction, each of ``MOST_OF_EVENT`` customers."""
GIVE_UP_AFTER: Final = 24
"""Attempts: with pauses of at most an hour this is half a day."""


@dataclass(frozen=True)
class Telling:
    """The reaction to requests, and the handlers of their tasks."""

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

    async def fix(self, task: Task) -> Sequence[Append] | Done:
        """Keeps who is on the list at this moment, and begins to tell it; or says why it is not told."""
        asked = ListReadingRequested.model_validate(task.payload)
        now = datetime.now(UTC)
        try:
            which = await self._selected(asked, now)
        except Rejected as rejected:
            return _answer(task, 1, [_refused(asked, rejected.code, str(rejected))], now)

        async def keep(connection: Connection) -> None:
            await Selecting(connection).kept_for(which, asked.request_id, MOST_OF_EVENT)

        return Done(tasks=[_portion(task, 1, now)], write=keep)

    async def tell(self, task: Task) -> Done:
        """The next parts; with the last one what was kept is given up."""
        asked = ListReadingRequested.model_validate(task.payload["asked"])
        first, now = task.payload["part"], datetime.now(UTC)
        rows = await self.store.pool.fetch(sql("parts_told", SQL), asked.request_id, first, PARTS_AT_ONCE)
        whose = {"request_id": asked.request_id, "list_id": asked.list_id}
        told = [ListRead(**whose, **row) for row in rows]
        last, parts = told[-1].part, told[-1].parts
        if last < parts:
            return Done(_answer(task, first, told, now), [_portion(task, last + 1, now)])

        return Done(_answer(task, first, told, now), write=_forgetting(asked))

    def gave_up(self, task: Task, reason: str) -> Done:
        """What is said when all attempts failed; what was kept is given up too."""
        asked = ListReadingRequested.model_validate(task.payload.get("asked", task.payload))
        refused, part = _refused(asked, "gave_up", reason), task.payload.get("part", 1)
        return Done(_answer(task, part, [refused], datetime.now(UTC)), write=_forgetting(asked))

    async def _selected(self, asked: ListReadingRequested, now: datetime) -> Compiled:
        sees = None if asked.directions is None else list(asked.directions)
        async with self.store.pool.acquire() as connection:
            row = await connection.fetchrow("SELECT * FROM lists WHERE id = $1", asked.list_id)
            if row is None or not (sees is None or row["direction"] is None or row["direction"] in sees):
                raise Rejected("no_list", "There is no such list.")
            if row["closed"]:
                raise Rejected("closed", "The list is closed.")
            return await Selecting(connection, self.indexes).compiled(selection_of(row), sees, now)


def _forgetting(asked: ListReadingRequested) -> Callable[[Connection], Awaitable[object]]:
    return lambda connection: connection.execute("DELETE FROM lists_told WHERE request_id = $1", asked.request_id)


def _portion(task: Task, part: int, now: datetime) -> NewTask:
    """The work to tell from this part on."""
    asked = task.payload.get("asked", task.payload)
    task_id = deterministic_id("list portion", asked["request_id"], part)
    return NewTask(task_id, PORTION, {"asked": asked, "part": part}, now, task.cause)


def _refused(asked: ListReadingRequested, code: str, reason: str) -> ListReadingRefused:
    told = {"request_id": asked.request_id, "list_id": asked.list_id, "code": code, "reason": reason}
    return ListReadingRefused.model_validate(told)


def _answer(task: Task, part: int, events: Sequence[Event], now: datetime) -> Sequence[Append]:
    """Events from this part on, in the stream of the answer."""
    asked = task.payload.get("asked", task.payload)
    return [Append(deterministic_id("list reading", UUID(asked["request_id"])), part - 1, events, task.cause, now)]
