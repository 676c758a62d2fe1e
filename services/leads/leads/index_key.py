"""The index key that a database is indexed with: known by a mark, made under the key of the first process that came."""

from typing import Final
from uuid import UUID

from events.privacy import BlindIndex
from events.store import Connection

_KEEP: Final = "INSERT INTO index_key (mark) VALUES ($1) ON CONFLICT DO NOTHING"
_KEPT: Final = "SELECT mark FROM index_key"


async def other_than(connection: Connection, blind: BlindIndex) -> str | None:
    """Why these indexes are not those of the database; None if they are. One without a mark takes theirs for ever."""
    mark = UUID(hex=blind.of("index_key", "mark"))
    await connection.execute(_KEEP, mark)
    if await connection.fetchval(_KEPT) == mark:
        return None
    return "VORONKA_INDEX_KEY is not the key that this database is indexed with: give the one before (docs/privacy.md)"
