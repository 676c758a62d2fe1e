"""Letters of automation on the card: sent, opened, followed; kept by a consumer of automation's events."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from events.envelope import Received
from events.projection import Projection
from events.store import Connection

SOURCE: Final = "automation"
CONSUMER: Final = "leads.letters"
MAX_RECORDS: Final = 200
_TABLES: Final = Projection("letters", 1, (SOURCE,), Path(__file__).parent)


async def apply(connection: Connection, records: Sequence[Received]) -> None:
    """Writes what a batch tells of letters, in the transaction of the watermark; other events are not for us."""
    for type_, statements in sorted(_TABLES.statements.items()):
        if batch := [record for record in records if record.type == type_]:
            for statement in statements:
                await statement.run(connection, batch)
