"""Captures that are answered at once: one call shares its transaction with whatever else is being captured."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg
from events.groupcommit import GroupCommit
from events.problems import Unavailable
from events.store import Appended, Conflict, Store, TooLarge, append_all

from leads.capture import Capturer, Outcome
from leads.touch import Capture
from leads.understand import Touched

ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Committed:
    """The outcome of a capture, and where the last event of its lead stands; None where nothing was appended."""

    outcome: Outcome
    appended: Appended | None


class Recording:
    """Captures and commits, alone or together."""

    def __init__(self, store: Store, capturer: Capturer, touched: Touched | None = None) -> None:
        """``touched`` records what captures are besides leads, in their transaction."""
        self._store = store
        self._capturer = capturer
        self._touched = touched
        self._group: GroupCommit[Capture, Committed] = GroupCommit(self.many, isolate=(asyncpg.DataError, TooLarge))

    async def one(self, capture: Capture) -> Committed:
        """Captures in a shared transaction; returns after its commit."""
        return await self._group.submit(capture)

    async def many(self, captures: Sequence[Capture]) -> list[Committed]:
        """Captures all in one transaction; returns after its commit. Raises :class:`Unavailable` if others were faster
        every time.
        """
        for _ in range(ATTEMPTS):
            try:
                return await self._write(captures)
            except (Conflict, asyncpg.DeadlockDetectedError):
                continue
        raise Unavailable("Too many requests about the same people at this moment.", retry_after=1)

    async def _write(self, captures: Sequence[Capture]) -> list[Committed]:
        async with self._store.pool.acquire() as connection, connection.transaction():
            result = await self._capturer.capture(connection, captures)
            touched = await self._touched(connection, captures, result.outcomes) if self._touched else ()
            appends = [*result.appends, *touched]
            appended = await append_all(connection, appends)
        self._store.count(appends, appended)
        stands = {decision.stream_id: at for decision, at in zip(appends, appended, strict=True)}
        return [
            Committed(outcome, stands.get(outcome.lead_id) if outcome.lead_id and outcome.what != "duplicate" else None)
            for outcome in result.outcomes
        ]
