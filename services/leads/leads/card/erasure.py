"""What an erasure leaves of a card in the tables: the same that the fold leaves of its member (``state.py``)."""

from collections.abc import Sequence

from events.contracts.leads import CustomerErased
from events.envelope import Received
from events.sqlfile import sql
from events.store import Append, Connection

from leads.card.locked import SQL


async def forget(connection: Connection, records: Sequence[Received]) -> Sequence[Append]:
    """The reaction to the own log: what erased customers said goes, and what the other members of a card said stays."""
    erased = [record.stream_id for record in records if record.type == CustomerErased.type]
    if erased:
        await connection.execute(sql("card_forget", SQL), erased)
    return ()
