"""The life of commands on deals: lock them, decide on their streams, write the rows and append, in one transaction.

One command or a thousand go the same way, so whoever gets an answer reads what he wrote. When somebody opened the same
deal at the same moment, it is decided again, three times at most.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from uuid import UUID

from events import tasks
from events.decider import ATTEMPTS, Rejected
from events.envelope import Recorded
from events.problems import Problem
from events.store import Append, Cause, Conflict, Connection, Store, append_all

from deals.deal.batch import Batch, Order
from deals.deal.orders import Command, WakeDeal
from deals.deal.standing import Standing, standing_of
from deals.deal.states import State
from deals.deal.tables import lock_deals, save_deals
from deals.deciding import Done, problem_of_rejection
from deals.pipelines.live import LivePipelines


class Commands:
    """Runs commands on deals."""

    def __init__(self, store: Store, pipelines: LivePipelines) -> None:
        self.store = store
        self.pipelines = pipelines

    def fold(self, history: Sequence[Recorded]) -> State:
        """The state of a deal."""
        return standing_of(history).state

    async def load(self, deal_id: UUID) -> Standing:
        """A deal as its stream stands."""
        return standing_of(await self.store.load(deal_id))

    async def run(
        self,
        deal_id: UUID,
        command: Command,
        cause: Cause,
        now: datetime,
        *,
        business_time: datetime | None = None,
        expected_version: int | None = None,
    ) -> Done:
        """Runs a command on a deal.

        ``business_time`` is given by imports and may not lie before what the deal already knows. Raises
        :class:`StaleVersion`, ``events.store.Conflict`` when others were faster three times, and the problem of a rule.
        """
        (done,) = await self.run_many([Order(deal_id, command, cause, business_time, expected_version)], now)
        if isinstance(done, Problem):
            raise done
        return done

    async def run_many(self, orders: Sequence[Order], now: datetime) -> list[Done | Problem]:
        """Runs commands, in order; each is done or refused for itself, and all that are done are committed together."""
        await self.pipelines.wait()
        for _ in range(ATTEMPTS - 1):
            try:
                return await self._run_many(orders, now)
            except Conflict:
                continue
        return await self._run_many(orders, now)

    async def _run_many(self, orders: Sequence[Order], now: datetime) -> list[Done | Problem]:
        async with self.store.pool.acquire() as connection, connection.transaction():
            batch = await self.batch(connection, {order.deal_id for order in orders}, now)
            done = [taken(batch, order) for order in orders]
            decisions = await self.write(connection, batch)
            appended = await append_all(connection, decisions)
        self.store.count(decisions, appended)
        return done

    async def batch(self, connection: Connection, deal_ids: Collection[UUID], now: datetime) -> Batch:
        """These deals, locked, under the pipelines of this moment."""
        pipelines = await self.pipelines.now(connection)
        return Batch(pipelines, await lock_deals(connection, self.store.service, deal_ids), now)

    async def write(self, connection: Connection, batch: Batch) -> list[Append]:
        """Writes rows and tasks; returns what is to be appended, which must come last in the transaction."""
        await save_deals(connection, batch.changed())
        await tasks.add(connection, batch.tasks)
        return batch.appends()

    async def wake(self, task: tasks.Task) -> Sequence[Append]:
        """The handler of tasks that wake deals. Done twice, it changes nothing."""
        command = WakeDeal(datetime.fromisoformat(task.payload["wake_at"]))
        await self.run(UUID(task.payload["deal_id"]), command, task.cause, datetime.now(UTC))
        return ()


def taken(batch: Batch, order: Order) -> Done | Problem:
    """What came of a command, or the problem for which it was refused."""
    try:
        return batch.take(order)
    except Rejected as rejected:
        return problem_of_rejection(rejected)
    except Problem as problem:
        return problem
