"""Leads those on a list into a sequence: for each part of it a durable task asks for every customer's entering, as a
rule would, and what comes of each is counted by the list.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import orjson
from events.auth import Principal
from events.calls import cause_of_call, directions_of
from events.contracts.automation import ListReadingRequested, SequenceEntryRequested
from events.problems import Conflict
from events.sqlfile import sql
from events.store import Append, Connection, Store, deterministic_id
from events.tasks import Done, Task

from automation.lists.asking import SQL as LISTS
from automation.lists.asking import Asking, ask
from automation.sequences.models import LedList
from automation.sequences.requests import work
from automation.sequences.shelf import SQL, NoSequence, Sequences
from automation.timing import reading

KIND: Final = "sequence_list"


@dataclass(frozen=True)
class Leading:
    """What the routes work with, and the handler of the tasks."""

    store: Store
    sequences: Sequences
    now: Callable[[], datetime]

    async def lead(self, request_id: UUID, sequence: str, list_id: UUID, principal: Principal) -> list[LedList]:
        """Asks for the list; the same request again changes nothing. Raises ``Conflict`` where it is not open."""
        sees = directions_of(principal)
        request = ListReadingRequested(
            request_id=request_id,
            list_id=list_id,
            sequence=sequence,
            directions=None if sees is None else tuple(sees),
        )
        try:
            is_open = (await self.sequences.version(self.store.pool, sequence)).state == "open"
        except NoSequence:
            is_open = False
        if not is_open:
            raise Conflict("The sequence is not open.", code="not_open")
        await ask(self.store, Asking(request, cause_of_call(principal), self.now()))
        return await self.led(sequence)

    async def led(self, sequence: str) -> list[LedList]:
        """The lists that were led in, the newest 100."""
        rows = await self.store.pool.fetch(sql("readings_of_sequence", LISTS), sequence)
        return [LedList(**dict(row) | {"refused": orjson.loads(row["refused"])}) for row in rows]

    async def ask(self, task: Task) -> Done:
        """The request of each customer's entering, and the task that answers it."""
        list_request, told = UUID(task.payload["request_id"]), task.payload["customer_ids"]
        async with self.store.pool.acquire() as connection:
            now = (await reading.moment_of(connection)).now
        requests = [
            SequenceEntryRequested(
                request_id=deterministic_id(list_request, one), sequence=task.payload["sequence"], customer_id=one
            )
            for one in told
        ]

        async def keep(connection: Connection) -> None:
            entries = [one.request_id for one in requests]
            await connection.execute(sql("entries_add", SQL), entries, list_request, told)

        decisions = [Append(one.request_id, 0, [one], task.cause, now) for one in requests]
        return Done(decisions, [work(one, now, task.cause) for one in requests], keep)
