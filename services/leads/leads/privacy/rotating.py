"""The master key is replaced: customers' keys and the secrets of sources are wrapped anew, a portion at a time.

Both master keys open all the while, so nobody waits; a key that is deleted meanwhile stays deleted. What was done is
told from what is left by opening it, so that a rotation may be broken off anywhere and done twice.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg
from cryptography.exceptions import InvalidTag
from events.privacy import MasterKey
from events.sqlfile import sql
from events.store import Connection

from leads.privacy import SQL
from leads.privacy.models import Rotated
from leads.sources.rows import source_id

PORTION: Final = 1_000
_FIRST: Final = UUID(int=0)


@dataclass(frozen=True)
class Rotating:
    """Runs rotations."""

    pool: asyncpg.Pool
    master: MasterKey

    async def portion(self, after: UUID | None, *, dry_run: bool) -> Rotated:
        """The next thousand keys, and with the first portion the sources, in one transaction."""
        async with self.pool.acquire() as connection, connection.transaction():
            sources, unreadable = await self._sources(connection, dry_run) if after is None else (0, 0)
            rows = await connection.fetch(sql("keys_portion", SQL), after or _FIRST, PORTION)
            anew: dict[UUID, bytes] = {}
            for row in rows:
                try:
                    wrapped = self.master.rewrap(row["customer_id"], row["wrapped_key"])
                except InvalidTag:
                    unreadable += 1
                    continue
                if wrapped is not None:
                    anew[row["customer_id"]] = wrapped
            if anew and not dry_run:
                await connection.execute(sql("keys_rewrap", SQL), list(anew), list(anew.values()))
            total = await connection.fetchval("SELECT count(*) FROM keyring")
        following = rows[-1]["customer_id"] if len(rows) == PORTION else None
        return Rotated(
            checked=len(rows), rewrapped=len(anew), sources=sources, unreadable=unreadable, total=total, next=following
        )

    async def _sources(self, connection: Connection, dry_run: bool) -> tuple[int, int]:
        """How many were sealed anew, and how many nobody can open."""
        done = unreadable = 0
        for row in await connection.fetch("SELECT channel, name, sealed FROM sources ORDER BY 1, 2 FOR UPDATE"):
            try:
                sealed = self.master.rewrap(source_id(row["channel"], row["name"]), row["sealed"])
            except InvalidTag:
                unreadable += 1
                continue
            if sealed is not None:
                done += 1
                if not dry_run:
                    await connection.execute(
                        "UPDATE sources SET sealed = $3 WHERE channel = $1 AND name = $2",
                        row["channel"],
                        row["name"],
                        sealed,
                    )
        return done, unreadable
