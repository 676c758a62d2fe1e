"""The list of what rules withheld, read from the service's own events."""

from __future__ import annotations

from collections.abc import Sequence

from events.contracts.automation import RuleSuppressed
from events.contracts.leads import CustomerErased
from events.envelope import Recorded
from events.sqlfile import sql
from events.store import Append, Connection

from automation.rules.registry import SQL


async def keep_suppressed(connection: Connection, recorded: Sequence[Recorded]) -> Sequence[Append]:
    """Writes a batch; nothing follows from it. Of a customer who was erased it is not told any more who it was."""
    rows = [
        (
            event.suppression_id,
            event.cause.rule,
            event.cause.rule_version,
            event.cause.action,
            event.cause.event_id,
            event.cause.event_type,
            event.reason,
            event.customer_id,
            entry.recorded_at,
        )
        for entry in recorded
        if isinstance(event := entry.event, RuleSuppressed)
    ]
    if rows:
        await connection.execute(sql("add_suppressions", SQL), *map(list, zip(*rows, strict=True)))
    if erased := [entry.event.customer_id for entry in recorded if isinstance(entry.event, CustomerErased)]:
        await connection.execute("UPDATE suppressions SET customer_id = NULL WHERE customer_id = ANY($1)", erased)
        await connection.execute("DELETE FROM rule_matches WHERE customer_id = ANY($1)", erased)
        await connection.execute(sql("forget_samples", SQL), [str(customer_id) for customer_id in erased])
    return ()
