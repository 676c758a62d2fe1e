"""Values of personal custom fields as lists ask them: sealed in the events, found by blind indexes.

A value is found by being equal, in any case and without blanks around it; what is more or less than it nobody can ask.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import orjson
from events.blind_index import BlindIndex
from events.contracts.leads import CustomerErased, CustomerFieldsChanged
from events.envelope import Received
from events.privacy import CustomerKey, Keyring
from events.sqlfile import sql
from events.store import Append, Connection

from leads.lists import SQL

_TYPES: Final = frozenset((CustomerFieldsChanged.type, CustomerErased.type))


class SealedIndexes:
    """The blind indexes of values, under the service's key."""

    def __init__(self, blind: BlindIndex) -> None:
        self._blind = blind

    def of(self, field: str, value: str) -> UUID:
        """What stands for a value of a field."""
        return UUID(self._blind.of(f"field:{field}", value.strip().casefold()))

    def of_all(self, field: str, value: Any) -> set[UUID]:
        """What stands for what a stored value says: each choice of several for itself."""
        told = value if isinstance(value, list) else [value]
        return {self.of(field, one) for one in told if isinstance(one, str)}


class SealedValues:
    """The reaction to the own log that keeps the indexes. Done twice, it changes nothing."""

    def __init__(self, keyring: Keyring, indexes: SealedIndexes) -> None:
        self._keyring = keyring
        self._indexes = indexes

    async def react(self, connection: Connection, records: Sequence[Received]) -> Sequence[Append]:
        """Brings the indexes of these cards to what the last event said of each field; nothing is to be appended."""
        told = [record.recorded().event for record in records if record.type in _TYPES]
        erased = [event.customer_id for event in told if isinstance(event, CustomerErased)]
        changed = {
            (event.customer_id, change.field): change.sealed
            for event in told
            if isinstance(event, CustomerFieldsChanged)
            for change in event.changes
        }
        if changed:
            keys = await self._keyring.read(connection, {card for card, _ in changed})
            rows = [
                (card, field, index)
                for (card, field), sealed in changed.items()
                if sealed is not None and card in keys
                for index in sorted(self._read(field, sealed, keys[card]))
            ]
            await connection.execute(
                sql("value_indexes_set", SQL), *map(list, zip(*changed, strict=True)), *_columns(rows)
            )
        if erased:
            await connection.execute("DELETE FROM value_indexes WHERE card = ANY($1::uuid[])", erased)
        return ()

    def _read(self, field: str, sealed: str, key: CustomerKey) -> set[UUID]:
        opened = key.open(sealed)
        return self._indexes.of_all(field, orjson.loads(opened)["value"]) if opened is not None else set()


def _columns(rows: Sequence[tuple[UUID, str, UUID]]) -> Sequence[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else ([], [], [])
