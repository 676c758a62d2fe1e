"""What documents do when leads says that a customer is erased: titles go at once, the objects by a durable task."""

from __future__ import annotations

from collections.abc import Sequence

from events import tasks
from events.contracts.leads import CustomerErased
from events.envelope import Received
from events.sqlfile import sql
from events.store import Append, Cause, Connection, deterministic_id

from deals.documents.commands import SQL
from deals.documents.printing import FORGET


async def react(connection: Connection, records: Sequence[Received]) -> Sequence[Append]:
    """Forgets in the transaction of the watermark; there is nothing to append."""
    known = [record.recorded() for record in records if record.type == CustomerErased.type]
    erased = {r.event.customer_id: r for r in known if isinstance(r.event, CustomerErased)}
    if erased:
        await connection.execute(sql("documents_forget", SQL), list(erased))
        await tasks.add(
            connection,
            [
                tasks.NewTask(
                    deterministic_id(FORGET, customer_id),
                    FORGET,
                    {"customer_id": str(customer_id)},
                    record.recorded_at,
                    Cause("service:deals", record.correlation_id, record.id, record.traceparent),
                )
                for customer_id, record in erased.items()
            ],
        )
    return ()
