"""Sends a mailing: a chain of durable tasks, first to ask who is on its list, then to gather whoever its condition
holds for, then a portion a minute. Leads answers who is on the list (``automation.lists``); then the chain goes on.

Who is to be written to stands in a table, in the order of ids; a task names the last id that was dealt with. To gather
is to add rows, and to add them again adds none. A portion's requests of messages, the work of sending them and the next
task are one transaction, and a message's id is made of mailing and customer: so everybody is written to once, whichever
worker dies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg
from events.contracts.automation import (
    Cause,
    ListReadingRequested,
    MailingPrepared,
    MailingStarted,
    MessageRequested,
)
from events.envelope import Recorded
from events.sqlfile import sql
from events.store import Append, Connection, deterministic_id, load
from events.store import Cause as Origin
from events.tasks import Done, NewTask, PutOff, Task

from automation import facts
from automation.actions.effect import ACTOR, Firing
from automation.lists.asking import Asking
from automation.mailings.domain import MAILING, Known, Request, Start, Stop
from automation.messages.request import request, work
from automation.parts import Language
from automation.rules.conditions import Facts, asked, plain
from automation.rules.cost import limits_of
from automation.timing import reading

LIST: Final = "mailing_list"
GATHER: Final = "mailing_gather"
PORTION: Final = "mailing_portion"
AT_ONCE: Final = 500
LOOKED_AT: Final = 20_000
"""Cards of which those are picked out, in one statement, for whom the condition may hold."""
HISTORY_SECONDS: Final = 5.0
SQL = Path(__file__).parent / "sql"
_FIRST = UUID(int=0)
_UNASKED = "UPDATE mailings SET over_limit = over_limit + $2 WHERE mailing_id = $1"
_UNTIL = "SELECT customer_id FROM contacts WHERE customer_id > $1 ORDER BY customer_id OFFSET $2 - 1 LIMIT 1"


def first_task(prepared: MailingPrepared, start: Start, origin: Origin) -> NewTask:
    """The beginning of the chain."""
    if prepared.list_id is None:
        return after_list(prepared, start.at, origin)
    payload = {"mailing_id": str(prepared.mailing_id), "sees": start.sees}
    return NewTask(deterministic_id(prepared.mailing_id, LIST), LIST, payload, start.at, origin)


def after_list(prepared: MailingPrepared, at: datetime, origin: Origin) -> NewTask:
    """What follows when all are added who were on its list."""
    return _task(GATHER if prepared.where else PORTION, prepared.mailing_id, _FIRST, at, origin)


def message_id(mailing_id: UUID, customer_id: UUID) -> UUID:
    """The message to a customer."""
    return deterministic_id("mailing", mailing_id, customer_id)


def _task(kind: str, mailing_id: UUID, after: UUID, at: datetime, origin: Origin) -> NewTask:
    payload = {"mailing_id": str(mailing_id), "after": str(after)}
    return NewTask(deterministic_id(mailing_id, kind, after), kind, payload, at, origin)


@dataclass(frozen=True)
class MailingSending:
    """The handlers of those tasks."""

    pool: asyncpg.Pool
    language: Language

    async def ask_list(self, task: Task) -> Done:
        """Asks who is on the mailing's list."""
        async with self.pool.acquire() as connection:
            known, _, _ = await _read(connection, task)
            now = (await reading.moment_of(connection)).now
        if known is None or known.prepared.list_id is None:
            return Done()
        mailing_id, list_id = known.prepared.mailing_id, known.prepared.list_id
        id_, sees = deterministic_id("list of mailing", mailing_id), task.payload["sees"]
        request = ListReadingRequested(request_id=id_, list_id=list_id, mailing_id=mailing_id, directions=sees)
        asking = Asking(request, task.cause, now)
        return Done([asking.decision()], write=asking.keep)

    async def gather(self, task: Task) -> Done | Sequence[Append]:
        """Adds those of the next customers for whom the condition holds."""
        async with self.pool.acquire() as connection:
            known, started, history = await _read(connection, task)
            if known is None or started is None or known.prepared.where is None:
                return []
            read = await reading.moment_of(connection)
            if not read.is_whole:
                raise PutOff("the history is being read", HISTORY_SECONDS)
            now, mailing_id = read.now, known.prepared.mailing_id
            if limits_of(known.prepared.where)[0]:
                stopped = MAILING.decide(Stop("over_limit"), known)
                return [Append(mailing_id, len(history), stopped, task.cause, now)]
            customers, behind = await next_of(connection, known.prepared, UUID(task.payload["after"]), now)
            held = await self._held(connection, known.prepared, started, customers, now)
            await add_recipients(connection, mailing_id, [one for one, holds in held.items() if holds])

        async def count(connection: Connection) -> None:
            unasked = sum(holds is None for holds in held.values())
            await connection.execute(_UNASKED, mailing_id, unasked)

        if behind is None:
            return Done((), [_task(PORTION, mailing_id, _FIRST, max(known.at or now, now), task.cause)], count)
        return Done((), [_task(GATHER, mailing_id, behind, now, task.cause)], count)

    async def _held(
        self,
        connection: Connection,
        mailing: MailingPrepared,
        started: Recorded,
        customers: Sequence[UUID],
        now: datetime,
    ) -> dict[UUID, bool | None]:
        """For whom the condition holds; None: it was not asked, for that could cost too much. The event that it sees is
        the request of the message that the customer would get.
        """
        firings = [_Asking(_cause(started, "gather"), started, self.language, customer_id=one) for one in customers]
        told = await facts.variables(connection, firings, now) if firings else []
        moment = {"type": MessageRequested.type, "occurred_at": now, "recorded_at": now, "actor": started.actor}
        return {
            one: asked(mailing.where or "", Facts(known | moment | {"event": plain(_message(mailing, started, one))}))
            for one, known in zip(customers, told, strict=True)
        }

    async def portion(self, task: Task) -> Done | Sequence[Append]:
        """Requests the messages of a minute."""
        async with self.pool.acquire() as connection:
            known, started, history = await _read(connection, task)
            if known is None or started is None:
                return []
            now = (await reading.moment_of(connection)).now
            mailing, after = known.prepared, UUID(task.payload["after"])
            await each_once(connection, mailing.mailing_id, after)
            rows = await connection.fetch(sql("recipients_after", SQL), mailing.mailing_id, after, mailing.per_minute)
            total = await connection.fetchval(sql("recipients_count", SQL), mailing.mailing_id)
        origin = Origin(ACTOR, task.cause.correlation_id, started.id, task.cause.traceparent)
        messages = [_message(mailing, started, row["customer_id"]) for row in rows]
        last = rows[-1]["customer_id"] if rows else None
        is_over = last is None or len(rows) < mailing.per_minute
        events = MAILING.decide(Request(after, last, len(rows), total if is_over else None), known)
        # The mailing's own stream moves with each portion, so whoever stops it meanwhile is not overlooked.
        decisions = [Append(mailing.mailing_id, len(history), events, origin, now)]
        decisions += [Append(message.message_id, 0, [message], origin, now) for message in messages]
        tasks = [work(message, now, origin) for message in messages]
        if last is not None and not is_over:
            tasks.append(_task(PORTION, mailing.mailing_id, last, now + timedelta(minutes=1), task.cause))
        return Done(decisions, tasks)


