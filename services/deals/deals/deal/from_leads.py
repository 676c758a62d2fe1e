"""What deals does when leads says something: it learns who is qualified and whose, and may open a deal.

Runs in the transaction of the consumer's watermark. The deal of a lead has one id for ever, so an event that comes
twice, or a person who was faster, leads to one deal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from events.contracts.leads import CustomerErased, LeadAssigned, LeadQualified, LeadReturned
from events.envelope import Received, Recorded
from events.event import Event
from events.store import Append, Cause, Connection, deterministic_id

from deals.deal.batch import Order
from deals.deal.commands import Commands
from deals.deal.orders import OpenDeal
from deals.deal.tables import draw_numbers, sql
from deals.money import money

E = TypeVar("E", bound=Event)

_TYPES = frozenset(event.type for event in (LeadAssigned, LeadReturned, LeadQualified, CustomerErased))


def deal_of_lead(lead_id: UUID) -> UUID:
    """The id of the deal that a lead leads to."""
    return deterministic_id("deal", lead_id)


class FromLeads:
    """The reaction to leads. ``forget`` drops an erased customer's key from the cache."""

    def __init__(
        self,
        commands: Commands,
        *,
        open_on_qualified: bool,
        currency: str,
        forget: Callable[[UUID], None] = lambda _: None,
    ) -> None:
        self._commands = commands
        self._pipeline = "default"
        self._open_on_qualified = open_on_qualified
        self._currency = currency
        self._forget = forget

    async def react(self, connection: Connection, records: Sequence[Received]) -> list[Append]:
        """Applies a batch, one statement for each kind of event; returns the deals to open."""
        known = [record.recorded() for record in records if record.type in _TYPES]
        return [decision for part in _parts(known) for decision in await self._apply(connection, part)]

    async def _apply(self, connection: Connection, known: Sequence[Recorded]) -> list[Append]:
        held = {r.stream_id: r.event for r in known if isinstance(r.event, LeadAssigned | LeadReturned)}
        if held:
            whose = [event.manager_id if isinstance(event, LeadAssigned) else None for event in held.values()]
            customers = [event.customer_id for event in held.values()]
            await connection.execute(sql("leads_assign"), list(held), customers, whose)
        qualified = _last(known, LeadQualified)
        if qualified:
            await connection.execute(
                sql("leads_qualify"),
                *_columns(qualified, "lead_id", "customer_id", "manager_id", "direction", "temperature"),
                [record.occurred_at for record, _ in qualified],
            )
        erased = _last(known, CustomerErased)
        if erased:
            await connection.execute(
                sql("customers_erase"), *_columns(erased, "customer_id"), [record.occurred_at for record, _ in erased]
            )
            for _, event in erased:
                self._forget(event.customer_id)
        if not (qualified and self._open_on_qualified):
            return []
        return await self._open(connection, {event.lead_id: record for record, event in qualified})

    async def _open(self, connection: Connection, qualified: dict[UUID, Recorded]) -> list[Append]:
        if not await self._commands.pipelines.are_set_up():
            raise TimeoutError("the pipelines are not set up yet")
        leads = await connection.fetch(sql("leads_without_deal"), sorted(qualified))
        numbers = await draw_numbers(connection, len(leads)) if leads else []
        ids = [deal_of_lead(lead["lead_id"]) for lead in leads]
        now = max((record.occurred_at for record in qualified.values()), default=datetime.now(UTC))
        batch = await self._commands.batch(connection, ids, max(now, datetime.now(UTC)))
        for lead, deal_id, number in zip(leads, ids, numbers, strict=True):
            record = qualified[lead["lead_id"]]
            command = OpenDeal(
                deal_id,
                lead["customer_id"],
                number,
                self._pipeline,
                money(Decimal(0), self._currency),
                lead_id=lead["lead_id"],
                manager_id=lead["manager_id"],
                direction=lead["direction"],
            )
            cause = Cause("service:deals", record.correlation_id, record.id, record.traceparent)
            batch.take(Order(deal_id, command, cause, record.occurred_at))
        return await self._commands.write(connection, batch)


def _parts(records: Sequence[Recorded]) -> list[list[Recorded]]:
    """The batch in parts, of which each goes no further in a lead than its next qualification.

    Statements go by kind of event; so the order of a lead's events is kept, and the cut of batches does not matter.
    """
    parts: list[list[Recorded]] = []
    qualified: Counter[UUID] = Counter()
    for record in records:
        number = qualified[record.stream_id]
        if number == len(parts):
            parts.append([])
        parts[number].append(record)
        qualified[record.stream_id] += record.type == LeadQualified.type
    return parts


def _last(records: Sequence[Recorded], kind: type[E]) -> list[tuple[Recorded, E]]:
    """The last event of a kind in each stream: one statement may touch a row once."""
    found: dict[UUID, tuple[Recorded, E]] = {}
    for record in records:
        if isinstance(record.event, kind):
            found[record.stream_id] = (record, record.event)
    return list(found.values())


def _columns(events: Sequence[tuple[Recorded, Event]], *names: str) -> list[list[object]]:
    return [[getattr(event, name) for _, event in events] for name in names]
