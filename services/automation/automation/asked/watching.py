"""Tells of requests that nobody answered: once each, so that somebody looks why. An answer that comes later counts.

A service that cannot do what it was asked for says so itself, after its last attempt. What is left is one that never
heard of it, or was down for so long.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import asyncpg
import orjson
from events.contracts.automation import RequestUnanswered
from events.poller import Poller
from events.sqlfile import sql
from events.store import Append, Appended, Cause, Store, append, deterministic_id

from automation.actions.effect import ACTOR
from automation.asked.keeping import SQL
from automation.timing import reading

UNANSWERED_AFTER: Final = timedelta(hours=6)
"""Others try for an hour or two before they give up."""
PORTION: Final = 500
POLL_SECONDS: Final = 30.0


class Watching(Poller):
    """A component. The hours count by what was heard of the log: one who is behind with it does not take an answer for
    missing.
    """

    def __init__(self, store: Store) -> None:
        super().__init__("automation.unanswered", self.look, POLL_SECONDS)
        self._store = store

    async def look(self) -> int:
        """Tells of a portion; returns of how many."""
        async with self._store.pool.acquire() as connection, connection.transaction():
            read = await reading.moment_of(connection)
            if read.read_until is None:
                return 0
            before = read.read_until - UNANSWERED_AFTER
            rows = await connection.fetch(sql("asked_unanswered", SQL), before, PORTION, read.now)
            decisions = [_told(row) for row in rows]
            results = await append(connection, decisions) if decisions else []
        self._store.count(decisions, results)
        return sum(isinstance(result, Appended) for result in results)


def _told(row: asyncpg.Record) -> Append:
    event = RequestUnanswered.model_validate(
        {**dict(row), "cause": orjson.loads(row["cause"]) if row["cause"] else None}
    )
    stream = deterministic_id("unanswered", event.request_id)
    return Append(stream, 0, [event], Cause(ACTOR, stream), row["asked_at"] + UNANSWERED_AFTER)
