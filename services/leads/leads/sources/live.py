"""The sources as they are now, in every process: those of the file, and those of the table, read anew when they change.

A source of the file wins over one of the table: what the operator has mounted cannot be changed by a key. Readers see
one mapping that is exchanged whole; reading it costs no I/O. A change is seen within `LOOK_SECONDS` by all processes.
"""

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

import asyncpg
import structlog
from events.privacy import MasterKey
from events.quarantine import INFRASTRUCTURE
from events.settings import Role
from events.sources import Sources
from events.store import Connection
from events.webhooks import Source
from pydantic import ValidationError

from leads.sources.rows import COLUMNS, Unopenable, stored

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
_VERSION = "SELECT coalesce(sum(version), 0)::bigint FROM sources"
_ALL = f"SELECT {COLUMNS}, (SELECT coalesce(sum(version), 0)::bigint FROM sources) AS revision FROM sources"  # noqa: S608


class LiveSources(Mapping[tuple[str, str], Source]):
    """Sources by channel and name. Before the first look only those of the file are known."""

    def __init__(self, fixed: Sources, pool: asyncpg.Pool, master: MasterKey) -> None:
        self.fixed = fixed
        self._pool = pool
        self._master = master
        self._now: Mapping[tuple[str, str], Source] = dict(fixed)
        self._revision: int | None = None
        self._looked = asyncio.Event()

    def __getitem__(self, key: tuple[str, str]) -> Source:
        return self._now[key]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._now)

    def __len__(self) -> int:
        return len(self._now)

    async def looked(self, seconds: float) -> bool:
        """Waits for the first look, for which nobody has to wait later; False if it takes longer."""
        if not self._looked.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._looked.wait(), seconds)
        return self._looked.is_set()

    async def cover(self, connection: Connection, keys: Iterable[tuple[str, str]]) -> None:
        """Looks once more if one of these is not known: another process may know it already."""
        if not self._now.keys() >= set(keys):
            await self.look(connection)

    async def look(self, connection: Connection | None = None) -> None:
        """Reads the table if it has changed since the last look."""
        reader = connection or self._pool
        if await reader.fetchval(_VERSION) == self._revision:
            return
        found: dict[tuple[str, str], Source] = {}
        rows = await reader.fetch(_ALL)
        for row in rows:
            try:
                source = stored(row, self._master).source()
            except (Unopenable, ValidationError) as error:
                log.error("source_unusable", channel=row["channel"], source=row["name"], error=type(error).__name__)
                continue
            found[source.channel, source.name] = source
        self._now = {**found, **self.fixed}
        self._revision = rows[0]["revision"] if rows else 0
        self._looked.set()


class Lookout:
    """A component that keeps the sources of its process up to date."""

    name = "leads.sources"

    def __init__(self, sources: LiveSources, roles: frozenset[Role]) -> None:
        """It runs in whichever role the process has, once."""
        self.role: Role = next((role for role in ("api", "worker", "consumer") if role in roles), "api")
        self._sources = sources
        self._progress = time.monotonic()
        self._trouble: str | None = "the sources were not read yet"

    def last_progress(self) -> float:
        """Monotonic time of the last look."""
        return self._progress

    async def ready(self) -> str | None:
        """None once the sources were read."""
        return self._trouble

    async def run(self, stopping: asyncio.Event) -> None:
        """Looks every second until told to stop. Without a database the sources stay as they were."""
        while not stopping.is_set():
            try:
                await self._sources.look()
                self._trouble = None
            except INFRASTRUCTURE as error:
                log.warning("sources_not_read", error=type(error).__name__)
            self._progress = time.monotonic()
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), LOOK_SECONDS)
