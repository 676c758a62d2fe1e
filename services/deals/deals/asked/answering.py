"""What deals does when automation asks for something about a deal: it obeys or says why not, once.

In the transaction of the consumer's watermark, in the order in which it was asked; documents, invoices, notes and the
ends of deals by a durable task each. What follows carries the request's cause, so that rules which fire each other are
counted through here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, get_args
from uuid import UUID

from events.contracts.automation import (
    DealClosingRequested,
    DealLinesRequested,
    DealNoteRequested,
    DealOpeningRequested,
    DocumentMakingRequested,
    InvoiceIssueRequested,
)
from events.decider import Rejected
from events.envelope import Received, Recorded
from events.store import Append, Cause, Connection
from events.tasks import NewTask, Task, add

from deals.asked.answer import ByTask, OnDeal, Request, answered
from deals.asked.lines import wanted as lines_wanted
from deals.asked.ordering import Known, command_of, deal_of, known_of
from deals.deal.batch import Batch, Order
from deals.deal.commands import Commands
from deals.deal.states import NoDeal
from deals.lines.pricing import Pricing

MAKE: Final = "deals.make_document"
ISSUE: Final = "deals.issue_invoice"
NOTE: Final = "deals.write_note"
CLOSE: Final = "deals.close_deal"
_CARRIED: Final[Mapping[str, type[ByTask]]] = {
    MAKE: DocumentMakingRequested,
    ISSUE: InvoiceIssueRequested,
    NOTE: DealNoteRequested,
    CLOSE: DealClosingRequested,
}
_NEW = """
INSERT INTO stage_requests (request_id) SELECT DISTINCT unnest($1::uuid[]) ON CONFLICT DO NOTHING RETURNING request_id
"""
_TYPES: Final = frozenset(event.type for event in (*get_args(OnDeal), *get_args(ByTask)))


class Answering:
    """The reaction to automation."""

    def __init__(self, commands: Commands, pricing: Pricing, currency: str) -> None:
        self._commands = commands
        self._pricing = pricing
        self._currency = currency

    async def react(self, connection: Connection, records: Sequence[Received]) -> list[Append]:
        """Obeys or refuses; returns what is to be appended."""
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
        await add(connection, [_work(entry, event) for entry, event in wanted if isinstance(event, ByTask)])
        on_deals = [(entry, event) for entry, event in wanted if isinstance(event, OnDeal)]
        if not on_deals:
            return []
        now = datetime.now(UTC)
        known = await known_of(connection, [event for _, event in on_deals], self._currency)
        batch = await self._commands.batch(connection, known.deal_ids, now)
        of_lines = [event for _, event in on_deals if isinstance(event, DealLinesRequested)]
        known = replace(known, lines=await lines_wanted(connection, self._pricing, of_lines, batch, now))
        answers = [_taken(batch, entry, event, known) for entry, event in on_deals]
        return [*await self._commands.write(connection, batch), *answers]


def _taken(batch: Batch, entry: Recorded, event: OnDeal, known: Known) -> Append:
    """Takes the request, and answers it."""
    cause = _cause(entry)
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


def _work(entry: Recorded, event: ByTask) -> NewTask:
    request = event.model_dump(mode="json")
    kind = next(kind for kind, carried in _CARRIED.items() if isinstance(event, carried))
    payload = request if kind == MAKE else {"request": request, "asked_at": entry.occurred_at.isoformat()}
    return NewTask(event.request_id, kind, payload, entry.recorded_at, _cause(entry))


def given_up(task: Task, reason: str) -> Sequence[Append]:
    """The answer where every attempt failed, the last one for this reason."""
    event = _CARRIED[task.kind].model_validate(task.payload if task.kind == MAKE else task.payload["request"])
    refused = Rejected("gave_up", f"It could not be done, and is not tried any more: {reason}")
    return [answered(event, False, refused, task.cause, datetime.now(UTC), deal_id=event.deal_id)]


def _cause(entry: Recorded) -> Cause:
    return Cause("service:deals", entry.correlation_id, entry.id, entry.traceparent)
