"""The life of a command on a pipeline: lock its row, decide on its stream, write the row and append, in one
transaction; and its versions, read from the stream.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from events.contracts.deals import PipelineSaved
from events.decider import ATTEMPTS, Rejected
from events.problems import NotFound, StaleVersion, Unavailable
from events.sqlfile import sql as _sql
from events.store import Append, Cause, Conflict, Connection, Store, append_one, load
from events.streams import pipeline_stream

from deals.deciding import problem_of_rejection
from deals.pipelines.domain import PIPELINE, Command, NoPipeline, State
from deals.pipelines.live import LivePipelines
from deals.pipelines.pipeline import Pipeline

sql = partial(_sql, directory=Path(__file__).parent / "sql")


@dataclass(frozen=True, slots=True)
class Stored:
    """A pipeline and the revision of its stream; ``is_new`` if this very command created it."""

    pipeline: Pipeline
    revision: int
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """A version as it was saved."""

    pipeline: Pipeline
    saved_at: datetime
    saved_by: str


class PipelineCommands:
    """Reads pipelines and runs commands on them."""

    def __init__(self, store: Store, live: LivePipelines) -> None:
        self.store = store
        self.live = live

    async def read(self, code: str) -> Stored:
        """The pipeline as it is now. Raises ``NotFound``."""
        await self.live.wait()
        row = await self.store.pool.fetchrow("SELECT content, revision FROM pipelines WHERE code = $1", code)
        if row is None:
            raise NotFound("There is no such pipeline.")
        return Stored(Pipeline.model_validate_json(row["content"]), row["revision"])

    async def versions(self, code: str) -> list[Version]:
        """All versions, oldest first. Raises ``NotFound``."""
        await self.live.wait()
        state: State = NoPipeline()
        found = []
        for entry in await self.store.load(pipeline_stream(code)):
            state = PIPELINE.evolve(state, entry.event)
            if isinstance(entry.event, PipelineSaved) and isinstance(state, Pipeline):
                found.append(Version(state, entry.occurred_at, entry.actor))
        if not found:
            raise NotFound("There is no such pipeline.")
        return found

    async def run(
        self, code: str, command: Command, cause: Cause, now: datetime, expected_revision: int | None = None
    ) -> Stored:
        """Decides and appends; returns after commit. Raises ``StaleVersion`` and the problem of a rule."""
        await self.live.wait()
        for _ in range(ATTEMPTS):
            try:
                return await self._run(code, command, cause, now, expected_revision)
            except Conflict:
                continue  # somebody created it at this moment
            except Rejected as rejected:
                raise problem_of_rejection(rejected) from None
        raise Unavailable("Others are saving this pipeline at this moment.", retry_after=1)

    async def _run(self, code: str, command: Command, cause: Cause, now: datetime, expected: int | None) -> Stored:
        stream_id = pipeline_stream(code)
        async with self.store.pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT FROM pipelines WHERE code = $1 FOR UPDATE", code)
            history = await load(connection, self.store.service, stream_id)
            revision = len(history)
            if expected is not None and expected != revision:
                raise StaleVersion(f"The pipeline is at revision {revision}, not {expected}.")
            state = PIPELINE.fold(entry.event for entry in history)
            events = PIPELINE.decide(command, state)
            after = PIPELINE.fold(events, state)
            assert isinstance(after, Pipeline)
            if not events:
                return Stored(after, revision)
            await write(connection, after, revision + len(events))
            decision = Append(stream_id, revision, events, cause, now)
            appended = await append_one(connection, decision)
        self.store.count([decision], [appended])
        return Stored(after, appended.version, is_new=revision == 0)


async def write(connection: Connection, state: State, revision: int) -> None:
    """Writes the row of a pipeline."""
    assert isinstance(state, Pipeline)
    body = state.model_dump_json()
    await connection.execute(sql("pipeline_save"), state.code, revision, state.version, state.is_retired, body)
