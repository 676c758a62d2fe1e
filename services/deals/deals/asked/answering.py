"""What deals does when automation asks for tags, fields, another manager or a new deal: it obeys or says why not, once.

In the transaction of the consumer's watermark, in the order in which it was asked. What follows carries the request's
cause, so that rules which fire each other are counted through here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from events.contracts.automation import (
    DealFieldsRequested,
    DealOpeningRequested,
    DealReassignmentRequested,
    DealTagsRequested,
    DocumentMakingRequested,
)
from events.decider import Rejected
from events.envelope import Received, Recorded
from events.store import Append, Cause, Connection
from events.tasks import NewTask, add

from deals.asked.answer import Request, answered
from deals.asked.ordering import Known, command_of, deal_of, known_of
from deals.deal.batch import Batch, Order
from deals.deal.commands import Commands
from deals.deal.states import NoDeal

MAKE: Final = "deals.make_document"
_NEW = """
INSERT INTO stage_requests (request_id) SELECT DISTINCT unnest($1::uuid[]) ON CONFLICT DO NOTHING RETURNING request_id
"""
_ON_DEALS: Final = (DealTagsRequested, DealFieldsRequested, DealReassignmentRequested, DealOpeningRequested)
_TYPES: Final = frozenset(event.type for event in (*_ON_DEALS, DocumentMakingRequested))


class Answering:
    """The reaction to automation."""

    def __init__(self, commands: Commands, currency: str) -> None:
        self._commands = commands
        self._currency = currency

    async def react(self, connection: Connection, records: Sequence[Received]) -> list[Append]:
        """Obeys or refuses; returns what is to be appended. Documents are made by a task each."""
        told = [record.recorded() for record in records if record.type in _TYPES]
        asked: dict[UUID, tuple[Recorded, Request]] = {}
        for entry in told:
            if isinstance(entry.event, Request):
                asked.setdefault(entry.event.request_id, (entry, entry.event))
        if not asked:
            return []
        if not await self._commands.pipelines.are_set_up():
            raise TimeoutError("the pipelines are not set up yet")
        fresh = {row["request_id"] for row in await connection.fetch(_NEW, list(asked))}
        wanted = [pair for request_id, pair in asked.items() if request_id in fresh]
        await add(connection, [_making(entry, event) for entry, event in wanted if _is_document(event)])
        on_deals = [pair for pair in wanted if not _is_document(pair[1])]
        if not on_deals:
            return []
        known = await known_of(connection, [event for _, event in on_deals], self._currency)
        batch = await self._commands.batch(connection, known.deal_ids, datetime.now(UTC))
        answers = [_taken(batch, entry, event, known) for entry, event in on_deals]
        return [*await self._commands.write(connection, batch), *answers]


def _taken(batch: Batch, entry: Recorded, event: Request, known: Known) -> Append:
    """Takes the request, and answers it."""
    cause = Cause("service:deals", entry.correlation_id, entry.id, entry.traceparent)
    deal_id = deal_of(event)
    at = batch.not_before(deal_id, entry.occurred_at)
    try:
        command = command_of(event, batch, known)
        done = batch.take(Order(deal_id, command, cause, at, because=event.cause))
    except Rejected as rejected:
        refused: Rejected | None = rejected
        happened = False
    else:
        refused, happened = None, done.happened
    state = batch.standings[deal_id].state
    customer_id = None if isinstance(state, NoDeal) else state.deal.customer_id
    named = None if isinstance(event, DealOpeningRequested) and refused else deal_id
    return answered(event, happened, refused, cause, at, deal_id=named, customer_id=customer_id)


def _is_document(event: Request) -> bool:
    return isinstance(event, DocumentMakingRequested)


def _making(entry: Recorded, event: Request) -> NewTask:
    cause = Cause("service:deals", entry.correlation_id, entry.id, entry.traceparent)
    return NewTask(event.request_id, MAKE, event.model_dump(mode="json"), entry.recorded_at, cause)
