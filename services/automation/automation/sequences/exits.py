"""What ends a customer's way early: he answered, bought, or wants no messages; he is on the black list or erased.

A reaction ends it as soon as that is heard. Where it was heard before the entering, the next step finds it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from events.contracts.automation import LeaveReason, MessageReplied, MessageUnsubscribed, SequenceEntered
from events.contracts.deals import DealWon
from events.contracts.leads import CustomerBlacklisted, CustomerConsentWithdrawn, CustomerErased, LeadTouched
from events.envelope import Recorded
from events.event import Event
from events.sqlfile import sql
from events.store import Append, Connection, load
from events.store import Cause as Origin

from automation.actions.effect import ACTOR
from automation.sequences.enrolment import ENROLMENT, Inside, Leave
from automation.sequences.shelf import Sequences

_SQL = Path(__file__).parent / "sql"

REASONS: Final[Mapping[type[Event], LeaveReason]] = {
    MessageReplied: "replied",
    LeadTouched: "replied",
    DealWon: "bought",
    MessageUnsubscribed: "unsubscribed",
    CustomerConsentWithdrawn: "unsubscribed",
    CustomerBlacklisted: "black_listed",
    CustomerErased: "erased",
}
ALWAYS: Final[frozenset[LeaveReason]] = frozenset(("black_listed", "erased"))
"""Reasons that end every sequence, whatever it says."""


async def reason_of(
    connection: Connection, entered: SequenceEntered, since: datetime, exits: Collection[str]
) -> LeaveReason | None:
    """Why it ends, by what was recorded of the customer since he entered; None: it does not."""
    wanted = [event.type for event, reason in REASONS.items() if reason in exits or reason in ALWAYS]
    type_ = await connection.fetchval(sql("happened_since", _SQL), entered.customer_id, since, wanted)
    return next((reason for event, reason in REASONS.items() if event.type == type_), None)


class Exits:
    """The reaction."""

    def __init__(self, sequences: Sequences) -> None:
        self._sequences = sequences

    async def react(self, connection: Connection, recorded: Sequence[Recorded]) -> Sequence[Append]:
        """Ends the ways of customers of whom such a thing was heard."""
        heard: dict[UUID, tuple[LeaveReason, Recorded]] = {}
        for entry in recorded:
            reason = REASONS.get(type(entry.event))
            customer_id = getattr(entry.event, "customer_id", None)
            if reason is not None and customer_id is not None:
                heard.setdefault(customer_id, (reason, entry))
        if not heard:
            return []
        rows = await connection.fetch(sql("inside", _SQL), list(heard))
        return [
            decision
            for row in rows
            for decision in await self._end(connection, row["enrolment_id"], *heard[row["customer_id"]])
        ]

    async def _end(
        self, connection: Connection, enrolment_id: UUID, reason: LeaveReason, entry: Recorded
    ) -> Sequence[Append]:
        history = await load(connection, "automation", enrolment_id)
        state = ENROLMENT.fold(told.event for told in history)
        if not isinstance(state, Inside):
            return []
        sequence = await self._sequences.version(connection, state.entered.sequence, state.entered.version)
        entered_at = max(told.recorded_at for told in history if isinstance(told.event, SequenceEntered))
        if entry.recorded_at < entered_at or not (reason in ALWAYS or reason in sequence.definition.exits):
            return []
        events = ENROLMENT.decide(Leave(reason, entry.recorded_at), state)
        origin = Origin(ACTOR, entry.correlation_id, entry.id, entry.traceparent)
        return [Append(enrolment_id, len(history), events, origin, entry.recorded_at)]
