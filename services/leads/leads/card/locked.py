"""Cards under lock: all members of their trees, with the state that is folded from all their streams."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg
from events.auth import Principal
from events.contracts.leads import (
    CustomerBlacklisted,
    CustomerBlacklistLifted,
    CustomerConsentGiven,
    CustomerConsentWithdrawn,
    CustomerContactAdded,
    CustomerContactPreferred,
    CustomerContactRemoved,
    CustomerDetailsChanged,
    CustomerErased,
    CustomerFieldsChanged,
    CustomerRegistered,
    CustomerResponsibleChanged,
    CustomerTagged,
    CustomerUntagged,
)
from events.event import decode
from events.privacy import Keyring
from events.sqlfile import sql
from events.store import Conflict, Connection

from leads.card.etag import tag_of
from leads.card.opened import Opener
from leads.card.state import Card, evolve
from leads.identity.cards import members_of, root_of

SQL = Path(__file__).parent / "sql"

CARD_EVENTS: Final = tuple(
    event.type
    for event in (
        CustomerRegistered,
        CustomerContactAdded,
        CustomerContactRemoved,
        CustomerContactPreferred,
        CustomerDetailsChanged,
        CustomerFieldsChanged,
        CustomerTagged,
        CustomerUntagged,
        CustomerBlacklisted,
        CustomerBlacklistLifted,
        CustomerConsentGiven,
        CustomerConsentWithdrawn,
        CustomerResponsibleChanged,
        CustomerErased,
    )
)


@dataclass(frozen=True, slots=True)
class Whole:
    """A card with its members, the root first. ``row`` is the root's row of ``customers``; ``directions`` are the
    lines of business of all members.
    """

    root: UUID
    row: asyncpg.Record
    directions: frozenset[str | None]
    versions: Mapping[UUID, int]
    card: Card
    opener: Opener

    @property
    def members(self) -> Sequence[UUID]:
        """The ids of all members, the root first."""
        return tuple(self.versions)

    @property
    def tag(self) -> str:
        """For ``ETag`` and ``If-Match``."""
        return tag_of(self.root, self.versions)

    def seen_by(self, principal: Principal) -> bool:
        """Cards that were merged are seen together, by whoever sees one of them."""
        return any(principal.sees(direction) for direction in self.directions)


async def lock(connection: Connection, keyring: Keyring, ids: Collection[UUID]) -> dict[UUID, Whole]:
    """The cards of these ids, by the id that was asked, locked until commit in the order of ids; unknown ones are left
    out. Raises :class:`Conflict` where a card was merged or split meanwhile: ask again in a new transaction.
    """
    roots = await root_of(connection, ids)
    members = await members_of(connection, set(roots.values()))
    rows = await connection.fetch(sql("card_lock", SQL), [one for tree in members.values() for one in tree])
    if await root_of(connection, ids) != roots or await members_of(connection, members.keys()) != members:
        raise Conflict
    wholes = await _wholes(connection, keyring, members, {row["id"]: row for row in rows})
    return {asked: wholes[root] for asked, root in roots.items()}


async def read(connection: Connection, keyring: Keyring, ids: Collection[UUID]) -> dict[UUID, Whole]:
    """As :func:`lock`, without locking."""
    roots = await root_of(connection, ids)
    members = await members_of(connection, set(roots.values()))
    everybody = [one for tree in members.values() for one in tree]
    rows = await connection.fetch("SELECT * FROM customers WHERE id = ANY($1::uuid[])", everybody)
    wholes = await _wholes(connection, keyring, members, {row["id"]: row for row in rows})
    return {asked: wholes[root] for asked, root in roots.items()}


async def _wholes(
    connection: Connection,
    keyring: Keyring,
    members: Mapping[UUID, Sequence[UUID]],
    rows: Mapping[UUID, asyncpg.Record],
) -> dict[UUID, Whole]:
    root_of_member = {member: root for root, tree in members.items() for member in tree}
    cards = {root: Card(root=root) for root in members}
    for row in await connection.fetch(sql("card_events", SQL), list(root_of_member), list(CARD_EVENTS)):
        root = root_of_member[row["stream_id"]]
        cards[root] = evolve(cards[root], decode(row["type"], row["data"].encode()))
    keys = await keyring.read(connection, root_of_member)
    return {
        root: Whole(
            root,
            rows[root],
            frozenset(rows[member]["direction"] for member in tree),
            {member: rows[member]["version"] for member in tree},
            cards[root],
            Opener({member: keys[member] for member in tree if member in keys}),
        )
        for root, tree in members.items()
    }
