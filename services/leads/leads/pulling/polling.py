"""The component that fetches: each source by one process at a time, as far as it got, page after page.

A page and the place it leads to are stored in one transaction, while the lease is held: what dies in between is fetched
again and found there already. A source whose setup changes is begun anew with the new one.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID, uuid4

import asyncpg
import orjson
import structlog
from events import metrics
from events.outgoing import Refused
from events.quarantine import INFRASTRUCTURE
from events.settings import Role
from events.sqlfile import sql
from events.store import Connection, deterministic_id
from events.webhooks import Source

from leads.channels.pulled import Pulled
from leads.sources.live import LiveSources

log = structlog.get_logger(__name__)

SQL = Path(__file__).parent / "sql"
LEASE_SECONDS = 60.0
HEARTBEAT_SECONDS = 15.0
LOOK_SECONDS = 1.0
MOST_AT_ONCE = 16
FIRST_PAUSE_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 3600.0
"""After trouble a source is looked at again much sooner than after a look that went well, if that is rarely."""
_ADD = """
INSERT INTO source_pulls (channel, source, due_at) SELECT c, s, now() FROM unnest($1::text[], $2::text[]) AS k(c, s)
ON CONFLICT DO NOTHING
"""
_HOLD = """
UPDATE source_pulls SET leased_until = now() + make_interval(secs => $4), cursor = coalesce($5::json, cursor),
       fetched = fetched + $6
 WHERE channel = $1 AND source = $2 AND lease = $3 RETURNING true
