"""The pipelines that an installation starts with, set up once by whichever process comes first."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime
from uuid import uuid4

import structlog
from events.quarantine import INFRASTRUCTURE
from events.settings import Role
from events.store import Append, Cause, Store, append_one
from events.streams import pipeline_stream

from deals.pipelines.commands import write
from deals.pipelines.domain import PIPELINE, CreatePipeline
from deals.pipelines.live import LivePipelines
from deals.pipelines.pipeline import Definition, Pipeline, Pipelines

log = structlog.get_logger(__name__)

RETRY_SECONDS = 1.0


class SettingUp:
    """A component that sets up the pipelines of the folder, once: what is there already is left as it is."""

    name = "deals.pipelines"

    def __init__(self, live: LivePipelines, wanted: Pipelines, store: Store, roles: frozenset[Role]) -> None:
        """It runs in whichever role the process has, once."""
        self.role: Role = next((role for role in ("api", "worker", "consumer") if role in roles), "api")
        self._live = live
        self._wanted = wanted
        self._store = store
        self._progress = time.monotonic()

    def last_progress(self) -> float:
        """Monotonic time of the last try; now, once it is done."""
        return time.monotonic() if self._live.set_up.is_set() else self._progress

    async def ready(self) -> str | None:
        """None once they are set up."""
        return None if self._live.set_up.is_set() else "the pipelines are not set up yet"

    async def run(self, stopping: asyncio.Event) -> None:
        """Tries until it is done, and then rests until told to stop."""
        while not stopping.is_set() and not self._live.set_up.is_set():
            self._progress = time.monotonic()
            try:
                for pipeline in self._wanted.values():
                    await self._set_up(pipeline, datetime.now(UTC))
                self._live.set_up.set()
            except INFRASTRUCTURE as error:
                log.warning("pipelines_not_set_up", error=type(error).__name__)
                with suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), RETRY_SECONDS)
        await stopping.wait()

    async def _set_up(self, pipeline: Pipeline, now: datetime) -> None:
        """Of several processes that do it at once, one inserts the row; the others wait for it and find it there."""
        definition = Definition.model_validate(pipeline.definition())
        events = PIPELINE.decide(CreatePipeline(pipeline.code, definition, pipeline.version), PIPELINE.initial)
        decision = Append(pipeline_stream(pipeline.code), 0, events, Cause("service:deals", uuid4()), now)
        async with self._store.pool.acquire() as connection, connection.transaction():
            claimed = await connection.fetchval(
                "INSERT INTO pipelines (code, revision, version, is_retired, content) VALUES ($1, 1, $2, false, '{}')"
                " ON CONFLICT DO NOTHING RETURNING true",
                pipeline.code,
                pipeline.version,
            )
            if claimed is None:
                return
            await write(connection, PIPELINE.fold(events), 1)
            appended = await append_one(connection, decision)
        self._store.count([decision], [appended])