async def next_of(
    connection: Connection, mailing: MailingPrepared, after: UUID, now: datetime
) -> tuple[list[UUID], UUID | None]:
    """Of the next customers those for whom the condition may hold, and behind whom to go on; None: that was all."""
    until: UUID | None = await connection.fetchval(_UNTIL, after, LOOKED_AT)
    given = after, until, AT_ONCE, *facts.preselection(mailing.where).of_customer(), now
    found = [row["customer_id"] for row in await connection.fetch(sql("customers_after", SQL), *given)]
    return found, found[-1] if len(found) == AT_ONCE else until


@dataclass(frozen=True)
class _Asking(Firing):
    """A question about one of the customers that a condition is asked for."""

    customer_id: UUID = _FIRST

    def subject(self, name: str) -> UUID | None:
        """Only the customer is asked about."""
        return self.customer_id if name == "customer_id" else None


async def add_recipients(connection: Connection, mailing_id: UUID, customers: Sequence[UUID]) -> int:
    """Adds customers, each person once; returns how many were not there before."""
    persons = [row["customer_id"] for row in await connection.fetch(sql("written_to", SQL), list(customers))]
    ids = [message_id(mailing_id, one) for one in persons]
    rows = await connection.fetch(sql("recipients_add", SQL), mailing_id, persons, ids)
    return len(rows)


async def each_once(connection: Connection, mailing_id: UUID, after: UUID) -> None:
    """Takes out recipients behind ``after`` who were merged with others since they were added."""
    merged = [row["customer_id"] for row in await connection.fetch(sql("recipients_merged", SQL), mailing_id, after)]
    if merged:
        await connection.execute(sql("recipients_once", SQL), mailing_id, after, merged)


async def _read(connection: Connection, task: Task) -> tuple[Known | None, Recorded | None, Sequence[Recorded]]:
    """The mailing while it is being sent, and the event of its start; None where it is stopped or over."""
    history = await load(connection, "automation", UUID(task.payload["mailing_id"]))
    state = MAILING.fold(entry.event for entry in history)
    started = next((entry for entry in history if isinstance(entry.event, MailingStarted)), None)
    if not isinstance(state, Known) or state.state != "sending":
        return None, None, history
    return state, started, history


def _cause(started: Recorded, action: str) -> Cause:
    rule = f"mailing-{started.stream_id}"
    return Cause(rule=rule, rule_version=1, action=action, event_id=started.id, event_type=started.type)


def _message(mailing: MailingPrepared, started: Recorded, customer_id: UUID) -> MessageRequested:
    id_, cause = message_id(mailing.mailing_id, customer_id), _cause(started, "send")
    return request(id_, customer_id, mailing.media, mailing.template, cause, purpose=mailing.purpose)
