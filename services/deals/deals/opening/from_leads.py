"""What deals does when leads says something: it learns who is qualified and whose, and may open or offer a deal.

Runs in the transaction of the consumer's watermark. The deal of a lead has one id for ever, and so has its offer: an
event that comes twice, or a person who was faster, leads to one. What a rule would open and a pipeline refuses, because
it changed since the rule was saved, is offered instead: no lead is lost over a setting.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

import asyncpg
from events.contracts.deals import DealOffered, OpeningRule
from events.contracts.leads import CustomerErased, LeadAssigned, LeadCaptured, LeadQualified, LeadReturned
from events.decider import Rejected
from events.envelope import Received, Recorded
from events.event import Event
from events.store import Append, Cause, Connection

from deals.deal.batch import Order
from deals.deal.commands import Commands
from deals.deal.orders import deal_of_lead
from deals.deal.tables import draw_numbers
from deals.opening.offer import offer_of_lead
from deals.opening.offers import make_offers, opening_of, sql
from deals.opening.rules import NOTHING, OPEN, QualifiedLead, rule_for
from deals.opening.saved import saved_rules

E = TypeVar("E", bound=Event)

_TYPES = frozenset(event.type for event in (LeadCaptured, LeadAssigned, LeadReturned, LeadQualified, CustomerErased))


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
        self._otherwise = OPEN if open_on_qualified else NOTHING
        self._currency = currency
        self._forget = forget

    async def react(self, connection: Connection, records: Sequence[Received]) -> list[Append]:
        """Applies a batch, one statement for each kind of event; returns the deals and offers to append."""
        known = [record.recorded() for record in records if record.type in _TYPES]
        return [decision for part in _parts(known) for decision in await self._apply(connection, part)]

    async def _apply(self, connection: Connection, known: Sequence[Recorded]) -> list[Append]:
        captured = _last(known, LeadCaptured)
        if captured:
            sources = [event.touch.source for _, event in captured]
            await connection.execute(
                sql("leads_capture"), *_columns(captured, "lead_id", "customer_id", "direction"), sources
            )
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
        return await self._lead_on(
            connection, {event.lead_id: record for record, event in qualified if not event.is_past}
        )

    async def _lead_on(self, connection: Connection, qualified: dict[UUID, Recorded]) -> list[Append]:
        """Opens or offers deals by the rules."""
        leads = await connection.fetch(sql("leads_without_deal"), sorted(qualified)) if qualified else []
        if not leads:
            return []
        rules = (await saved_rules(connection)).rules
        chosen = [(lead, rule_for(rules, _looked_at(lead), self._otherwise)) for lead in leads]
        offered = [(lead, rule) for lead, rule in chosen if rule.action == "offer"]
        opened, refused = await self._open(
            connection, [(lead, rule) for lead, rule in chosen if rule.action == "open"], qualified
        )
        made = [
            (_offer(lead, rule), _cause(qualified[lead["lead_id"]]), qualified[lead["lead_id"]].occurred_at)
            for lead, rule in (*offered, *refused)
        ]
        return [*opened, *await make_offers(connection, made)]

    async def _open(
        self,
        connection: Connection,
        chosen: Sequence[tuple[asyncpg.Record, OpeningRule]],
        qualified: dict[UUID, Recorded],
    ) -> tuple[list[Append], list[tuple[asyncpg.Record, OpeningRule]]]:
        """Deals that are opened, and leads whose deal was refused."""
        if not chosen:
            return [], []
        if not await self._commands.pipelines.are_set_up():
            raise TimeoutError("the pipelines are not set up yet")
        refused = []
        now = max(datetime.now(UTC), *(record.occurred_at for record in qualified.values()))
        ids = [deal_of_lead(lead["lead_id"]) for lead, _ in chosen]
        batch = await self._commands.batch(connection, ids, now)
        numbers = await draw_numbers(connection, len(chosen))
        for (lead, rule), number in zip(chosen, numbers, strict=True):
            record = qualified[lead["lead_id"]]
            command = opening_of(_offer(lead, rule), number, self._currency)
            try:
                batch.take(Order(command.deal_id, command, _cause(record), record.occurred_at))
            except Rejected:
                refused.append((lead, rule))
        return await self._commands.write(connection, batch), refused


def _looked_at(lead: asyncpg.Record) -> QualifiedLead:
    return QualifiedLead(lead["direction"], lead["temperature"], lead["source"])


def _offer(lead: asyncpg.Record, rule: OpeningRule) -> DealOffered:
    return DealOffered(
        offer_id=offer_of_lead(lead["lead_id"]),
        lead_id=lead["lead_id"],
        customer_id=lead["customer_id"],
        pipeline=rule.pipeline,
        stage=rule.stage,
        deal_type=rule.deal_type,
        manager_id=lead["manager_id"],
        direction=lead["direction"],
        rule=rule.name,
    )


def _cause(record: Recorded) -> Cause:
    return Cause("service:deals", record.correlation_id, record.id, record.traceparent)


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
