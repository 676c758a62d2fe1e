"""The life of a command: load the stream, decide, write the row and append, in one transaction.

It is ``events.decider.execute`` with a read table in the same transaction, so that whoever gets an answer reads what
he wrote. When another command was faster, it is decided again, three times at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from events.decider import ATTEMPTS, Rejected
from events.envelope import Recorded
from events.problems import StaleVersion
from events.store import Append, Cause, Conflict, Store, append_one, load

from deals.deal.decide import decider
from deals.deal.orders import Command
from deals.deal.states import State
from deals.deal.tables import save_deals
from deals.deciding import Done, business_time, problem_of_rejection
from deals.pipelines.pipeline import Pipelines


class Commands:
    """Runs commands on deals."""

    def __init__(self, store: Store, pipelines: Pipelines) -> None:
        self.store = store
        self.pipelines = pipelines
        self._deals = decider(pipelines)

    def fold(self, history: Sequence[Recorded]) -> State:
        """The state of a deal."""
        return self._deals.fold(entry.event for entry in history)

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
        for _ in range(ATTEMPTS - 1):
            try:
                return await self._run(deal_id, command, cause, now, business_time, expected_version)
            except Conflict:
                continue
        return await self._run(deal_id, command, cause, now, business_time, expected_version)

    async def _run(
        self,
        deal_id: UUID,
        command: Command,
        cause: Cause,
        now: datetime,
        happened_at: datetime | None,
        expected_version: int | None,
    ) -> Done:
        async with self.store.pool.acquire() as connection, connection.transaction():
            history = await load(connection, self.store.service, deal_id)
            version = len(history)
            if expected_version is not None and expected_version != version:
                raise StaleVersion(f"The deal is at version {version}, not {expected_version}.")
            state = self.fold(history)
            try:
                events = self._deals.decide(command, state)
                at = business_time(history, now, happened_at)
            except Rejected as rejected:
                raise problem_of_rejection(rejected) from None
            if not events:
                return Done(version, happened=False)
            decision = Append(deal_id, version, events, cause, at)
            await save_deals(connection, [(self._deals.fold(events, state), version + len(events), at)])
            appended = await append_one(connection, decision)
        self.store.count([decision], [appended])
        return Done(appended.version, happened=True)
