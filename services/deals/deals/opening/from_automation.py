"""What deals does when automation asks for a change of stage: it moves the deal, or says why not, once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from events.contracts.automation import DealStageChangeRequested
from events.contracts.deals import DealStageChangeRefused
from events.decider import Rejected
from events.envelope import Received, Recorded
from events.store import Append, Cause, Connection, deterministic_id

from deals.deal.batch import Batch, Order
from deals.deal.commands import Commands
from deals.deal.orders import MoveDeal
from deals.deal.states import NoDeal

_NEW = """
INSERT INTO stage_requests (request_id) SELECT DISTINCT unnest($1::uuid[]) ON CONFLICT DO NOTHING RETURNING request_id
"""


class FromAutomation:
    """The reaction to automation."""

    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    async def react(self, connection: Connection, records: Sequence[Received]) -> list[Append]:
        """Moves deals; returns the moves and the refusals to append."""
        told = [record.recorded() for record in records if record.type == DealStageChangeRequested.type]
        asked = {
            event.request_id: (entry, event)
            for entry in told
            if isinstance(event := entry.event, DealStageChangeRequested)
        }
        if not asked:
            return []
        if not await self._commands.pipelines.are_set_up():
            raise TimeoutError("the pipelines are not set up yet")
        fresh = {row["request_id"] for row in await connection.fetch(_NEW, list(asked))}
        wanted = [(entry, event) for request_id, (entry, event) in asked.items() if request_id in fresh]
        batch = await self._commands.batch(connection, {event.deal_id for _, event in wanted}, datetime.now(UTC))
        refusals = [refused for entry, event in wanted if (refused := _answered(batch, entry, event)) is not None]
        return [*await self._commands.write(connection, batch), *refusals]


def _answered(batch: Batch, entry: Recorded, event: DealStageChangeRequested) -> Append | None:
    """Takes the request; the refusal if a rule refuses it."""
    cause = Cause("service:deals", entry.correlation_id, entry.id, entry.traceparent)
    at = batch.not_before(event.deal_id, entry.occurred_at)
    command = MoveDeal(event.to_stage, request_id=event.request_id)
    try:
        batch.take(Order(event.deal_id, command, cause, at, because=event.cause))
    except Rejected as rejected:
        state = batch.standings[event.deal_id].state
        refusal = DealStageChangeRefused(
            request_id=event.request_id,
            deal_id=event.deal_id,
            customer_id=None if isinstance(state, NoDeal) else state.deal.customer_id,
            to_stage=event.to_stage,
            code=rejected.code,
            reason=str(rejected),
            cause=event.cause,
        )
        stream_id = deterministic_id("stage change request", event.request_id)
        return Append(stream_id, 0, (refusal,), cause, at)
    return None
