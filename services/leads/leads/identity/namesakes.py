"""Weak matches: cards of the same full name that share a birthday, an organisation, or phones but for one slip.

Only names have an index for this. Blind indexes tell nothing of values that are merely alike, so the few cards that
share a name are opened and compared. Names that very many share are compared with a few of them only.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from events.blind_index import BlindIndex
from events.privacy import Keyring
from events.sqlfile import sql
from events.store import Connection

from leads.card.locked import Whole, read
from leads.identity.cards import SQL
from leads.identity.likeness import Known, full_name, reasons
from leads.identity.match import Suggest

MOST_NAMESAKES: Final = 50
"""Cards of one name that a card is compared with."""


@dataclass(frozen=True)
class Namesakes:
    """Keeps the index of names, and compares those who share one."""

    keyring: Keyring
    blind: BlindIndex

    async def learn(self, connection: Connection, customers: Collection[UUID]) -> None:
        """Takes in the names of these cards as they are now."""
        rows = await connection.fetch(sql("names_of_customers", SQL), list(customers))
        keys = await self.keyring.read(connection, [row["id"] for row in rows])
        indexes: dict[UUID, str] = {}
        for row in rows:
            name = keys[row["id"]].open(row["name"]) if row["id"] in keys else None
            full = full_name(name) if name else None
            if full is not None:
                indexes[row["id"]] = self.blind.of("name", full)
        gone = [customer for customer in customers if customer not in indexes]
        await connection.execute(sql("name_indexes_store", SQL), list(indexes), list(indexes.values()), gone)

    async def compare(self, connection: Connection, customers: Collection[UUID]) -> list[Suggest]:
        """The matches of these cards with those of the same name."""
        rows = await connection.fetch(sql("namesakes", SQL), list(customers), MOST_NAMESAKES)
        if not rows:
            return []
        pairs = {tuple(sorted((row["customer_id"], row["other_customer_id"]))) for row in rows}
        wholes = await read(connection, self.keyring, {card for pair in pairs for card in pair})
        known = await self._known(connection, wholes)
        return [
            Suggest(one, other, reason)
            for one, other in sorted(pairs)
            if one in known and other in known and wholes[one].root != wholes[other].root
            for reason in reasons(known[one], known[other])
        ]

    async def _known(self, connection: Connection, wholes: Mapping[UUID, Whole]) -> dict[UUID, Known]:
        members = {member: whole.root for whole in wholes.values() for member in whole.members}
        organisations: dict[UUID, set[UUID]] = {}
        for row in await connection.fetch(sql("organisations_shared", SQL), list(members)):
            organisations.setdefault(members[row["customer_id"]], set()).add(row["organisation_id"])
        return {
            asked: Known(
                whole.opener.details(whole.card).get("birthday"),
                _phones(whole),
                frozenset(organisations.get(whole.root, ())),
            )
            for asked, whole in wholes.items()
        }


def _phones(whole: Whole) -> Sequence[str]:
    opened = [whole.opener.text(contact.value) for contact in whole.card.contacts_of("phone")]
    return [phone for phone in opened if phone is not None]
