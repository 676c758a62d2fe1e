"""The reaction to events: one consumer that keeps what rules need to know, and makes their effects.

Whether a rule fires is decided by the event alone, and an effect's id by (event, rule, version, action): so whatever
the order between topics, the cut of batches or the number of deliveries, the same tasks and letters come out. What
depends on more than one event, the assignee that follows a lead's manager, is brought in line whenever either side
arrives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from events import metrics
from events.contracts.automation import Cause, MessageRequested, RuleSuppressed, TaskAssigned, TaskCreated
from events.contracts.leads import CustomerErased, CustomerResponsibleChanged, LeadAssigned
from events.envelope import Received, Recorded
from events.event import REGISTRY, Event
from events.projection import Projection
from events.sqlfile import sql
from events.store import Append, Conflict, Connection, append, deterministic_id
from events.store import Cause as Origin
from events.tasks import NewTask, add

from automation import sending
from automation.conditions import Facts, holds
from automation.rules import RESPONSIBLE, SOURCES, CreateTask, Language, Rule, Rules, SendEmail

ACTOR = "service:automation"
MAX_DEPTH = 3
"""Effects that may follow from effects: beyond it a rule is taken for a loop."""

_HERE = Path(__file__).parent
_SQL = _HERE / "sql"
_TABLES = Projection("automation", 1, SOURCES, _HERE)
# Rows are made before they are changed, whatever the order of streams in a batch.
_ORDER = (
    "customer.registered.v1",
    "customer.contact-added.v1",
    "customer.erased.v1",
    "lead.assigned.v1",
    "customer.responsible-changed.v1",
    "task.created.v1",
    "task.assigned.v1",
    "task.rescheduled.v1",
    "task.prioritised.v1",
    "task.commented.v1",
    "task.reminded.v1",
    "task.overdue.v1",
    "task.completed.v1",
    "message.requested.v1",
    "message.sent.v1",
    "message.failed.v1",
)


@dataclass(frozen=True)
class Effect:
    """What a rule does: an event that opens a stream, and the work that goes with it."""

    stream_id: UUID
    event: Event
    origin: Origin
    at: datetime
    work: NewTask | None = None


@dataclass(frozen=True)
class Reactions:
    """Applies batches for the consumer. ``forget`` drops the cached key of a customer who was erased."""

    rules: Rules
    language: Language
    forget: Callable[[UUID], None]

    async def apply(self, connection: Connection, records: Sequence[Received]) -> None:
        """Writes the tables and the effects of a batch, in the transaction of the watermark; the append comes last."""
        wanted = self._wanted(records)
        await _write_tables(connection, wanted)
        recorded = [record.recorded() for record in wanted]
        for event in (entry.event for entry in recorded):
            if isinstance(event, CustomerErased):
                self.forget(event.customer_id)
        effects = await _new(connection, [effect for entry in recorded for effect in self.effects(entry)])
        await add(connection, [effect.work for effect in effects if effect.work])
        following = await _following(connection, recorded)
        made = [Append(effect.stream_id, 0, [effect.event], effect.origin, effect.at) for effect in effects]
        results = await append(connection, [*made, *following]) if made or following else []
        if any(isinstance(result, Conflict) for result in results[: len(made)]):
            raise Conflict
        # A task that has moved on since its row was written comes again with the event that moved it.
        appended = sum(not isinstance(result, Conflict) for result in results)
        metrics.EVENTS_APPENDED.labels("automation").inc(appended)

    def effects(self, recorded: Recorded) -> Iterator[Effect]:
        """What the rules make of an event; depends on nothing else."""
        rules = self.rules.on(recorded.type)
        if not rules:
            return
        facts = Facts.of(recorded)
        for rule in rules:
            if holds(rule.when, facts):
                yield from (self._effect(rule, action, recorded) for action in rule.actions)

    def _wanted(self, records: Sequence[Received]) -> list[Received]:
        types = self.rules.triggers | _TABLES.statements.keys()
        for record in records:
            if record.type not in REGISTRY:
                metrics.UNKNOWN_EVENTS.labels(record.type[:80]).inc()
        return [record for record in records if record.type in types]

    def _effect(self, rule: Rule, action: CreateTask | SendEmail, recorded: Recorded) -> Effect:
        before = getattr(recorded.event, "cause", None)
        cause = Cause(
            rule=rule.id,
            rule_version=rule.version,
            action=action.id,
            event_id=recorded.id,
            event_type=recorded.type,
            depth=(before.depth if isinstance(before, Cause) else 0) + 1,
        )
        if cause.depth > MAX_DEPTH:
            return _suppressed(cause, recorded, "loop: the rules fire each other")
        match action:
            case CreateTask():
                return self._task(action, cause, recorded)
            case SendEmail():
                return _letter(action, cause, recorded)

    def _task(self, action: CreateTask, cause: Cause, recorded: Recorded) -> Effect:
        event = recorded.event
        follows = action.assignee == RESPONSIBLE
        created = TaskCreated(
            task_id=_effect_id(cause),
            kind=action.kind,
            title=action.title.in_(self.language),
            due_at=_due(action, recorded),
            assignee=None if follows else action.assignee,
            follows_responsible=follows,
            customer_id=getattr(event, "customer_id", None),
            lead_id=getattr(event, "lead_id", None),
            deal_id=getattr(event, "deal_id", None),
            cause=cause,
            priority=None if action.priority == "normal" else action.priority,
        )
        return Effect(created.task_id, created, _origin(recorded), recorded.recorded_at)


def _letter(action: SendEmail, cause: Cause, recorded: Recorded) -> Effect:
    customer_id = getattr(recorded.event, "customer_id", None)
    if customer_id is None:
        return _suppressed(cause, recorded, "no_customer")
    requested = MessageRequested(
        message_id=_effect_id(cause),
        customer_id=customer_id,
        medium="email",
        template=action.template,
        cause=cause,
        link=_value_at(recorded.event, action.link) if action.link else None,
    )
    origin, at = _origin(recorded), recorded.recorded_at
    return Effect(requested.message_id, requested, origin, at, sending.work(requested, at, origin))


def _suppressed(cause: Cause, recorded: Recorded, reason: str) -> Effect:
    suppression_id = deterministic_id(_effect_id(cause), "suppressed")
    customer_id = getattr(recorded.event, "customer_id", None)
    event = RuleSuppressed(suppression_id=suppression_id, cause=cause, reason=reason, customer_id=customer_id)
    return Effect(suppression_id, event, _origin(recorded), recorded.recorded_at)


def _effect_id(cause: Cause) -> UUID:
    return deterministic_id(cause.event_id, cause.rule, cause.rule_version, cause.action)


def _origin(recorded: Recorded) -> Origin:
    return Origin(ACTOR, recorded.correlation_id, recorded.id, recorded.traceparent)


def _due(action: CreateTask, recorded: Recorded) -> datetime:
    """A task whose field holds no time is due at once."""
    if action.due.field is not None:
        at = _value_at(recorded.event, action.due.field)
        return at if isinstance(at, datetime) else recorded.recorded_at
    return recorded.recorded_at + timedelta(hours=action.due.hours, minutes=action.due.minutes)


def _value_at(event: Event, path: str) -> Any:
    """None where a step of the path is absent."""
    value: Any = event
    for step in path.split("."):
        value = getattr(value, step, None)
    return value


async def _write_tables(connection: Connection, records: Sequence[Received]) -> None:
    for type_ in _ORDER:
        if batch := [record for record in records if record.type == type_]:
            for statement in _TABLES.statements[type_]:
                await statement.run(connection, batch)


async def _new(connection: Connection, effects: Sequence[Effect]) -> list[Effect]:
    """Those effects whose streams are not there yet, each once."""
    by_id = {effect.stream_id: effect for effect in effects}
    if by_id:
        for row in await connection.fetch(sql("existing_streams", _SQL), list(by_id)):
            del by_id[row["stream_id"]]
    return list(by_id.values())


async def _following(connection: Connection, recorded: Sequence[Recorded]) -> list[Append]:
    """Assignments of open tasks to who is responsible now: for the leads, customers and tasks of a batch."""
    tasks = {entry.stream_id: entry for entry in recorded if isinstance(entry.event, TaskCreated | TaskAssigned)}
    leads = {entry.event.lead_id: entry for entry in recorded if isinstance(entry.event, LeadAssigned)}
    customers = {
        entry.event.customer_id: entry for entry in recorded if isinstance(entry.event, CustomerResponsibleChanged)
    }
    decisions = []
    if tasks or leads:
        for row in await connection.fetch(sql("unfollowed_tasks", _SQL), list(tasks), list(leads)):
            why = leads.get(row["lead_id"]) or tasks[row["task_id"]]
            decisions.append(_assigned(row, why, why.recorded_at, follows=True))
    if tasks or customers:
        for row in await connection.fetch(sql("tasks_handed_over", _SQL), list(tasks), list(customers)):
            why = customers.get(row["customer_id"]) or tasks[row["task_id"]]
            # As of the hand-over: what came after it goes on from here, in whatever order the events arrive.
            decisions.append(_assigned(row, why, row["at"], follows=False))
    return decisions


def _assigned(row: asyncpg.Record, why: Recorded, at: datetime, *, follows: bool) -> Append:
    event = TaskAssigned(
        task_id=row["task_id"],
        assignee=row["manager_id"],
        previous_assignee=row["assignee"],
        follows_responsible=follows,
        cause=Cause.model_validate_json(row["cause"]) if row["cause"] else None,
    )
    return Append(row["task_id"], row["version"], [event], _origin(why), at)
