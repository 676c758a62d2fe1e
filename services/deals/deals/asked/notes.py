"""Notes that automation asks for: a durable task each, for the key that seals them is asked of leads. That the note is
written is kept with it, so a second run writes none, and the answer is said with the end of the task.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from events.contracts.automation import DealNoteRequested
from events.decider import Rejected
from events.problems import Problem
from events.store import Append, Connection, deterministic_id
from events.tasks import Task

from deals.asked.answer import answered, refusal
from deals.deal.batch import Order
from deals.deal.desk import Desk
from deals.deal.orders import WriteNote
from deals.deal.tables import sql
from deals.payments.desk import committed

_FIRST = "INSERT INTO stage_requests (request_id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING request_id"


@dataclass(frozen=True)
class Noting:
    """The handler of the task."""

    desk: Desk

    async def __call__(self, task: Task) -> Sequence[Append]:
        """Writes the note and answers."""
        event = DealNoteRequested.model_validate(task.payload["request"])
        row = await self.desk.pool.fetchrow(sql("deal_read"), event.deal_id)
        ids = {"deal_id": event.deal_id, "customer_id": row["customer_id"] if row else None}
        now = datetime.now(UTC)
        try:
            if row is None:
                raise Rejected("no_deal", "There is no such deal.")
            text = (await self.desk.key(row["customer_id"])).seal(event.text)
            order = Order(event.deal_id, WriteNote(text), task.cause, because=event.cause)
            await self.desk.commands.pipelines.wait()
            await committed(self.desk.commands.store, lambda connection: self._written(connection, event, order, now))
        except (Rejected, Problem) as error:
            refused = refusal(error, "bad_note", "The note cannot be written.")
            return [answered(event, False, refused, task.cause, now, **ids)]
        return [answered(event, True, None, task.cause, now, **ids)]

    async def _written(
        self, connection: Connection, event: DealNoteRequested, order: Order, now: datetime
    ) -> tuple[None, list[Append]]:
        if await connection.fetchval(_FIRST, deterministic_id("note", event.request_id)) is None:
            return None, []
        batch = await self.desk.commands.batch(connection, [event.deal_id], now)
        batch.take(order)
        return None, await self.desk.commands.write(connection, batch)
