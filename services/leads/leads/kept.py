"""Items of bulk requests and imports that could not be captured: kept in quarantine, one by one, with their reasons."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg
from events import tracing
from events.sqlfile import sql
from events.store import Connection, deterministic_id

from leads.capture import SQL


@dataclass(frozen=True, slots=True)
class Kept:
    """One item as it was given; ``key`` names it within its source, so that the same item is kept once."""

    channel: str
    source: str
    key: str
    body: bytes = field(repr=False)
    reason: str

    @property
    def id(self) -> UUID:
        """The id of its row in the quarantine of requests."""
        return deterministic_id("kept", self.channel, self.source, self.key)


async def keep(to: asyncpg.Pool | Connection, items: Sequence[Kept], received_at: datetime) -> None:
    """Stores the items in quarantine, in the transaction of the connection if it is given one."""
    if items:
        await to.execute(
            sql("intake_keep", SQL),
            received_at,
            [item.id for item in items],
            [item.channel for item in items],
            [item.source for item in items],
            [item.body for item in items],
            [item.reason for item in items],
            tracing.current_traceparent(),
        )


async def release(connection: Connection, items: Sequence[Kept]) -> None:
    """Takes items out of quarantine that have been captured after all, repaired and sent again."""
    if items:
        await connection.execute(sql("intake_release", SQL), [item.id for item in items])
