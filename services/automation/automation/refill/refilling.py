"""Reads the log from its beginning to where the consumer stands: a batch, a transaction.

Places in the log stand in the row of the refill and move with what is written: a crash loses nothing and repeats
nothing. When all is read, the consumer is held for a moment, the last events are read, the contacts take their place,
and the history is whole. An event that cannot be written is passed over and counted.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import asyncpg
import structlog
from events import metrics
from events.envelope import Received
from events.kafka import KafkaConfig
from events.poller import Poller
from events.quarantine import is_trouble
from events.sqlfile import sql
from events.store import Connection

from automation.refill.filling import fill
from automation.rules import log as event_log
from automation.rules.log import Reading

log = structlog.get_logger(__name__)

CONSUMER: Final = "automation.rules"
SLICE_SECONDS: Final = 5.0
PAUSE_SECONDS: Final = 5.0
SQL: Final = Path(__file__).parent / "sql"

Log = Callable[[], AbstractAsyncContextManager[Callable[[Reading], AsyncIterator[Sequence[Received]]]]]
"""Opens the log; what it gives reads what is left of a reading."""


def log_of(kafka: KafkaConfig) -> Log:
    """The log as Kafka holds it."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Callable[[Reading], AsyncIterator[Sequence[Received]]]]:
        async with event_log.reader(kafka) as reader:
            yield lambda reading: event_log.read(reader, reading)

    return opened


class _Overtaken(Exception):
    """Another process goes on, or it was asked for anew."""


@dataclass
class _Way:
    """How far this process has come. ``step`` tells whether it is still the only one."""

    reading: Reading
    step: int
    events: int
    failed: int
    accepted: int
    started: float = field(default_factory=time.monotonic)


class Refilling(Poller):
    """A component. Looks whether there is history to read, and reads some of it."""

    def __init__(self, pool: asyncpg.Pool, opened: Log, slice_seconds: float = SLICE_SECONDS) -> None:
        super().__init__("automation.refill", self.look, PAUSE_SECONDS)
        self._pool = pool
        self._opened = opened
        self._slice_seconds = slice_seconds

    async def look(self) -> int:
        """Reads for a while; returns how many events that was."""
        async with self._pool.acquire() as connection:
            way = await self._where_it_stopped(connection)
        if way is None:
            return 0
        before = way.events
        try:
            async with self._opened() as read:
                async for records in read(way.reading):
                    await self._write(way, records)
                    if time.monotonic() - way.started > self._slice_seconds:
                        return way.events - before
                if not way.reading.is_cut_short:
                    await self._finish(way, read)
                metrics.HISTORY_UNREAD.labels(CONSUMER).set(len(way.reading.left()))
                _show_missing(way.reading.missing, way.accepted)
                if way.reading.is_cut_short:
                    log.warning("history_ends_early", left=len(way.reading.left()))
                    return 0
        except _Overtaken:
            return 0
        return way.events - before

    async def _where_it_stopped(self, connection: Connection) -> _Way | None:
        row = await connection.fetchrow(sql("refill_place", SQL), CONSUMER)
        if row is not None:
            _show_missing(row["missing"], row["accepted"])
        if row is None or row["state"] == "done":
            metrics.HISTORY_UNREAD.labels(CONSUMER).set(0)
            return None
        ends = await event_log.applied(connection)
        reading = Reading.kept(row["reading"], ends) if row["reading"] else Reading(ends)
        reading.missing = row["missing"]
        return _Way(reading, row["step"], row["events"], row["failed"], row["accepted"])

    async def _write(self, way: _Way, records: Sequence[Received]) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            await self._write_in(connection, way, records)

    async def _write_in(self, connection: Connection, way: _Way, records: Sequence[Received]) -> None:
        row = await connection.fetchrow(sql("refill_take", SQL), CONSUMER)
        if row is None or row["step"] != way.step:
            raise _Overtaken
        failed = await _written(connection, records)
        way.step, way.events, way.failed = way.step + 1, way.events + len(records), way.failed + failed
        kept = way.reading.text(), way.events, way.failed, way.reading.missing
        await connection.execute(sql("refill_keep", SQL), CONSUMER, *kept)

    async def _finish(self, way: _Way, read: Callable[[Reading], AsyncIterator[Sequence[Received]]]) -> None:
        """Reads what the consumer has applied since, while it stands still; then the history is whole."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.fetchval(sql("consumer_hold", SQL), CONSUMER)
            way.reading.ends = await event_log.applied(connection)
            async for records in read(way.reading):
                await self._write_in(connection, way, records)
            if way.reading.is_cut_short:
                return
            await self._write_in(connection, way, ())
            await connection.execute(sql("contacts_replace", SQL))
            await connection.execute("DELETE FROM refilled_contacts")
            await connection.execute(sql("refill_end", SQL), CONSUMER)
        log.info("history_read", events=way.events, failed=way.failed, missing=way.reading.missing)


def _show_missing(missing: int, accepted: int) -> None:
    """What somebody said is gone for good is not shown as missing."""
    metrics.HISTORY_MISSING.labels(CONSUMER).set(max(missing - accepted, 0))


async def _written(connection: Connection, records: Sequence[Received]) -> int:
    """Writes a batch; how many of it cannot be. Raises trouble with the infrastructure."""
    if not records:
        return 0
    try:
        async with connection.transaction():
            await fill(connection, records)
    except Exception as error:
        if is_trouble(error):
            raise
        if len(records) == 1:
            log.warning("history_unreadable", type=records[0].type[:80], error=type(error).__name__)
            return 1
        middle = len(records) // 2
        return await _written(connection, records[:middle]) + await _written(connection, records[middle:])
    return 0


async def accept(connection: Connection, actor: str, reason: str) -> bool:
    """Notes that what is missing is gone for good; False where nothing is missing, or it is still being read."""
    return await connection.fetchval(sql("refill_accept", SQL), CONSUMER, actor, reason) is not None


async def ask(connection: Connection) -> None:
    """Lets the history be read again from the beginning; what is there stays until it is."""
    async with connection.transaction():
        await connection.execute(sql("refill_ask", SQL), CONSUMER)
        await connection.execute("DELETE FROM refilled_contacts")
