"""Which cards are one: merging links a card to another, and a tree of linked cards counts as one card, its root's."""

from collections.abc import Collection
from pathlib import Path
from uuid import UUID

from events.sqlfile import sql
from events.store import Connection

SQL = Path(__file__).parent / "sql"


async def root_of(connection: Connection, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The root of each card's tree; a card that was never merged is its own root. Unknown ids are left out."""
    return {row["id"]: row["root"] for row in await connection.fetch(sql("roots", SQL), list(ids))}


async def members_of(connection: Connection, root_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """All cards of each root's tree, the root first and the others by id.

    Facts stay with the card they were learnt by: whoever reads all of a customer reads the facts of all members.
    """
    members: dict[UUID, list[UUID]] = {root: [] for root in root_ids}
    for row in await connection.fetch(sql("members", SQL), list(root_ids)):
        members[row["root"]].append(row["id"])
    return members


async def seen_among(connection: Connection, ids: Collection[UUID], directions: list[str] | None) -> set[UUID]:
    """Those of these cards that exist and may be seen with these lines of business (None: all).

    Cards that were merged are seen together: by whoever sees one of them.
    """
    return {row["id"] for row in await connection.fetch(sql("cards_seen", SQL), list(ids), directions)}
