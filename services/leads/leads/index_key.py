"""The index key that a database is indexed with: known by a mark, made under the key of the first process that came.

That process is believed only if its keys agree with what is there: contacts are opened and indexed again.
"""

from contextlib import suppress
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from events.privacy import BlindIndex, CustomerKey, MasterKey
from events.store import Connection

SAMPLE: Final = 40
_KEEP: Final = "INSERT INTO index_key (mark) VALUES ($1) ON CONFLICT DO NOTHING"
_KEPT: Final = "SELECT mark FROM index_key"
# The order of indexes is as good as chance, and has an index.
_SAMPLE: Final = """
SELECT i.blind_index, i.kind, c.id, k.wrapped_key, CASE i.kind WHEN 'phone' THEN c.phones ELSE c.emails END AS sealed
  FROM identities i JOIN customers c ON c.id = i.customer_id JOIN keyring k ON k.customer_id = c.id
 WHERE i.kind IN ('phone', 'email')
 ORDER BY i.blind_index LIMIT $1
"""


async def other_than(connection: Connection, blind: BlindIndex, master: MasterKey) -> str | None:
    """Why these indexes are not those of the database; None if they are.

    One without a mark takes theirs for ever, if most of a sample of its contacts has them. Where no contact can be
    compared, because none was sealed, they are taken on trust.
    """
    mark = UUID(hex=blind.of("index_key", "mark"))
    if await connection.fetchval(_KEPT) is None:
        if (reason := await _disagrees(connection, blind, master)) is not None:
            return reason
        await connection.execute(_KEEP, mark)
    if await connection.fetchval(_KEPT) == mark:
        return None
    return "VORONKA_INDEX_KEY is not the key that this database is indexed with: give the one before (docs/privacy.md)"


async def _disagrees(connection: Connection, blind: BlindIndex, master: MasterKey) -> str | None:
    rows = await connection.fetch(_SAMPLE, SAMPLE)
    keys: dict[UUID, CustomerKey] = {}
    for row in rows:
        with suppress(InvalidTag):
            keys[row["id"]] = CustomerKey(row["id"], master.unwrap(row["id"], row["wrapped_key"]))
    if rows and not keys:
        return "VORONKA_MASTER_KEY opens no key of this database's customers: give the one before (docs/privacy.md)"
    compared = agreeing = 0
    for row in rows:
        key = keys.get(row["id"])
        opened = [value for sealed in row["sealed"] if key is not None and (value := key.open(sealed)) is not None]
        compared += bool(opened)
        agreeing += row["blind_index"].hex in {blind.of(row["kind"], value) for value in opened}
    if agreeing * 2 >= compared:
        return None
    return (
        f"VORONKA_INDEX_KEY is not the key that this database is indexed with: of {compared} contacts {agreeing} have"
        " their index under it; give the one before (docs/privacy.md)"
    )
