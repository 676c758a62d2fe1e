"""Takes imports in, a portion at a time; one process works on an import, and another goes on where it died."""

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
import structlog
from events.quarantine import INFRASTRUCTURE
from events.settings import Role
from events.sqlfile import sql
from events.store import Cause, Conflict, Connection, Store, append_all
from events.table_files import UnreadableFile, portions, rows_of

from leads.imports import SQL
from leads.imports.kinds import Kind, Numbered, Refused, Sending, Taken

log = structlog.get_logger(__name__)

PORTION = 500
ATTEMPTS = 5
LEASE_SECONDS = 60
POLL_SECONDS = 1.0


class _Gone(Exception):
    """Cancelled, or another process works on it."""


class ImportWorker:
    """A component that works on waiting imports, the oldest first."""

    role: Role = "worker"
    name = "leads.imports"

    def __init__(self, store: Store, kinds: Mapping[str, Kind]) -> None:
        self._store = store
        self._kinds = kinds
        self._something = asyncio.Event()
        self._progress = time.monotonic()
        self._trouble: str | None = None

    def wake(self) -> None:
        """Says that an import waits."""
        self._something.set()

    def last_progress(self) -> float:
        """Monotonic time of the last portion or look."""
        return self._progress

    async def ready(self) -> str | None:
        """None while imports can be worked on, else the reason."""
        return self._trouble

    async def run(self, stopping: asyncio.Event) -> None:
        """Works until told to stop; a portion in hand is finished."""
        while not stopping.is_set():
            self._something.clear()
            worked = False
            try:
                worked = await self.work(stopping)
                self._trouble = None
            except INFRASTRUCTURE as error:
                self._trouble = type(error).__name__
                log.warning("import_trouble", error=type(error).__name__)
            self._progress = time.monotonic()
            if not worked:
                await self._pause(stopping)

    async def _pause(self, stopping: asyncio.Event) -> None:
        """Until there is something to do, it is time to look again, or it is told to stop."""
        waits = [asyncio.create_task(event.wait()) for event in (self._something, stopping)]
        await asyncio.wait(waits, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    async def work(self, stopping: asyncio.Event) -> bool:
        """Works on one import until it is done or ``stopping``; false if none waits."""
        row = await self._store.pool.fetchrow(sql("import_claim", SQL), uuid4(), LEASE_SECONDS)
        if row is None:
            return False
        with suppress(_Gone):
            try:
                await self._work(_Run(row, self._kinds[row["kind"]]), stopping)
            except UnreadableFile as error:
                await self._end(row, "failed", str(error))
        return True

    async def _work(self, run: "_Run", stopping: asyncio.Event) -> None:
        with tempfile.NamedTemporaryFile(prefix="import-") as file:
            await self._fetch(run.id, Path(file.name))
            if run.total is None:
                run.total = await asyncio.to_thread(run.count, Path(file.name))
            with rows_of(Path(file.name), run.encoding) as rows:
                waiting = portions(run.rest(rows), PORTION)
                while portion := await asyncio.to_thread(next, waiting, None):
                    if stopping.is_set():
                        await self._store.pool.execute(sql("import_release", SQL), run.id, run.lease)
                        return
                    await self._take(run, portion)
                    self._progress = time.monotonic()
        await self._end(run.row, "done", None)

    async def _fetch(self, import_id: UUID, path: Path) -> None:
        async with self._store.pool.acquire() as connection, connection.transaction():
            with path.open("wb") as file:
                query = "SELECT content FROM import_chunks WHERE import_id = $1 ORDER BY number"
                async for chunk in connection.cursor(query, import_id, prefetch=4):
                    file.write(chunk["content"])

    async def _take(self, run: "_Run", portion: Sequence[Numbered]) -> None:
        """One transaction; where a row makes it fail, the portion is narrowed down to that row, which is refused."""
        for _ in range(ATTEMPTS):
            try:
                return await self._write(run, portion, None)
            except (Conflict, asyncpg.DeadlockDetectedError):
                continue
            except (_Gone, *INFRASTRUCTURE):
                raise
            except Exception as error:
                if len(portion) == 1:
                    log.error("import_row_refused", id=str(run.id), line=portion[0][0], error=type(error).__name__)
                    return await self._write(run, portion, f"internal error: {type(error).__name__}")
                break
        for half in (portion[: len(portion) // 2], portion[len(portion) // 2 :]):
            if half:
                await self._take(run, half)
        return None

    async def _write(self, run: "_Run", portion: Sequence[Numbered], fault: str | None) -> None:
        async with self._store.pool.acquire() as connection, connection.transaction():
            held = "SELECT FROM imports WHERE id = $1 AND lease = $2 AND state = 'running' FOR UPDATE"
            if await connection.fetchrow(held, run.id, run.lease) is None:
                raise _Gone
            taken = await run.take(connection, portion) if fault is None else await run.keep(connection, portion, fault)
            outcomes = run.outcomes + Counter(taken.outcomes) + Counter(rejected=len(taken.refused))
            done = run.done + len(portion)
            await connection.execute(
                sql("import_move", SQL), run.id, run.total, done, orjson.dumps(outcomes).decode(), LEASE_SECONDS,
                *_columns(taken.refused),
            )  # fmt: skip
            appended = await append_all(connection, taken.appends)
        run.done, run.outcomes = done, outcomes
        self._store.count(taken.appends, appended)

    async def _end(self, row: asyncpg.Record, state: str, failure: str | None) -> None:
        await self._store.pool.execute(sql("import_end", SQL), row["id"], row["lease"], state, failure)
        log.info("import_ended", id=str(row["id"]), state=state)


class _Run:
    """An import that this process works on. A dry run keeps what it foresaw in memory, so it begins anew."""

    def __init__(self, row: asyncpg.Record, kind: Kind) -> None:
        self.row = row
        self.id: UUID = row["id"]
        self.lease: UUID = row["lease"]
        self.encoding: str | None = row["encoding"]
        self.total: int | None = row["rows_total"]
        self.done: int = row["rows_done"]
        self.outcomes: Counter[str] = Counter(orjson.loads(row["outcomes"]))
        self._kind = kind
        self._foresight = kind.foresight() if row["dry_run"] else None
        self._sending = Sending(
            row["name"],
            kind.mapping.model_validate_json(row["mapping"]),
            Cause(row["actor"], row["correlation_id"], row["id"]),
            row["created_at"],
            row["directions"],
        )

    def count(self, path: Path) -> int:
        with rows_of(path, self.encoding) as rows:
            return sum(1 for _ in rows)

    def rest(self, rows: Iterator[Numbered]) -> Iterator[Numbered]:
        for _ in range(self.done):
            next(rows)
        return rows

    async def take(self, connection: Connection, portion: Sequence[Numbered]) -> Taken:
        return await (self._foresight or self._kind).take(connection, self._sending, portion)

    async def keep(self, connection: Connection, portion: Sequence[Numbered], fault: str) -> Taken:
        if self._foresight:
            return Taken({}, [Refused(line, fault) for line, _ in portion])
        return Taken({}, [await self._kind.keep(connection, self._sending, row, fault) for row in portion])


def _columns(refused: Sequence[Refused]) -> tuple[list[Any], ...]:
    return (
        [r.line for r in refused],
        [r.request_id for r in refused],
        [r.reason for r in refused],
        [None if r.row is None else orjson.dumps(r.row).decode() for r in refused],
    )
