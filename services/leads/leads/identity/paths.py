"""From a card up to its root: read, and locked until commit so that the tree stays what it was read as.

Whoever changes a tree, or opens a lead in it, holds the row of its root: so captures, merges and splits of one card
wait for each other, and locks are always taken in the order of ids.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

import asyncpg
from events.sqlfile import sql
from events.store import Conflict, Connection

from leads.identity.cards import SQL


@dataclass(frozen=True, slots=True)
class Paths:
    """What each card was merged into; cards that are not there were never merged."""

    parents: Mapping[UUID, UUID]

    def root(self, card: UUID) -> UUID:
        """The root of the card's tree."""
        while card in self.parents:
            card = self.parents[card]
        return card

    def above(self, cards: Iterable[UUID]) -> list[UUID]:
        """These cards and all between them and their roots, by id."""
        found: set[UUID] = set()
        for card in cards:
            while card not in found:
                found.add(card)
                card = self.parents.get(card, card)
        return sorted(found)


NO_MERGES = Paths({})


async def paths_of(connection: Connection, cards: Iterable[UUID]) -> Paths:
    """The paths from these cards to their roots."""
    rows = await connection.fetch(sql("paths", SQL), list(cards))
    return Paths({row["id"]: row["merged_into"] for row in rows if row["merged_into"] is not None})


async def lock_paths(connection: Connection, paths: Paths, cards: Iterable[UUID]) -> dict[UUID, asyncpg.Record]:
    """Locks these cards with all above them; raises :class:`Conflict` if the paths are others by now.

    The rows have ``id, version, name, direction, merged_into``.
    """
    rows = await connection.fetch(sql("customers_lock", SQL), paths.above(cards))
    if any(row["merged_into"] != paths.parents.get(row["id"]) for row in rows):
        raise Conflict
    return {row["id"]: row for row in rows}
