"""The quarantine: nothing stops the line, and nothing is lost.

A batch that fails is split in halves, in savepoints, until the culprit is alone; it goes to the table ``quarantine``
in the same transaction as the watermark. Trouble of the infrastructure never quarantines. More than 10 failures in a
row, or more than 5 % of the last 1,000 records, mean a bad release rather than bad events: the consumer stops.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from itertools import groupby

import asyncpg
import orjson

from events import metrics
from events.database import AWAY
from events.envelope import Malformed, Received
from events.store import Conflict, Connection

MAX_IN_A_ROW = 10
WINDOW = 1_000
MAX_IN_WINDOW = 50
COUNT_SECONDS = 10.0
MOST_CONFLICTS = 8
"""So often in a row a stream has moved on, some 25 s with the consumer's pauses: it will not come back. Tables restored
from a backup are behind their log for ever; what decides by them must not stop the line.
"""

Apply = Callable[[Connection, Sequence[Received]], Awaitable[None]]

INFRASTRUCTURE = (OSError, TimeoutError, asyncpg.InterfaceError, *AWAY, Conflict)


class BadRelease(Exception):
    """So many events in a row cannot be applied that the code must be wrong, not they."""


class Quarantine:
    """The quarantine of one consumer. With ``parks_streams`` later events of a stream follow the one that failed."""

    def __init__(self, consumer: str, *, parks_streams: bool = False) -> None:
        self.consumer = consumer
        self.parks_streams = parks_streams
        self._recent: deque[bool] = deque(maxlen=WINDOW)
        self._failed: list[bool] = []
        self._stored = 0
        self._last_error = ""
        self._conflicts = 0
        self._counted_at = -COUNT_SECONDS

    async def apply(self, connection: Connection, records: Sequence[Received], apply: Apply) -> int:
        """Applies records in order and sets apart those that cannot be; returns how many.

        Raises :class:`BadRelease`, and infrastructure errors as they are.
        """
        self._failed = []
        parked = await self._parked(connection) if self.parks_streams else set()
        self._stored = 0
        self._last_error = ""
        try:
            await self._apply(connection, records, apply, parked)
        except Conflict:
            self._conflicts += 1
            raise
        self._conflicts = 0
        if self._stored:
            self._check_limits()
        return self._stored

    def committed(self) -> None:
        """Counts the batch towards the limits, once its transaction is committed."""
        self._recent.extend(self._failed)

    async def _apply(
        self, connection: Connection, records: Sequence[Received], apply: Apply, parked: set[bytes]
    ) -> None:
        if parked and any(record.attributes.get("ce_subject") in parked for record in records):
            await self._apply_around(connection, records, apply, parked)
            return
        try:
            async with connection.transaction():
                await apply(connection, records)
        except Exception as error:
            if is_trouble(error) and not (isinstance(error, Conflict) and self._conflicts >= MOST_CONFLICTS):
                raise
            if len(records) > 1:
                middle = len(records) // 2
                await self._apply(connection, records[:middle], apply, parked)
                await self._apply(connection, records[middle:], apply, parked)
                return
            await self._store(connection, records[0], error)
            self._failed.append(True)
            if self.parks_streams:
                parked.add(records[0].attributes.get("ce_subject", b""))
        else:
            self._failed.extend([False] * len(records))

    async def _apply_around(
        self, connection: Connection, records: Sequence[Received], apply: Apply, parked: set[bytes]
    ) -> None:
        for follows, group in groupby(records, lambda record: record.attributes.get("ce_subject") in parked):
            run = list(group)
            if not follows:
                await self._apply(connection, run, apply, parked)
                continue
            for record in run:
                await self._store(connection, record, Parked("an earlier event of this stream is in quarantine"))

    async def _parked(self, connection: Connection) -> set[bytes]:
        rows = await connection.fetch(
            "SELECT DISTINCT stream_id FROM quarantine WHERE consumer = $1 AND discarded_at IS NULL", self.consumer
        )
        return {str(row["stream_id"]).encode() for row in rows}

    async def _store(self, connection: Connection, record: Received, error: Exception) -> None:
        try:
            stream = record.stream_id
        except Malformed:
            stream = None
        await connection.execute(
            "INSERT INTO quarantine (consumer, source, shard, position, stream_id, type, headers, body, reason, error)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
            self.consumer,
            record.source,
            record.shard,
            record.position,
            stream,
            record.type,
            orjson.dumps(
                {name: value.decode("utf-8", "replace") for name, value in record.attributes.items()}
            ).decode(),
            record.body,
            type(error).__name__,
            explain(error),
        )
        self._stored += 1
        self._last_error = f"{record.type}: {explain(error)}"
        metrics.QUARANTINED.labels(self.consumer, type(error).__name__).inc()

    async def keep_foreign(
        self, pool: asyncpg.Pool, topic: str, partition: int, offset: int, body: bytes, why: Malformed
    ) -> None:
        """Keeps a record that is no envelope of ours. Having no position, it stands under -offset - 1."""
        await pool.execute(
            "INSERT INTO quarantine (consumer, source, shard, position, headers, body, reason, error)"
            " VALUES ($1, $2, $3, $4, '{}', $5, 'Malformed', $6) ON CONFLICT DO NOTHING",
            self.consumer,
            topic,
            partition,
            -offset - 1,
            body,
            str(why),
        )
        metrics.QUARANTINED.labels(self.consumer, "Malformed").inc()

    async def count(self, pool: asyncpg.Pool) -> None:
        """Tells the metric how many wait; looks every 10 s at most. Raises what the database raises."""
        if time.monotonic() - self._counted_at < COUNT_SECONDS:
            return
        self._counted_at = time.monotonic()
        size = await pool.fetchval(
            "SELECT count(*) FROM quarantine WHERE consumer = $1 AND discarded_at IS NULL", self.consumer
        )
        metrics.QUARANTINE_SIZE.labels(self.consumer).set(size)

    def _check_limits(self) -> None:
        outcomes = [*self._recent, *self._failed]
        in_a_row = longest = 0
        for has_failed in outcomes:
            in_a_row = in_a_row + 1 if has_failed else 0
            longest = max(longest, in_a_row)
        if longest > MAX_IN_A_ROW:
            raise BadRelease(f"{longest} events in a row could not be applied, the last {self._last_error}")
        if sum(outcomes[-WINDOW:]) > MAX_IN_WINDOW:
            failed = sum(outcomes[-WINDOW:])
            raise BadRelease(f"{failed} of the last {WINDOW} could not be applied, the last {self._last_error}")


def is_trouble(error: Exception) -> bool:
    """Of the infrastructure. What asyncpg cannot encode is an ``InterfaceError`` too, but the fault of the event."""
    return isinstance(error, INFRASTRUCTURE) and not isinstance(error, ValueError)


class Parked(Exception):
    """The event itself may be good, but one before it in its stream waits in quarantine."""


def explain(error: Exception) -> str:
    """The error in words without the values that caused it: they may be personal data."""
    if isinstance(error, asyncpg.PostgresError):
        place = filter(None, (error.table_name, error.column_name, error.constraint_name))
        return f"{type(error).__name__} {error.sqlstate}: {' '.join(place)}".rstrip(": ")
    if hasattr(error, "errors") and callable(error.errors):
        return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
    return (
        f"{type(error).__name__}: {error}"
        if isinstance(error, (Malformed, Parked, LookupError))
        else type(error).__name__
    )
