"""What ends a customer's way early: a sign that its sequence heeds, the black list, erasure.

A reaction ends it as soon as that is heard. Where it was heard before the entering, the next step finds it. Both ask
the same table, so the order in which things are heard does not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from events.contracts.automation import LeaveReason, SequenceEntered
from events.contracts.leads import CustomerErased
from events.envelope import Recorded
from events.sqlfile import sql
from events.store import Append, Connection, load
from events.store import Cause as Origin

from automation.actions.effect import ACTOR
from automation.sequences.enrolment import ENROLMENT, Inside, Leave
from automation.sequences.sequence import Definition
from automation.sequences.shelf import SQL, Sequences
from automation.sequences.signs import Sign, sign_of


async def reason_of(
    connection: Connection, history: Sequence[Recorded], definition: Definition
) -> tuple[LeaveReason, UUID | None] | None:
    """Why the way ends that has this history, and the event that says so (None of an erasure); None: it does not.

    What counts is what was recorded since the customer entered; of what the sequence may choose to heed, only what he
    did since then.
    """
    entry = next(entry for entry in reversed(history) if isinstance(entry.event, SequenceEntered))
    assert isinstance(entry.event, SequenceEntered)
    moments = entry.occurred_at, entry.recorded_at
    heeded = list(definition.exits), definition.purpose, list(definition.media())
    row = await connection.fetchrow(sql("reason_to_leave", SQL), entry.event.customer_id, *moments, *heeded)
    return (row["reason"], row["event_id"]) if row else None


class Exits:
    """The reaction."""

    def __init__(self, sequences: Sequences) -> None:
        self._sequences = sequences

    async def react(self, connection: Connection, recorded: Sequence[Recorded]) -> Sequence[Append]:
        """Keeps the signs, and ends the ways of customers of whom something was heard that ends them."""
        signs = {entry.id: sign for entry in recorded if (sign := sign_of(entry)) is not None}
        erased = [entry.event.customer_id for entry in recorded if isinstance(entry.event, CustomerErased)]
        if not signs and not erased:
            return []
        await _keep(connection, list(signs.values()), erased)
        by_id = {entry.id: entry for entry in recorded}
        heard = {sign.customer_id: by_id[id_] for id_, sign in signs.items()}
        heard |= {entry.event.customer_id: entry for entry in recorded if isinstance(entry.event, CustomerErased)}
        rows = await connection.fetch(sql("inside", SQL), list(heard))
        return [
            decision
            for row in rows
            for decision in await self._end(connection, row["enrolment_id"], by_id, heard[row["customer_id"]])
        ]

    async def _end(
        self, connection: Connection, enrolment_id: UUID, by_id: dict[UUID, Recorded], heard: Recorded
    ) -> Sequence[Append]:
        history = await load(connection, "automation", enrolment_id)
        state = ENROLMENT.fold(told.event for told in history)
        if not isinstance(state, Inside):
            return []
        sequence = await self._sequences.version(connection, state.entered.sequence, state.entered.version)
        if (found := await reason_of(connection, history, sequence.definition)) is None:
            return []
        reason, event_id = found
        entry = by_id.get(event_id, heard) if event_id else heard
        events = ENROLMENT.decide(Leave(reason, entry.recorded_at), state)
        origin = Origin(ACTOR, entry.correlation_id, entry.id, entry.traceparent)
        return [Append(enrolment_id, len(history), events, origin, entry.recorded_at)]


async def _keep(connection: Connection, signs: Sequence[Sign], erased: Sequence[UUID]) -> None:
    if signs:
        await connection.execute(sql("signs_add", SQL), *map(list, zip(*signs, strict=True)))
    if erased:
        await connection.execute(sql("signs_forget", SQL), erased)
