"""Statements about a few days, which the planner takes for ten rows, however much happened on them."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg
from events.store import Connection

PATIENCE_SECONDS = 2.0
READING_SECONDS = 1.0
MOST_SECONDS = 600.0


async def fetched(
    connection: Connection,
    text: str,
    arguments: Sequence[object],
    *,
    patience: float | None = None,
    most: float | None = MOST_SECONDS,
) -> list[asyncpg.Record]:
    """The rows of a statement, in a transaction of the caller's. Raises ``TimeoutError`` after ``most`` seconds (None:
    those of any statement).

    Joined by loops, a statement reads only what belongs to its days: right in a long history, and quadratic on a day of
    ten thousand leads. What takes longer than ``patience`` (None: 2 s, in which a day of many hundreds is added up) is
    done again by hashes of whole tables, and so is what follows in this transaction.
    """
    try:
        async with connection.transaction():
            return await connection.fetch(text, *arguments, timeout=patience or PATIENCE_SECONDS)
    except TimeoutError:
        await connection.execute("SET LOCAL enable_nestloop = off")
        return await connection.fetch(text, *arguments, timeout=most)
