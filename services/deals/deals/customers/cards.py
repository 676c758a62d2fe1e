"""Which cards are one: merging links a card to another, and a tree of linked cards counts as one card, its root's."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from uuid import UUID

from events.sqlfile import sql
from events.store import Connection

SQL = Path(__file__).parent / "sql"


async def root_of(connection: Connection, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The root of each card's tree; a card that was never merged, or that nobody told of, is its own root."""
    return {row["id"]: row["root"] for row in await connection.fetch(sql("roots", SQL), list(ids))}


async def members_of(connection: Connection, ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """All cards of the tree that each of these cards belongs to, its root first and the others by id.

    Facts stay with the card they were learnt by: whoever reads all of a customer reads the facts of all members.
    """
    roots = await root_of(connection, ids)
    trees: dict[UUID, list[UUID]] = {}
    for row in await connection.fetch(sql("members", SQL), list(set(roots.values()))):
        trees.setdefault(row["root"], []).append(row["id"])
    return {id_: trees[root] for id_, root in roots.items()}
