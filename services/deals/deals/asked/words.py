"""Notes on deals, and their ends, that automation asks for: a durable task each, for the key that seals their words is
asked of leads. That it is written is kept with it, so a second run writes nothing, and the answer is said with the end
of the task.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from events.contracts.automation import DealClosingRequested, DealNoteRequested
from events.decider import Rejected
from events.problems import Problem
from events.sealed import Sealed
from events.store import Append, Connection, deterministic_id
from events.tasks import Task

from deals.asked.answer import answered, refusal
from deals.deal.batch import Order
from deals.deal.desk import Desk
from deals.deal.orders import LoseDeal, WinDeal, WriteNote
from deals.deal.tables import sql
from deals.payments.desk import committed

Worded = DealNoteRequested | DealClosingRequested
_FIRST = "INSERT INTO stage_requests (request_id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING request_id"


@dataclass(frozen=True)
class Writing:
    """The handler of the tasks. ``request`` is what they carry."""

    desk: Desk
    request: type[Worded]

    async def __call__(self, task: Task) -> Sequence[Append]:
        """Writes it and answers."""
        event = self.request.model_validate(task.payload["request"])
        row = await self.desk.pool.fetchrow(sql("deal_read"), event.deal_id)
        ids = {"deal_id": event.deal_id, "customer_id": row["customer_id"] if row else None}
        now = datetime.now(UTC)
        try:
            if row is None:
                raise Rejected("no_deal", "There is no such deal.")
            words = event.text if isinstance(event, DealNoteRequested) else event.comment
            sealed = None if words is None else (await self.desk.key(row["customer_id"])).seal(words)
            order = Order(event.deal_id, _command(event, sealed), task.cause, because=event.cause)
            await self.desk.commands.pipelines.wait()
            happened = await committed(self.desk.commands.store, lambda on: self._written(on, event, order, now))
        except (Rejected, Problem) as error:
            return [answered(event, False, refusal(error, "refused", "It cannot be."), task.cause, now, **ids)]
        return [answered(event, happened, None, task.cause, now, **ids)]

    async def _written(
        self, connection: Connection, event: Worded, order: Order, now: datetime
    ) -> tuple[bool, list[Append]]:
        if await connection.fetchval(_FIRST, deterministic_id("written", event.request_id)) is None:
            return True, []
        batch = await self.desk.commands.batch(connection, [event.deal_id], now)
        done = batch.take(order)
        return done.happened, await self.desk.commands.write(connection, batch)


def _command(event: Worded, words: Sealed[str] | None) -> WriteNote | WinDeal | LoseDeal:
    if isinstance(event, DealNoteRequested):
        assert words is not None
        return WriteNote(words)
    return WinDeal() if event.outcome == "won" else LoseDeal(event.reason or "", words)
