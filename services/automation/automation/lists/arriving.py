"""What follows when leads says who is on a list: recipients of a mailing, or work that leads them into a sequence or
starts a rule for them.

In the transaction of the consumer's watermark; the parts of a list come in order, in one stream.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from events.contracts.leads.lists import ListRead, ListReadingRefused
from events.envelope import Recorded
from events.store import Append, Connection, deterministic_id, load
from events.store import Cause as Origin
from events.tasks import NewTask, add

from automation.actions.effect import ACTOR
from automation.mailings.domain import MAILING, Known, Stop
from automation.mailings.sending import add_recipients, after_list
from automation.rules import starting_lists
from automation.sequences import leading

_WHOSE = "SELECT mailing_id, sequence, rule FROM list_readings WHERE request_id = $1"


async def arrive(connection: Connection, recorded: Sequence[Recorded]) -> Sequence[Append]:
    """The reaction. An answer that nobody here asked for is left alone."""
    following: list[Append] = []
    for entry in recorded:
        event = entry.event
        if not isinstance(event, ListRead | ListReadingRefused):
            continue
        whose = await connection.fetchrow(_WHOSE, event.request_id)
        origin = Origin(ACTOR, entry.correlation_id, entry.id, entry.traceparent)
        if whose is None:
            continue
        if whose["mailing_id"]:
            following += await _to_mailing(connection, whose["mailing_id"], event, origin, entry)
        elif isinstance(event, ListRead):
            payload = event.model_dump(mode="json", include={"request_id", "customer_ids"})
            task_id = deterministic_id(event.request_id, "part", event.part)
            of_sequence = whose["sequence"] is not None
            named = {"sequence": whose["sequence"]} if of_sequence else {"rule": whose["rule"]}
            kind = leading.KIND if of_sequence else starting_lists.KIND
            await add(connection, [NewTask(task_id, kind, payload | named, entry.recorded_at, origin)])
    return following


async def _to_mailing(
    connection: Connection, mailing_id: UUID, event: ListRead | ListReadingRefused, origin: Origin, entry: Recorded
) -> list[Append]:
    """One that was stopped meanwhile stays so."""
    history = await load(connection, "automation", mailing_id)
    state = MAILING.fold(one.event for one in history)
    if not isinstance(state, Known) or state.state != "sending":
        return []
    if isinstance(event, ListReadingRefused):
        stopped = MAILING.decide(Stop(event.code), state)
        return [Append(mailing_id, len(history), stopped, origin, entry.recorded_at)]
    await add_recipients(connection, mailing_id, event.customer_ids)
    if event.part == event.parts:
        await add(connection, [after_list(state.prepared, entry.recorded_at, origin)])
    return []
