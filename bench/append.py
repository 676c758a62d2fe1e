"""Appends: single ones that share their commits, and batches, beside inserts of the same rows by asyncpg alone."""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import partial
from itertools import cycle
from random import Random
from uuid import uuid4

import asyncpg
from events.store import Append, Conflict, Store, append

from bench import raw, stories
from bench.bed import Bed
from bench.report import Row, at_least, compared
from bench.rounds import REFERENCE, in_turns, per_second

BATCH = 500
CONNECTIONS = 16
UNIT = "events/s"


async def measure(bed: Bed) -> list[Row]:
    """Appends per second."""
    dsn = await bed.database("append")
    decisions = cycle([_decision(chance) for chance in stories.people(2_000)])
    seconds, rounds = bed.scale.seconds, bed.scale.rounds
    async with await bed.pool(dsn) as pool, AsyncExitStack() as closing:
        alone = [await asyncpg.connect(dsn) for _ in range(CONNECTIONS)]
        for connection in alone:
            closing.push_async_callback(connection.close)
        await pool.execute(raw.TABLES)
        store = Store("bench", pool)

        async def commit() -> int:
            await store.commit(_anew(next(decisions)))
            return 1

        async def append_batch() -> int:
            async with pool.acquire() as connection:
                results = await append(connection, [_anew(next(decisions)) for _ in range(BATCH)])
            assert not any(isinstance(result, Conflict) for result in results)
            return BATCH

        async def insert(connection: asyncpg.Connection) -> int:
            return await raw.insert_one(connection, next(decisions))

        async def insert_batch() -> int:
            return await raw.insert_many(alone[0], [next(decisions) for _ in range(BATCH)])

        inserts = [partial(insert, connection) for connection in alone]
        await per_second([*inserts[1:], commit, insert_batch, append_batch], 0.3)  # statements are prepared, pages made
        singles = await in_turns(
            {
                REFERENCE: lambda: per_second(inserts, seconds),
                "16": lambda: per_second([commit] * 16, seconds),
                "64": lambda: per_second([commit] * 64, seconds),
            },
            rounds,
        )
        batched = await in_turns(
            {
                REFERENCE: lambda: per_second([insert_batch], seconds),
                "batch": lambda: per_second([append_batch], seconds),
            },
            rounds,
        )
    ceiling = singles[REFERENCE]
    return [
        compared("append, single, 64 callers / raw insert, 16", UNIT, singles["64"], ceiling, at_least(1.8)),
        compared("append, single, 16 callers / raw insert, 16", UNIT, singles["16"], ceiling, at_least(1.0)),
        compared("append, batch of 500 / raw unnest", UNIT, batched["batch"], batched[REFERENCE], at_least(0.7)),
    ]


def _decision(chance: Random) -> Append:
    lead_id = stories.some_id(chance)
    event = stories.captured(chance, lead_id, stories.some_id(chance))
    return Append(lead_id, 0, [event], stories.cause(chance), stories.BEGINNING)


def _anew(decision: Append) -> Append:
    """The same event as the first of another stream."""
    return Append(uuid4(), 0, decision.events, decision.cause, decision.occurred_at)
