"""Requests are answered once, however often they come."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from events.store import Connection

_NEW: Final = """
INSERT INTO requests_answered (request_id) SELECT DISTINCT unnest($1::uuid[]) ON CONFLICT DO NOTHING
RETURNING request_id
"""


async def fresh(connection: Connection, request_ids: Collection[UUID]) -> set[UUID]:
    """Those that were not taken before; from the caller's transaction on they were."""
    return {row["request_id"] for row in await connection.fetch(_NEW, list(request_ids))}
