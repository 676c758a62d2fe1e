"""Letters of automation on the card: sent, opened, followed; kept by a reaction to automation's events."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from events.envelope import Received
from events.projection import Projection
from events.store import Append, Connection

SOURCE: Final = "automation"
_TABLES: Final = Projection("letters", 1, (SOURCE,), Path(__file__).parent)


async def react(connection: Connection, records: Sequence[Received]) -> Sequence[Append]:
    """Writes what a batch tells of letters; other events are not for us."""
    for type_, statements in sorted(_TABLES.statements.items()):
        if batch := [record for record in records if record.type == type_]:
            for statement in statements:
                await statement.run(connection, batch)
    return ()
