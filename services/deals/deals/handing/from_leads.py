"""Deals follow a customer who changes hands in leads: those in work that the manager before had go to the new one.

What leads tells is followed customer by customer, so a hand-over of some customers, of one line of business, or for a
time, and what goes back after it, are the same here as there. Deals of a manager whose customers somebody else answers
for stay: they are handed over in deals.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from events.contracts.leads import CustomerResponsibleChanged
from events.envelope import Received, Recorded
from events.store import Append, Cause, Connection

from deals.customers.cards import members_of
from deals.deal.batch import Order
from deals.deal.commands import Commands
from deals.deal.orders import HandOverDeal
from deals.handing.handovers import sql


class FollowResponsible:
    """The reaction to leads."""

    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    async def react(self, connection: Connection, records: Sequence[Received]) -> list[Append]:
        """Hands deals over, in the order of what was told; returns what is to be appended.

        Each event meets the deals as those before it left them: of its customer's, those of every manager named.
        """
        told = [record.recorded() for record in records if record.type == CustomerResponsibleChanged.type]
        moves = [(entry, event) for entry in told if isinstance(event := entry.event, CustomerResponsibleChanged)]
        moves = [(entry, event) for entry, event in moves if event.manager_id and event.previous_manager_id]
        if not moves:
            return []
        if not await self._commands.pipelines.are_set_up():
            raise TimeoutError("the pipelines are not set up yet")
        trees = await members_of(connection, {event.customer_id for _, event in moves})
        managers: dict[UUID, set[str | None]] = {}
        for _, event in moves:
            managers.setdefault(event.customer_id, set()).update((event.previous_manager_id, event.manager_id))
        asked = [
            (member, manager, place)
            for place, (_, event) in enumerate(moves)
            for member in trees[event.customer_id]
            for manager in managers[event.customer_id]
        ]
        found = await connection.fetch(sql("deals_of_customers"), *map(list, zip(*asked, strict=True)))
        batch = await self._commands.batch(connection, {row["deal_id"] for row in found}, datetime.now(UTC))
        for row in found:
            entry, event = moves[row["place"]]
            at = batch.not_before(row["deal_id"], entry.occurred_at)
            batch.take(Order(row["deal_id"], _hand_over(event), _cause(entry), at, because=event.cause))
        return await self._commands.write(connection, batch)


def _hand_over(event: CustomerResponsibleChanged) -> HandOverDeal:
    assert event.manager_id is not None
    assert event.previous_manager_id is not None
    return HandOverDeal(event.previous_manager_id, event.manager_id, event.reason, event.handover_id)


def _cause(entry: Recorded) -> Cause:
    return Cause("service:deals", entry.correlation_id, entry.id, entry.traceparent)
