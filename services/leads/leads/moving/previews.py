"""Counting a source's history before it is taken over: a durable task, portion by portion, as far as it got."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
import orjson
from events.outgoing import Refused, Trouble
from events.sqlfile import sql
from events.store import Append, Cause, Connection, Store, deterministic_id
from events.tasks import NewTask, Retry, Task, add
from events.webhooks import Source

from leads.moving.deals import SQL
from leads.moving.survey import Catalogue, Named, Surveyor
from leads.sources.live import LiveSources

KIND: Final = "leads.history_preview"
SECONDS_OF_A_STEP: Final = 20.0
ATTEMPTS: Final = 8


@dataclass(frozen=True, slots=True)
class Preview:
    """A count as far as it got."""

    started_at: datetime
    finished_at: datetime | None
    failure: str | None
    catalogue: Catalogue
    counts: Mapping[str, int]


class Previews:
    """Starts counts, runs their tasks, and reads what they came to."""

    def __init__(self, store: Store, sources: LiveSources, surveyors: Mapping[str, Surveyor]) -> None:
        self._store = store
        self._sources = sources
        self._surveyors = surveyors

    def counts(self, channel: str) -> bool:
        """Can sources of this channel be counted?"""
        return channel in self._surveyors

    async def start(self, channel: str, source: str, cause: Cause, now: datetime) -> None:
        """Counts anew; a count that is under way goes on instead."""
        async with self._store.pool.acquire() as connection, connection.transaction():
            started = await connection.fetchval(sql("preview_start", SQL), channel, source, uuid4(), now)
            if started is not None:
                await add(connection, [_task(started, channel, source, 0, now, cause)])

    async def read(self, channel: str, source: str) -> Preview | None:
        """The newest count; None if there was none."""
        row = await self._store.pool.fetchrow(sql("preview_read", SQL), channel, source)
        return None if row is None else _preview(row)

    async def step(self, task: Task) -> Sequence[Append]:
        """Counts for a while, then leaves the rest to the next task."""
        channel, name = str(task.payload["channel"]), str(task.payload["source"])
        async with self._store.pool.acquire() as connection:
            await self._sources.cover(connection, [(channel, name)])
            row = await connection.fetchrow(sql("preview_read", SQL), channel, name)
        source = self._sources.get((channel, name))
        if row is None or row["id"] != UUID(str(task.payload["preview"])) or row["finished_at"] or source is None:
            return ()
        try:
            await self._count(self._surveyors[channel], source, row, task)
        except Trouble as trouble:
            if task.attempts < ATTEMPTS:
                raise Retry(str(trouble), trouble.seconds) from None
            await self._end(row, str(trouble))
        except Refused as refused:
            await self._end(row, str(refused))
        return ()

    async def _count(self, surveyor: Surveyor, source: Source, row: asyncpg.Record, task: Task) -> None:
        until = time.monotonic() + SECONDS_OF_A_STEP
        if row["catalogue"] is None:
            catalogue = await surveyor.catalogue(source)
            await self._save(self._store.pool, row, {}, Counter(), catalogue=catalogue)
        counts = Counter[str](orjson.loads(row["counts"]))
        async for portion in surveyor.tally(source, orjson.loads(row["cursor"])):
            counts += portion.counts
            on = not portion.is_last and time.monotonic() < until
            async with self._store.pool.acquire() as connection, connection.transaction():
                await self._save(connection, row, portion.cursor, counts, finished=portion.is_last)
                if not on and not portion.is_last:
                    step = int(task.payload["step"]) + 1
                    following = _task(row["id"], source.channel, source.name, step, task.due_at, task.cause)
                    await add(connection, [following])
            if not on:
                return

    async def _save(
        self,
        to: asyncpg.Pool | Connection,
        row: asyncpg.Record,
        cursor: Mapping[str, Any],
        counts: Mapping[str, int],
        *,
        catalogue: Catalogue | None = None,
        finished: bool = False,
    ) -> None:
        listed = None
        if catalogue is not None:
            listed = orjson.dumps(
                {table: [asdict(one) for one in found] for table, found in catalogue.items()}
            ).decode()
        told = orjson.dumps(cursor).decode(), orjson.dumps(counts).decode(), listed, finished
        await to.execute(sql("preview_save", SQL), row["id"], *told)

    async def _end(self, row: asyncpg.Record, failure: str) -> None:
        end = "UPDATE history_previews SET finished_at = clock_timestamp(), failure = $2 WHERE id = $1"
        await self._store.pool.execute(end, row["id"], failure[:500])


def _task(preview: UUID, channel: str, source: str, step: int, due_at: datetime, cause: Cause) -> NewTask:
    payload = {"preview": str(preview), "channel": channel, "source": source, "step": step}
    return NewTask(deterministic_id(KIND, preview, step), KIND, payload, due_at, cause)


def _preview(row: asyncpg.Record) -> Preview:
    listed = orjson.loads(row["catalogue"]) if row["catalogue"] else {}
    catalogue = {table: [Named(**one) for one in found] for table, found in listed.items()}
    counts = orjson.loads(row["counts"])
    return Preview(row["started_at"], row["finished_at"], row["failure"], catalogue, counts)
