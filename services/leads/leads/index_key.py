"""The index key that a database is indexed with: known by a mark, made under the key of the first process that came.

That process is believed only if its keys agree with what is there: contacts are opened and indexed again. Of a process
that knows later keys too, the mark says which form of its indexes the database has.
"""

from contextlib import suppress
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from events.blind_index import BlindIndex
from events.privacy import CustomerKey, MasterKey
from events.store import Connection

SAMPLE: Final = 40
_KEEP: Final = "INSERT INTO index_key (mark) VALUES ($1) ON CONFLICT DO NOTHING"
_KEPT: Final = "SELECT mark, form, tokens_after IS NOT NULL AS is_moving FROM index_key"
# The order of indexes is as good as chance, and has an index.
_SAMPLE: Final = """
SELECT i.blind_index, i.kind, c.id, k.wrapped_key, CASE i.kind WHEN 'phone' THEN c.phones ELSE c.emails END AS sealed
  FROM identities i JOIN customers c ON c.id = i.customer_id JOIN keyring k ON k.customer_id = c.id
 WHERE i.kind IN ('phone', 'email')
 ORDER BY i.blind_index LIMIT $1
"""


async def other_than(connection: Connection, blind: BlindIndex, master: MasterKey) -> str | None:
    """Why these indexes are not those of the database; None if they are: then they have its form from now on.

    One without a mark takes theirs for ever, if most of a sample of its contacts has them. Where no contact can be
    compared, because none was sealed, they are taken on trust.
    """
    if (kept := await connection.fetchrow(_KEPT)) is None:
        if (reason := await _disagrees(connection, blind, master)) is not None:
            return reason
        await connection.execute(_KEEP, mark(blind, 0))
        kept = await connection.fetchrow(_KEPT)
    assert kept is not None
    for form in range(blind.newest + 1):
        if mark(blind, form) == kept["mark"]:
            blind.form, blind.is_moving = form, kept["is_moving"]
            return None
    if kept["form"] > blind.newest:
        return (
            f"VORONKA_LATER_INDEX_KEYS has {blind.newest} of the {kept['form']} keys that this database is indexed with"
            " (docs/privacy.md)"
        )
    return "VORONKA_INDEX_KEY is not the key that this database is indexed with: give the one before (docs/privacy.md)"


def mark(blind: BlindIndex, form: int) -> UUID:
    """What tells that a database has this form of these indexes."""
    return UUID(hex=blind.of("index_key", "mark", form))


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
