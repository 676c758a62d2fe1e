"""Looking through what was stored and never understood for an erased person's contacts: requests, files of dry runs.

A portion is a durable task; its end and the next one's beginning are one transaction. Only what came before the erasure
is looked at: who asks again afterwards is a new person.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import asyncpg
from events.sqlfile import sql
from events.store import Connection, Store
from events.tasks import Done, NewTask, Task

from leads import index_key
from leads.privacy import SQL
from leads.privacy.erasing import NOWHERE, search
from leads.privacy.finding import Finder

PORTION: Final = 100
"""Requests of one task; a letter with files has 40 MB at most."""

_SEARCH: Final = "SELECT erased_at, contacts FROM erasures WHERE id = $1 AND in_form($2::uuid) IS NOT NULL"


@dataclass(frozen=True)
class Searching:
    """Runs the task ``search_requests``."""

    store: Store
    finder: Finder

    async def perform(self, task: Task) -> Done:
        """One portion; what follows is the next one, or the end of the search."""
        erasure, after = UUID(task.payload["erasure_id"]), UUID(task.payload["after"])
        mark = index_key.mark(self.finder.blind, self.finder.blind.form)
        row = await self.store.pool.fetchrow(_SEARCH, erasure, mark)
        if row is None or row["contacts"] is None:
            return Done()
        contacts = {index.hex for index in row["contacts"]}
        files = await self._files(row["erased_at"], contacts) if after == NOWHERE else []
        stored = await self.store.pool.fetch(sql("requests_to_search", SQL), after, row["erased_at"], PORTION)
        found = await asyncio.to_thread(self._found, stored, contacts)
        last = len(stored) < PORTION

        async def write(connection: Connection) -> None:
            await connection.execute("SELECT in_form($1::uuid)", mark)  # contacts are no longer these otherwise
            for file in files:
                await connection.execute(sql("file_drop", SQL), file)
            await connection.execute(sql("requests_empty", SQL), found)
            await connection.execute(sql("search_move", SQL), erasure, len(found), last)

        return Done(tasks=() if last else [self._next(task, erasure, stored[-1]["id"])], write=write)

    def _found(self, stored: Sequence[asyncpg.Record], contacts: set[str]) -> list[UUID]:
        return [
            row["id"]
            for row in stored
            if contacts
            & self.finder.indexes(
                row["channel"], row["source"], row["body"], row["corrected_body"], row["url"].encode(),
                row["headers"].encode(),
            )
        ]  # fmt: skip

    async def _files(self, erased_at: datetime, contacts: set[str]) -> list[UUID]:
        """Dry runs whose files name the person."""
        named = []
        for (file,) in await self.store.pool.fetch(sql("files_kept", SQL), erased_at):
            chunks = await self.store.pool.fetch(
                "SELECT content FROM import_chunks WHERE import_id = $1 ORDER BY number", file
            )
            content = b"".join(row["content"] for row in chunks)
            if contacts & await asyncio.to_thread(self.finder.indexes, "import", "", content):
                named.append(file)
        return named

    def _next(self, task: Task, erasure: UUID, after: UUID) -> NewTask:
        return search(erasure, UUID(task.payload["customer_id"]), after, datetime.now(UTC), task.cause)
