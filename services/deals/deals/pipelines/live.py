"""The pipelines as they are now, in every process.

They are few and change seldom, so each process keeps them and asks with every use whether one has changed: one look at
a small table. A command asks in its own transaction; so a version holds for all processes as soon as it is committed.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

import asyncpg
from events.problems import Unavailable
from events.store import Connection

from deals.pipelines.pipeline import Pipeline, Pipelines

FIRST_WAIT_SECONDS = 10.0

_REVISION = "SELECT coalesce(sum(revision), 0)::bigint FROM pipelines"
_ALL = "SELECT content, (SELECT sum(revision)::bigint FROM pipelines) AS revision FROM pipelines ORDER BY code"


class LivePipelines:
    """Gives the pipelines of this moment by code."""

    def __init__(self) -> None:
        self.set_up = asyncio.Event()
        self._revision: int | None = None
        self._now: Pipelines = {}

    async def now(self, connection: Connection | asyncpg.Pool) -> Pipelines:
        """The pipelines, read anew if one has changed."""
        if await connection.fetchval(_REVISION) != self._revision:
            rows = await connection.fetch(_ALL)
            found = [Pipeline.model_validate_json(row["content"]) for row in rows]
            self._now = {pipeline.code: pipeline for pipeline in found}
            self._revision = rows[0]["revision"] if rows else 0
        return self._now

    async def are_set_up(self) -> bool:
        """Waits a while for the pipelines that an installation starts with; False if it takes longer."""
        if not self.set_up.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self.set_up.wait(), FIRST_WAIT_SECONDS)
        return self.set_up.is_set()

    async def wait(self) -> None:
        """For a request: waits as :meth:`are_set_up` does. Raises :class:`Unavailable` if it takes longer."""
        if not await self.are_set_up():
            raise Unavailable("The pipelines are not set up yet; send it again.", retry_after=1)
