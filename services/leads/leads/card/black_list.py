"""Who must not be worked with."""

from collections.abc import Collection
from uuid import UUID

from events.sqlfile import sql
from events.store import Connection

from leads.card.locked import SQL


async def is_blacklisted(connection: Connection, customer_ids: Collection[UUID]) -> set[UUID]:
    """Those of these customers who are on the black list; of a merged card the latest decision counts for all."""
    rows = await connection.fetch(sql("black_listed", SQL), list(customer_ids))
    return {row["asked"] for row in rows}
