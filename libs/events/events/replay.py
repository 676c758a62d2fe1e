"""Replay: quarantined events are applied again by the handler that failed, once it is better or its tables are.

The rules are those of a batch. The shards' watermarks are locked first, so the consumer stands still for the moment and
cannot set apart what follows meanwhile; each event is applied and leaves the quarantine in a savepoint of one
transaction, so a crash leaves all as it was. The event itself stays in the log that it came from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import asyncpg
import orjson

from events.envelope import Received
from events.quarantine import Apply, Parked, explain, is_trouble
from events.sqlfile import sql
from events.store import Connection

Place = tuple[str, int, int]
"""Source, shard and position of an entry."""

_HERE = "WHERE consumer = $1 AND source = $2 AND shard = $3 AND position = $4"
_DELETE = f"DELETE FROM quarantine {_HERE}"  # noqa: S608 - from constants
_FAILED = f"UPDATE quarantine SET reason = $5, error = $6 {_HERE}"  # noqa: S608
_EARLIER = """
SELECT EXISTS (SELECT FROM quarantine WHERE consumer = $1 AND source = $2 AND shard = $3 AND position < $4
                                        AND stream_id = $5 AND discarded_at IS NULL)
"""


class Replayed(NamedTuple):
    """How many events were applied, and how many still fail and stay."""

    applied: int
    failing: int


class Handler(NamedTuple):
    """How a consumer applies: its function, whether order within a stream matters, what to call after a commit."""

    apply: Apply
    parks_streams: bool = True
    applied: Callable[[], None] = lambda: None


async def replay(
    connection: Connection,
    consumer: str,
    apply: Apply,
    places: Sequence[Place] | None = None,
    *,
    parks_streams: bool = True,
) -> Replayed:
    """Applies the events of these places again (None: all but the discarded), each shard in its order.

    With ``parks_streams`` an event waits while an earlier one of its stream is in quarantine. Raises errors of the
    infrastructure as they are; then nothing has happened.
    """
    applied = failing = 0
    async with connection.transaction():
        columns = [list(column) for column in zip(*places, strict=True)] if places else [None] * 3
        if places is not None and not places:
            return Replayed(0, 0)
        await connection.execute(sql("quarantine_hold"), consumer, *columns)
        for row in await connection.fetch(sql("quarantine_take"), consumer, *columns):
            try:
                async with connection.transaction():
                    await _apply(connection, row, apply, parks_streams)
                applied += 1
            except Exception as error:
                if is_trouble(error):
                    raise
                failing += 1
                await connection.execute(_FAILED, *_key(row), type(error).__name__, explain(error))
    return Replayed(applied, failing)


async def _apply(connection: Connection, row: asyncpg.Record, apply: Apply, parks_streams: bool) -> None:
    if parks_streams and row["stream_id"] and await connection.fetchval(_EARLIER, *_key(row), row["stream_id"]):
        raise Parked("an earlier event of this stream still fails")
    headers = [(name, value.encode()) for name, value in orjson.loads(row["headers"]).items()]
    await apply(connection, [Received(row["source"], row["shard"], -1, headers, row["body"])])
    await connection.execute(_DELETE, *_key(row))


def _key(row: asyncpg.Record) -> tuple[str, str, int, int]:
    return row["consumer"], row["source"], row["shard"], row["position"]
