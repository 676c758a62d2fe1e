"""Keeps the builds of projections filled: a consumer for each that is live or building."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import structlog
from events import metrics
from events.app import Runtime
from events.consumer import Consumer
from events.database import is_database_away
from events.kafka import KafkaConfig
from events.projection import Build, Projection
from events.replay import Handler
from events.settings import Role
from events.sqlfile import sql
from events.supervisor import Supervisor

from analytics import builds

log = structlog.get_logger(__name__)

TURN_SECONDS = 1.0

_SQL = Path(__file__).parent / "sql"


@dataclass(frozen=True)
class Filling:
    """A consumer at work on a build."""

    consumer: Consumer
    stopping: asyncio.Event
    task: asyncio.Task[None]

    async def stop(self) -> None:
        """Lets the consumer finish what it has in hand."""
        self.stopping.set()
        await self.task
        metrics.forget_consumer(self.consumer.name)


class Projections:
    """The background part that owns every build's consumer in this process."""

    name = "projections"
    role: Role = "consumer"

    def __init__(self, runtime: Runtime, kafka: KafkaConfig, projections: Sequence[Projection]) -> None:
        self._service = runtime.service
        self._stall_seconds = runtime.settings.stall_seconds
        self._pool = runtime.pool
        self._kafka = kafka
        self._projections = projections
        self._filling: dict[Build, Filling] = {}
        self._live: set[Build] = set()
        self._trouble: str | None = "not started"
        self._turned = time.monotonic()

    def last_progress(self) -> float:
        """The turn of this loop or of its slowest consumer, whichever is older."""
        return min([self._turned, *(filling.consumer.last_progress() for filling in self._filling.values())])

    async def ready(self) -> str | None:
        """None once the live build of every projection is being filled; a rebuild in trouble keeps nobody waiting."""
        if self._trouble:
            return self._trouble
        for build in self._live & self._filling.keys():
            if (reason := await self._filling[build].consumer.ready()) is not None:
                return f"{build.consumer_name}: {reason}"
        return None

    def handler(self, consumer: str) -> Handler | None:
        """How a build of this release applies what it could not before."""
        for projection in self._projections:
            number = consumer.removeprefix(f"{projection.name}.v{projection.version}.b")
            if number != consumer and number.isdecimal():
                return Handler(projection.build(int(number)).applier(), parks_streams=False)
        return None

    async def run(self, stopping: asyncio.Event) -> None:
        """Turns once a second until told to stop."""
        try:
            for projection in self._projections:
                await builds.ensure(self._pool, projection)
            while not stopping.is_set():
                await self._turn()
                with suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), TURN_SECONDS)
        finally:
            await asyncio.gather(*(filling.stop() for filling in self._filling.values()))
            self._filling.clear()

    async def _turn(self) -> None:
        try:
            for projection in self._projections:
                await self._fill(projection)
                await self._note_ends()
            self._trouble = None
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            if not is_database_away(error):
                raise
            self._trouble = f"{type(error).__name__}: {error}"
        self._turned = time.monotonic()

    async def _fill(self, projection: Projection) -> None:
        """Starts the consumers that are missing and stops those of builds that are retired."""
        async with self._pool.acquire() as connection:
            rows = await builds.builds(connection, projection)
        wanted = {
            build: row.state for row in rows if row.state in ("live", "building") and (build := row.of(projection))
        }
        self._live = {build for build in self._live if build.projection != projection}
        self._live |= {build for build, state in wanted.items() if state == "live"}
        for build in [build for build in self._filling if build.projection == projection and build not in wanted]:
            await self._filling.pop(build).stop()
        for build in wanted.keys() - self._filling.keys():
            self._filling[build] = self._start(build)
        for build in wanted:
            metrics.PROJECTION_LIVE.labels(build.consumer_name).set(build in self._live)

    async def _note_ends(self) -> None:
        """Keeps where the logs end, for those who ask how far a build is."""
        for build, filling in self._filling.items():
            if ends := filling.consumer.ends():
                columns = zip(*((source, shard, end) for (source, shard), end in ends.items()), strict=True)
                await self._pool.execute(sql("log_ends_note", _SQL), build.consumer_name, *map(list, columns))

    def _start(self, build: Build) -> Filling:
        consumer = build.consumer(self._pool, self._kafka)
        stopping = asyncio.Event()
        supervisor = Supervisor(self._service, consumer, self._stall_seconds)
        log.info("build_filling", build=build.schema)
        return Filling(consumer, stopping, asyncio.create_task(supervisor.run(stopping), name=build.consumer_name))
