"""The watermark: how far a consumer has applied each shard of each source, moved in the transaction that applies.

One rule gives deduplication, safety against zombies, refill and the detection of loss: a record is applied if and only
if its position is the watermark plus one. Smaller is a duplicate, larger means that something before it is missing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import asyncpg

from events.envelope import SHARDS, Received
from events.quarantine import Quarantine
from events.sqlfile import sql
from events.store import Connection

Shard = tuple[str, int]
Apply = Callable[[Connection, Sequence[Received]], Awaitable[None]]


@dataclass
class Outcome:
    """What became of a batch: counts of records, and for each shard with a hole the position that is missing.

    The last applied record itself, read once more, is no duplicate but the proof that the log is the same.
    """

    applied: int = 0
    duplicates: int = 0
    quarantined: int = 0
    holes: dict[Shard, int] = field(default_factory=dict)
    last: Received | None = None


class Watermark:
    """Applies batches for one consumer. ``apply`` runs in the transaction, may run again, and touches nothing else.

    With ``cap`` (positions by source and shard) it goes exactly so far and leaves alone what comes after.
    """

    def __init__(
        self, consumer: str, sources: Sequence[str], pool: asyncpg.Pool, apply: Apply, quarantine: Quarantine
    ) -> None:
        self.consumer = consumer
        self.sources = sources
        self.cap: Mapping[Shard, int] | None = None
        self._pool = pool
        self._apply = apply
        self._quarantine = quarantine

    async def prepare(self) -> None:
        """Makes the rows of a consumer that has never run."""
        async with self._pool.acquire() as connection:
            await connection.execute(
                "INSERT INTO watermarks (consumer, source, shard) SELECT $1, s, n"
                " FROM unnest($2::text[]) s, generate_series(0, $3 - 1) n ON CONFLICT DO NOTHING",
                self.consumer,
                list(self.sources),
                SHARDS,
            )

    async def positions(self) -> dict[Shard, tuple[int, int | None]]:
        """Position and Kafka offset of the last applied record of each shard."""
        async with self._pool.acquire() as connection:
            rows = await connection.fetch(
                "SELECT source, shard, position, kafka_offset FROM watermarks WHERE consumer = $1", self.consumer
            )
        return {(row["source"], row["shard"]): (row["position"], row["kafka_offset"]) for row in rows}

    async def apply(self, records: Sequence[Received]) -> Outcome:
        """Applies what is next in each shard; all in one transaction with the watermark.

        Raises ``BadRelease`` when the limits of quarantine are passed, and whatever the database raises.
        """
        outcome = Outcome()
        if not records:
            return outcome
        shards = sorted({(record.source, record.shard) for record in records})
        async with self._pool.acquire() as connection, connection.transaction():
            marks = {
                (row["source"], row["shard"]): (row["position"], row["kafka_offset"])
                for row in await connection.fetch(
                    sql("watermarks_lock"), self.consumer, *map(list, zip(*shards, strict=True))
                )
            }
            before = dict(marks)
            fresh = self._next_in_line(records, marks, outcome)
            if fresh:
                outcome.quarantined = await self._quarantine.apply(connection, fresh, self._apply)
                outcome.applied = len(fresh) - outcome.quarantined
                outcome.last = fresh[-1]
            moved = [(*shard, *mark) for shard, mark in marks.items() if mark != before[shard]]
            if moved:
                await connection.execute(sql("watermarks_move"), self.consumer, *map(list, zip(*moved, strict=True)))
        if fresh:
            self._quarantine.committed()
        return outcome

    def _next_in_line(
        self, records: Sequence[Received], marks: dict[Shard, tuple[int, int | None]], outcome: Outcome
    ) -> list[Received]:
        fresh = []
        for record in records:
            shard = (record.source, record.shard)
            position, _ = marks[shard]
            if (record.position, record.offset) == marks[shard]:
                continue
            if record.position <= position:
                outcome.duplicates += 1
                if record.position == position:
                    # A log that was published again has other offsets: remember where we are in the new one.
                    marks[shard] = (position, record.offset)
            elif self.cap is not None and position >= self.cap.get(shard, 0):
                continue
            elif record.position > position + 1:
                outcome.holes.setdefault(shard, position + 1)
            else:
                marks[shard] = (record.position, record.offset)
                fresh.append(record)
        return fresh
