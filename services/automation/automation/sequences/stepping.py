"""Leads customers on: a durable task for each who is inside, due when his next step is.

A task takes all steps up to the next wait and ends in one transaction with what they came to: the messages' requests
with the work of sending them, the steps as events, the task of the next step. Its id names the round, the step and how
often he was paused, so it is there once, and a task that comes too late finds another step and does nothing. A way that
has moved on meanwhile is a conflict, which is tried again on what it has become.

Before each step it is looked whether something has happened since he entered that ends it: so an exit holds even where
its event overtook the entering.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
from events.contracts.automation import Cause, MessageRequested, SequenceEntered, SequenceStepTaken, StepOutcome
from events.envelope import Recorded
from events.store import Append, Connection, deterministic_id, load
from events.store import Cause as Origin
from events.tasks import Done, NewTask, Outcome, PutOff, Task

from automation import facts
from automation.actions.effect import ACTOR, Firing
from automation.messages.request import request, work
from automation.parts import Language
from automation.rules.conditions import Facts, asked
from automation.sequences.enrolment import ENROLMENT, Inside, Leave, Take
from automation.sequences.exits import reason_of
from automation.sequences.sequence import END, Branch, Definition, Send, Split, Step, Wait
from automation.sequences.shelf import Sequences
from automation.timing import reading
from automation.timing.calendars import BUSINESS, Calendars
from automation.timing.firings import responsible
from automation.timing.moments import moment
from automation.timing.when import Timing

KIND: Final = "sequence_step"
HALTED_SECONDS: Final = 60.0
HISTORY_SECONDS: Final = 5.0


def next_task(entered: SequenceEntered, step: str, paused: int, due_at: datetime, origin: Origin) -> NewTask:
    """The work of going on with ``step``; ``paused``: how often he was."""
    task_id = deterministic_id(entered.enrolment_id, entered.round, step, paused)
    payload = {"enrolment_id": str(entered.enrolment_id), "round": entered.round, "step": step, "paused": paused}
    return NewTask(task_id, KIND, payload, due_at, origin)


@dataclass
class Taken:
    """What the steps came to."""

    steps: list[SequenceStepTaken] = field(default_factory=list)
    messages: list[MessageRequested] = field(default_factory=list)
    goes_on_at: datetime | None = None


@dataclass(frozen=True)
class Stepping:
    """The handler of the tasks; ``zone`` is the firm's until it has a calendar."""

    pool: asyncpg.Pool
    sequences: Sequences
    language: Language
    zone: str

    async def handle(self, tasks: Sequence[Task]) -> Sequence[Outcome]:
        """An outcome for each; changes nothing."""
        async with self.pool.acquire() as connection:
            read = await reading.moment_of(connection)
            calendars = await reading.calendars(connection, (), read.now, self.zone)
            return [await self._step(connection, task, read, calendars) for task in tasks]

    async def _step(self, connection: Connection, task: Task, read: reading.Moment, calendars: Calendars) -> Outcome:
        now = read.now
        history = await load(connection, "automation", UUID(task.payload["enrolment_id"]))
        state = ENROLMENT.fold(entry.event for entry in history)
        if not isinstance(state, Inside) or not _is_his(state, task):
            return []
        entered = state.entered
        sequence = await self.sequences.version(connection, entered.sequence, entered.version)
        if sequence.state == "halted":
            return PutOff("the sequence is halted", HALTED_SECONDS)
        if not read.is_whole and any(map(asks_facts, sequence.definition.steps)):
            return PutOff("the history is being read", HISTORY_SECONDS)
        origin = Origin(ACTOR, task.cause.correlation_id, history[-1].id, task.cause.traceparent)
        if (found := await reason_of(connection, history, sequence.definition)) is not None:
            left = ENROLMENT.decide(Leave(found[0], now), state)
            return [Append(entered.enrolment_id, len(history), left, origin, now)]
        entry = next(entry for entry in reversed(history) if isinstance(entry.event, SequenceEntered))
        known = await self._known(connection, entry, sequence.definition, task.payload["step"], now)
        manager = responsible(known or {})
        if manager:
            calendars = await reading.calendars(connection, {manager}, now, self.zone)
        told = Facts.of(entry, known) if known is not None else None
        taken = take(sequence.definition, task.payload["step"], entered, told, now, calendars, manager)
        return _done(taken, state, len(history), task, origin, now)

    async def _known(
        self, connection: Connection, entry: Recorded, definition: Definition, step: str, now: datetime
    ) -> Mapping[str, Any] | None:
        """What is known of the customer; None where no step that can come up asks it."""
        ids = [one.id for one in definition.steps]
        if not any(map(asks_facts, definition.steps[ids.index(step) :])):
            return None
        event = entry.event
        assert isinstance(event, SequenceEntered)
        cause = Cause(
            rule=event.sequence, rule_version=event.version, action=step, event_id=entry.id, event_type=event.type
        )
        (known,) = await facts.variables(connection, [Firing(cause, entry, self.language)], now)
        return known


