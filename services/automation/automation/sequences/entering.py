"""Brings customers in and out at the request of a rule: a durable task each, decided on the customer's own stream."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from events.contracts.automation import Cause, SequenceEntered, SequenceEntryRefused
from events.decider import Rejected
from events.envelope import Recorded
from events.sqlfile import sql
from events.store import Append, Connection, load
from events.store import Cause as Origin
from events.tasks import Done, Outcome, Task

from automation.sequences.enrolment import ENROLMENT, Enter, Leave, stream_of
from automation.sequences.shelf import SQL, NoSequence, Sequences
from automation.sequences.stepping import next_task
from automation.timing import reading


class Entering:
    """The handlers of those tasks; nothing is changed here."""

    def __init__(self, pool: asyncpg.Pool, sequences: Sequences) -> None:
        self._pool = pool
        self._sequences = sequences

    async def enter(self, tasks: Sequence[Task]) -> Sequence[Outcome]:
        """One who is inside, or may not again, is left as he is, and so are all where the sequence is not open: then
        the request's stream says why.
        """
        async with self._pool.acquire() as connection:
            now = (await reading.moment_of(connection)).now
            return [await self._enter(connection, task, now) for task in tasks]

    async def leave(self, tasks: Sequence[Task]) -> Sequence[Outcome]:
        """One who is not inside is left as he is."""
        async with self._pool.acquire() as connection:
            now = (await reading.moment_of(connection)).now
            return [await self._leave(connection, task, now) for task in tasks]

    async def _enter(self, connection: Connection, task: Task, now: datetime) -> Outcome:
        told = task.payload
        ids = ("lead_id", "deal_id", "request_id")
        subjects = {name: UUID(told[name]) if told.get(name) else None for name in ids}
        cause = Cause.model_validate(told["cause"]) if told["cause"] else None
        customer_id = UUID(told["customer_id"])
        try:
            command = await entry(connection, self._sequences, told["sequence"], customer_id, now, cause, **subjects)
            return await entered(connection, self._sequences, command, task.cause)
        except NoSequence:
            reason = "no_sequence"
        except Rejected as rejected:
            reason = rejected.code
        if "request_id" not in told:
            return []  # asked by a release that did not say whose answer this is
        refused = SequenceEntryRefused.model_validate(
            {
                "request_id": told["request_id"],
                "sequence": told["sequence"],
                "customer_id": customer_id,
                "reason": reason,
                "cause": cause,
            }
        )
        return [Append(refused.request_id, 1, [refused], task.cause, now)]

    async def _leave(self, connection: Connection, task: Task, now: datetime) -> Outcome:
        stream = await way_of(connection, task.payload["sequence"], UUID(task.payload["customer_id"]))
        history = await load(connection, "automation", stream)
        events = ENROLMENT.decide(Leave("stopped", now), ENROLMENT.fold(entry.event for entry in history))
        return [Append(stream, len(history), events, task.cause, now)] if events else []


async def way_of(connection: Connection, sequence: str, customer_id: UUID) -> UUID:
    """The stream of the customer's way, by whichever of the person's cards he entered."""
    row = await connection.fetchrow(sql("way_of", SQL), customer_id, sequence)
    assert row is not None
    return row["enrolment_id"] or stream_of(sequence, row["customer_id"])


async def entry(
    connection: Connection,
    sequences: Sequences,
    sequence: str,
    customer_id: UUID,
    now: datetime,
    cause: Cause | None = None,
    lead_id: UUID | None = None,
    deal_id: UUID | None = None,
    request_id: UUID | None = None,
) -> Enter:
    """The command, by the version that customers enter now; cards that were merged are one customer.

    Raises ``NoSequence``, ``Rejected`` (not_open, inside_already).
    """
    version = await sequences.version(connection, sequence)
    if version.state != "open" or version.entered is None:
        raise Rejected("not_open", "The sequence is not open.")
    person = await connection.fetchrow(sql("enters_as", SQL), customer_id, sequence)
    assert person is not None
    if person["is_inside"]:
        raise Rejected("inside_already", "The customer is inside this sequence by another card.")
    again = version.definition.again_after_days
    return Enter(sequence, version.entered, person["customer_id"], now, again, lead_id, deal_id, cause, request_id)


async def entered(connection: Connection, sequences: Sequences, command: Enter, origin: Origin) -> Done:
    """The entering and the task of the first step. Raises ``Rejected``."""
    stream = stream_of(command.sequence, command.customer_id)
    history: Sequence[Recorded] = await load(connection, "automation", stream)
    (event,) = ENROLMENT.decide(command, ENROLMENT.fold(entry.event for entry in history))
    assert isinstance(event, SequenceEntered)
    version = await sequences.version(connection, command.sequence, command.version)
    first = version.definition.steps[0].id
    decision = Append(stream, len(history), [event], origin, command.at)
    return Done([decision], [next_task(event, first, 0, command.at, origin)])
