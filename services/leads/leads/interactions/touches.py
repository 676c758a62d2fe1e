"""What requests of people are besides leads: a message or a letter is a contact, and a form may name its visitor."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from events.contracts.leads.interactions import InteractionKind, InteractionRegistered
from events.sqlfile import sql
from events.store import Append, Connection, deterministic_id

from leads.capture import Outcome
from leads.interactions.behaviour import BehaviourRecorder, Named
from leads.interactions.reading import SQL
from leads.touch import Capture

_KINDS: Final[dict[str, InteractionKind]] = {"message": "message", "chat": "message", "email": "email"}
SHORTEST_VISITOR: Final = 16
LONGEST_VISITOR: Final = 100
"""Characters of a visitor's id: a shorter one could be guessed."""


@dataclass(frozen=True)
class TouchRecorder:
    """Works in the transaction of the captures; costs nothing where none of them is a message or names a visitor."""

    behaviour: BehaviourRecorder

    async def __call__(
        self, connection: Connection, captures: Sequence[Capture], outcomes: Sequence[Outcome]
    ) -> list[Append]:
        """Registers fresh messages and letters, and links named visitors; the caller appends."""
        fresh = [
            (capture, outcome)
            for capture, outcome in zip(captures, outcomes, strict=True)
            if outcome.what in ("captured", "touched")
        ]
        said = {capture.touch_id: (capture, outcome) for capture, outcome in fresh if capture.inquiry.kind in _KINDS}
        named = [
            Named(visitor, outcome.customer_id, capture.cause, capture.inquiry.occurred_at)
            for capture, outcome in fresh
            if (visitor := _visitor(capture)) and outcome.customer_id is not None
        ]
        appends = await _register(connection, list(said.values())) if said else []
        return [*appends, *await self.behaviour.name(connection, named)] if named else appends


def _visitor(capture: Capture) -> str | None:
    given = capture.inquiry.details.get("visitor_id")
    return given if isinstance(given, str) and SHORTEST_VISITOR <= len(given) <= LONGEST_VISITOR else None


async def _register(connection: Connection, said: Sequence[tuple[Capture, Outcome]]) -> list[Append]:
    leads = [outcome.lead_id for _, outcome in said]
    responsible: dict[UUID, Any] = {
        row["id"]: row
        for row in await connection.fetch(
            "SELECT id, manager_id, direction FROM leads WHERE id = ANY($1::uuid[])", leads
        )
    }
    events = []
    for capture, outcome in said:
        assert outcome.lead_id is not None
        lead = responsible[outcome.lead_id]
        events.append(
            InteractionRegistered(
                interaction_id=deterministic_id("interaction", capture.touch_id),
                kind=_KINDS[capture.inquiry.kind],
                intake=capture.intake,
                source=capture.source,
                flow="in",
                customer_id=outcome.customer_id,
                manager_id=lead["manager_id"],
                lead_id=outcome.lead_id,
                direction=lead["direction"],
                touch_id=capture.touch_id,
            )
        )
    times = [capture.inquiry.occurred_at for capture, _ in said]
    columns = ("interaction_id", "kind", "intake", "source", "customer_id", "manager_id", "lead_id", "direction")
    values = [[getattr(event, name) for event in events] for name in (*columns, "touch_id")]
    await connection.execute(sql("messages_save", SQL), *values, times)
    return [
        Append(event.interaction_id, 0, [event], capture.cause, at)
        for event, (capture, _), at in zip(events, said, times, strict=True)
    ]
