"""Keeping the tokens of cards: whatever is told of a customer, they are made anew from the card as it stands.

So events may come twice, late or in any order, and the whole is rebuilt by reading the log from its beginning.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from events.contracts.leads import (
    CustomerContactAdded,
    CustomerContactRemoved,
    CustomerDetailsChanged,
    CustomerErased,
    CustomerRegistered,
)
from events.envelope import Received
from events.privacy import Keyring
from events.sqlfile import sql
from events.store import Append, Connection

from leads.search import SQL
from leads.search.tokens import Tokens

_TELLING: Final = frozenset(
    event.type
    for event in (
        CustomerRegistered,
        CustomerContactAdded,
        CustomerContactRemoved,
        CustomerDetailsChanged,
        CustomerErased,
    )
)


class Indexing:
    """The reaction to the own log."""

    def __init__(self, keyring: Keyring, tokens: Tokens) -> None:
        self._keyring = keyring
        self._tokens = tokens

    async def react(self, connection: Connection, records: Sequence[Received]) -> Sequence[Append]:
        """Indexes the cards that a batch tells of; three statements, however many they are."""
        told = {record.stream_id for record in records if record.type in _TELLING}
        if told:
            await self.index(connection, sorted(told))
        return ()

    async def index(self, connection: Connection, customer_ids: Sequence[UUID]) -> None:
        """Makes the tokens of these cards anew; those of erased customers go."""
        cards = await connection.fetch(sql("cards_to_index", SQL), customer_ids)
        keys = await self._keyring.read(connection, customer_ids)
        tokens = []
        for card in cards:
            key = keys.get(card["id"])
            name = key.open(card["name"]) if key and card["name"] else None
            phones = [phone for sealed in card["phones"] if (phone := key.open(sealed))] if key else []
            tokens.append(self._tokens.of_card(name, phones))
        ids = [card["id"] for card in cards]
        await connection.execute(sql("tokens_save", SQL), ids, [_array(found) for found in tokens])


def _array(tokens: Sequence[int]) -> str:
    """As PostgreSQL writes an array: unnest takes arrays of arrays apart altogether."""
    return f"{{{','.join(map(str, tokens))}}}"