"""

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Page:
    """Things fetched, and where to go on from once they are stored; None where that has not moved."""

    items: Sequence[Pulled]
    cursor: Mapping[str, Any] | None = None


class Puller(Protocol):
    """How sources of one channel are fetched."""

    def wanted(self, source: Source) -> bool:
        """Is this source set up to be fetched?"""
        ...

    def every(self, source: Source) -> float:
        """Seconds from the end of one look to the next."""
        ...

    def pages(self, source: Source, cursor: Mapping[str, Any], now: datetime) -> AsyncIterator[Page]:
        """Everything from the cursor on; asked for the next page when the last one is stored. It may go on for ever.

        Raises ``Trouble`` and ``Refused``.
        """
        ...


class Polling:
    """Fetches all sources that are set up to be fetched."""

    name = "leads.pulling"
    role: Role = "worker"

    def __init__(self, pool: asyncpg.Pool, sources: LiveSources, pullers: Mapping[str, Puller], stored: Any) -> None:
        """``stored`` is called after each commit: it wakes the intake's worker."""
        self._pool = pool
        self._sources = sources
        self._pullers = pullers
        self._stored = stored
        self._running: dict[Key, tuple[Source, asyncio.Task[None]]] = {}
        self._known: frozenset[Key] = frozenset()
        self._progress = time.monotonic()
        self._trouble: str | None = None

    def last_progress(self) -> float:
        """Monotonic time of the last turn of the loop."""
        return self._progress

    async def ready(self) -> str | None:
        """None while sources can be leased; a source that cannot be fetched says so itself."""
        return self._trouble

    async def run(self, stopping: asyncio.Event) -> None:
        """Fetches until told to stop; then what is under way is given back."""
        try:
            while not stopping.is_set():
                try:
                    await self.look()
                    self._trouble = None
                except INFRASTRUCTURE as error:
                    self._trouble = type(error).__name__
                    log.warning("pulling_trouble", error=type(error).__name__)
                self._progress = time.monotonic()
                with suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), LOOK_SECONDS)
        finally:
            await self._stop([task for _, task in self._running.values()])

    async def look(self) -> None:
        """Begins with sources that are due, ends with those that changed."""
        wanted = {
            key: source
            for key, source in self._sources.items()
            if source.active and key[0] in self._pullers and self._pullers[key[0]].wanted(source)
        }
        self._running = {key: entry for key, entry in self._running.items() if not entry[1].done()}
        await self._stop([task for key, (source, task) in self._running.items() if wanted.get(key) != source])
        if new := wanted.keys() - self._known:
            await self._pool.execute(_ADD, *_columns(new))
            self._known |= new
        free = [key for key in wanted if key not in self._running]
        if not free or len(self._running) >= MOST_AT_ONCE:
            return
        lease = uuid4()
        rows = await self._pool.fetch(
            sql("pulls_lease", SQL), lease, LEASE_SECONDS, *_columns(free), MOST_AT_ONCE - len(self._running)
        )
        for row in rows:
            key = row["channel"], row["source"]
            pull = self._pull(wanted[key], lease, orjson.loads(row["cursor"]), row["failures"])
            self._running[key] = wanted[key], asyncio.create_task(pull, name=f"pull {'/'.join(key)}")

    async def _stop(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _pull(self, source: Source, lease: UUID, cursor: Mapping[str, Any], failures: int) -> None:
        puller = self._pullers[source.channel]
        every = puller.every(source)
        try:
            held = await self._pages(puller, source, lease, cursor)
        except asyncio.CancelledError:
            with suppress(Exception):
                await self._end(source, lease, 0, None, done=False)
            raise
        except Exception as error:
            expected = isinstance(error, (Refused, *INFRASTRUCTURE))
            reason = str(error)[:500] if isinstance(error, (Refused, ConnectionError)) else type(error).__name__
            wanted = max(min(every, FIRST_PAUSE_SECONDS), getattr(error, "seconds", None) or 0)
            pause = min(wanted * 2 ** min(failures, 6), LONGEST_PAUSE_SECONDS)
            log.log(30 if expected else 40, "pull_failed", channel=source.channel, source=source.name, error=reason)
            metrics.PULLS.labels(source.channel, "failed").inc()
            with suppress(*INFRASTRUCTURE):
                await self._end(source, lease, pause, reason, done=False)
        else:
            if held:
                metrics.PULLS.labels(source.channel, "done").inc()
                with suppress(*INFRASTRUCTURE):
                    await self._end(source, lease, every, None, done=True)

    async def _pages(self, puller: Puller, source: Source, lease: UUID, cursor: Mapping[str, Any]) -> bool:
        """Stores page after page; False when the lease was lost."""
        async with aclosing(puller.pages(source, cursor, datetime.now(UTC))) as pages:  # type: ignore[type-var]
            while True:
                following = asyncio.ensure_future(anext(pages, None))
                try:
                    while not (await asyncio.wait({following}, timeout=HEARTBEAT_SECONDS))[0]:
                        if not await self._hold(self._pool, source, lease, None, 0):
                            return False
                    page = following.result()
                finally:
                    following.cancel()
                    with suppress(asyncio.CancelledError, Exception):
                        await following
                if page is None:
                    return True
                if not await self._store(source, lease, page):
                    return False

    async def _store(self, source: Source, lease: UUID, page: Page) -> bool:
        async with self._pool.acquire() as connection, connection.transaction():
            if not await self._hold(connection, source, lease, page.cursor, len(page.items)):
                log.warning("pull_lease_lost", channel=source.channel, source=source.name)
                return False
            await store(connection, source, page.items, datetime.now(UTC))
        if page.items:
            self._stored()
        return True

    async def _hold(
        self, connection: Any, source: Source, lease: UUID, cursor: Mapping[str, Any] | None, fetched: int
    ) -> bool:
        written = None if cursor is None else orjson.dumps(cursor).decode()
        held = await connection.fetchval(_HOLD, source.channel, source.name, lease, LEASE_SECONDS, written, fetched)
        return bool(held)

    async def _end(self, source: Source, lease: UUID, pause: float, error: str | None, *, done: bool) -> None:
        await self._pool.execute(sql("pulls_end", SQL), source.channel, source.name, lease, float(pause), error, done)


async def store(connection: Connection, source: Source, items: Sequence[Pulled], now: datetime) -> None:
    """Puts what was fetched among the stored requests, each thing once."""
    if items:
        await connection.execute(
            sql("pulled_store", SQL),
            [deterministic_id("pulled", source.channel, source.name, item.key) for item in items],
            now,
            source.channel,
            source.name,
            [item.origin for item in items],
            [item.content_type for item in items],
            [item.body for item in items],
        )


def _columns(keys: Any) -> tuple[list[str], list[str]]:
    return [channel for channel, _ in keys], [name for _, name in keys]
