"""Personal data: analytics keeps none and has no keys. What it tells of a customer are ids, times, sums and codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from events.personal import PersonalData, PersonalStore
from events.projection import Projection
from events.store import Connection

from analytics import builds

STORES: Final[Sequence[PersonalStore]] = (
    PersonalStore(
        table="segments_told",
        what="the segment by revenue",
        ending="kept",
        why="reports count customers, and it names nobody",
    ),
)


def kept(sales: Projection) -> PersonalData:
    """What is declared; the live build of ``sales`` tells who is erased."""

    async def erased(connection: Connection, customer_ids: Sequence[UUID]) -> set[UUID]:
        schema = (await builds.live_build(connection, sales)).schema
        rows = await connection.fetch(
            f"SELECT customer_id FROM {schema}.customers WHERE erased_at IS NOT NULL"  # noqa: S608 - our own name
            " AND customer_id = ANY($1::uuid[])",
            customer_ids,
        )
        return {row["customer_id"] for row in rows}

    return PersonalData("analytics", STORES, erased)