def asks_facts(step: Step) -> bool:
    """Does it ask what is known of the customer: a condition, or who answers for him?"""
    match step:
        case Branch():
            return True
        case Wait(timing=timing):
            return "responsible" in (timing.within, timing.clock)
    return False


def take(
    definition: Definition,
    step: str,
    entered: SequenceEntered,
    known: Facts | None,
    now: datetime,
    calendars: Calendars,
    manager: str | None = None,
) -> Taken:
    """The steps from ``step`` up to the next wait or the end; ``manager`` answers for the customer. Pure."""
    taken = Taken()
    at: str | None = step
    while at is not None:
        one, after = definition.step(at), definition.after(at)
        match one:
            case Send():
                message = _message(one, definition, entered)
                taken.messages.append(message)
                taken.steps.append(_took(entered, one.id, "sent", after, message_id=message.message_id))
            case Branch() | Split():
                is_so = _goes_then(one, entered, known)
                to = one.then if is_so else one.otherwise
                after = None if to == END else to
                taken.steps.append(
                    _took(entered, one.id, "then" if is_so else "otherwise", after, unasked=is_so is None)
                )
            case Wait():
                until = _until(one.timing, now, calendars, manager)
                taken.steps.append(_took(entered, one.id, "waits", after, until=until))
                if after is not None and until > now:
                    taken.goes_on_at = until
                    break
        at = after
    return taken


def _goes_then(step: Branch | Split, entered: SequenceEntered, known: Facts | None) -> bool | None:
    """None: the condition was not evaluated, for it could cost too much."""
    if isinstance(step, Branch):
        return known is not None and asked(step.where, known)
    lot = deterministic_id("split", entered.enrolment_id, entered.round, step.id).int % 10_000
    return lot < step.percent * 100


def _until(timing: Timing, now: datetime, calendars: Calendars, manager: str | None) -> datetime:
    clock = calendars.of(manager if timing.clock == "responsible" else BUSINESS)
    found = moment(timing, now, None, clock.schedule.zone) or now
    if timing.within is None:
        return found
    return calendars.of(manager if timing.within == "responsible" else BUSINESS).opens_at(found)


def _took(
    entered: SequenceEntered,
    step: str,
    outcome: StepOutcome,
    after: str | None,
    *,
    until: datetime | None = None,
    message_id: UUID | None = None,
    unasked: bool = False,
) -> SequenceStepTaken:
    return SequenceStepTaken(
        enrolment_id=entered.enrolment_id,
        sequence=entered.sequence,
        customer_id=entered.customer_id,
        step=step,
        outcome=outcome,
        next=after,
        until=until,
        message_id=message_id,
        because="over_limit" if unasked else None,
    )


def _message(step: Send, definition: Definition, entered: SequenceEntered) -> MessageRequested:
    id_ = deterministic_id(entered.enrolment_id, entered.round, step.id, "message")
    return request(id_, entered.customer_id, step.media, step.template, entered.cause, purpose=definition.purpose)


def _done(taken: Taken, state: Inside, version: int, task: Task, origin: Origin, now: datetime) -> Done:
    entered = state.entered
    events = ENROLMENT.decide(Take(taken.steps, now, taken.goes_on_at is None), state)
    decisions = [Append(entered.enrolment_id, version, events, origin, now)]
    decisions += [Append(message.message_id, 0, [message], origin, now) for message in taken.messages]
    tasks = [work(message, now, origin) for message in taken.messages]
    if taken.goes_on_at is not None:
        following = taken.steps[-1].next
        assert following is not None
        tasks.append(next_task(entered, following, state.resumed, taken.goes_on_at, origin))
    return Done(decisions, tasks)


def _is_his(state: Inside, task: Task) -> bool:
    """Is it the task of the step that comes next? One who is paused has none until he goes on."""
    told = task.payload
    is_next = state.step in (None, told["step"]) and state.resumed == told["paused"]
    return is_next and not state.is_paused and state.entered.round == told["round"]
