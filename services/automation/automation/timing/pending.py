"""A pending firing: what a rule is to do once more is known, or later. One durable task, whose id is the effect's.

It carries the whole event (what is sealed stays sealed), the action and the conditions as they were in that version of
the rule, so that nothing of it changes while it waits. A row beside the task says whom it is about: it goes with the
task, and by it the task is found when a date moves or the customer is erased.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from events.contracts.automation import Cause
from events.contracts.leads import CustomerErased
from events.envelope import Recorded
from events.sqlfile import sql
from events.store import Connection, deterministic_id
from events.tasks import NewTask, Task, add
from pydantic import TypeAdapter

from automation.actions import Action
from automation.actions.effect import Effect, Firing, NotComputed
from automation.parts import Language
from automation.rules.computing import known_names, worked_out
from automation.rules.conditions import Facts
from automation.rules.rule import Cap

KIND: Final = "firing"
SETTLE: Final = timedelta(seconds=2)
"""How long after an event what other services said before it may still be on its way."""

MAX_DEPTH: Final = 3
"""Effects that may follow from effects: beyond it a rule is taken for a loop."""

TOO_DEAR: Final = "over_limit: a condition could cost too much on this event"

_SQL = Path(__file__).parent / "sql"
_SERVICE_SQL = Path(__file__).parents[1] / "sql"
_ACTION: TypeAdapter[Action] = TypeAdapter(Action)
_UUIDS = ("stream_id", "id", "correlation_id", "causation_id")
_TIMES = ("occurred_at", "recorded_at")


@dataclass(frozen=True)
class Pending:
    """An event that fired a rule, for one action; ``where``, ``per_customer`` and ``compute`` are the rule's."""

    firing: Firing
    action: Action
    where: str = ""
    per_customer: Cap | None = None
    compute: Mapping[str, str] = field(default_factory=dict)
    over_limit: bool = False
    """``when`` could cost too much on this event, and was not evaluated."""

    @property
    def cap(self) -> Cap | None:
        """How often the rule may act for the customer; None where it may always, or there is no customer."""
        return self.per_customer if self.firing.subject("customer_id") and not self.over_limit else None

    @property
    def asks_the_past(self) -> bool:
        """Does it wait until everything is known that was recorded before the event?"""
        return bool(self.asks_facts or self.cap)

    @property
    def asks_facts(self) -> bool:
        """Does it ask what was known when the event was recorded?"""
        return bool(self.where or self.asks)

    @property
    def asks(self) -> frozenset[str]:
        """The variables that it asks as of the event."""
        return known_names(self.where, *self.compute.values())

    @property
    def is_at_once(self) -> bool:
        """Does the event alone decide, and nothing wait?"""
        return self.is_loop or self.over_limit or not (self.asks_the_past or self.action.timing or self.action.still)

    @property
    def is_loop(self) -> bool:
        """Do the rules fire each other?"""
        return self.firing.cause.depth > MAX_DEPTH

    def informed(self, variables: Mapping[str, Any]) -> Pending:
        """With what the rule works out of the event and of what was known then."""
        if not self.compute:
            return self
        computed = worked_out(self.compute, Facts.of(self.firing.recorded, variables))
        return replace(self, firing=replace(self.firing, computed=computed))

    def effect(self, acted_at: datetime | None = None) -> Effect:
        """What it does at once, or at a time."""
        if self.is_loop:
            return self.firing.suppressed("loop: the rules fire each other")
        if self.over_limit:
            return self.firing.suppressed(TOO_DEAR)
        firing = (self if self.firing.computed is not None else self.informed({})).firing
        try:
            return self.action.effect(replace(firing, acted_at=acted_at) if acted_at else firing)
        except NotComputed as missing:
            return firing.suppressed(f"not_computed: {missing}")

    @property
    def follows(self) -> UUID | None:
        """The customer, deal or lead whose date the action waits for."""
        root = self.action.timing.follows if self.action.timing else None
        return self.firing.subject(f"{root}_id") if root else None

    @property
    def suppression_id(self) -> UUID:
        """The stream that says that the action was withheld."""
        return deterministic_id(self.firing.effect_id, "suppressed")

    def task(self) -> NewTask:
        """The work; due as soon as it can be known whether it is time."""
        recorded = asdict(self.firing.recorded) | {"body": self.firing.recorded.body.decode()}
        payload = {
            "recorded": {name: _text(value) for name, value in recorded.items()},
            "cause": self.firing.cause.model_dump(mode="json"),
            "action": self.action.model_dump(mode="json"),
            "where": self.where,
            "per_customer": self.per_customer.model_dump() if self.per_customer else None,
            "compute": dict(self.compute),
        }
        due_at = self.firing.recorded.recorded_at + (SETTLE if self.asks_the_past else timedelta(0))
        return NewTask(self.firing.effect_id, KIND, payload, due_at, self.firing.origin)


def read(task: Task, language: Language) -> Pending:
    """The firing of a stored task."""
    told: dict[str, Any] = dict(task.payload["recorded"])
    told |= {name: UUID(told[name]) for name in _UUIDS if told[name] is not None}
    told |= {name: datetime.fromisoformat(told[name]) for name in _TIMES}
    recorded = Recorded(**told | {"body": told["body"].encode()})
    firing = Firing(Cause.model_validate(task.payload["cause"]), recorded, language)
    told_cap = task.payload.get("per_customer")
    cap = Cap.model_validate(told_cap) if told_cap else None
    action = _ACTION.validate_python(task.payload["action"])
    return Pending(firing, action, task.payload["where"], cap, task.payload.get("compute") or {})


async def begin(connection: Connection, pending: Sequence[Pending]) -> None:
    """Stores firings, in the transaction of the watermark; what was done or withheld already is not begun again."""
    if not pending:
        return
    settled = await those_settled(connection, pending)
    new = {one.firing.effect_id: one for one in pending if one.firing.effect_id not in settled}
    await add(connection, [one.task() for one in new.values()])
    if new:
        await connection.execute(sql("pending_add", _SQL), *map(list, zip(*map(_row, new.values()), strict=True)))


async def those_settled(connection: Connection, pending: Sequence[Pending]) -> set[UUID]:
    """Ids of the effects that were had or withheld already."""
    by_stream = {one.firing.effect_id: one.firing.effect_id for one in pending}
    by_stream |= {one.suppression_id: one.firing.effect_id for one in pending}
    rows = await connection.fetch(sql("existing_streams", _SERVICE_SQL), list(by_stream))
    return {by_stream[row["stream_id"]] for row in rows}


async def wake(connection: Connection, recorded: Sequence[Recorded]) -> None:
    """After new facts: what waits for a date of their subjects looks again; what is about the erased is dropped.

    Whoever works on such a firing at this moment, on facts that are old now, loses its lease and writes nothing.
    """
    names = ("customer_id", "deal_id", "lead_id")
    subjects = {getattr(entry.event, name, None) for entry in recorded for name in names} - {None}
    if subjects:
        await connection.execute(sql("pending_wake", _SQL), list(subjects))
    if erased := [entry.event.customer_id for entry in recorded if isinstance(entry.event, CustomerErased)]:
        await connection.execute(sql("pending_forget", _SQL), erased)


def _row(one: Pending) -> tuple[object, ...]:
    firing, cause = one.firing, one.firing.cause
    subjects = (firing.subject("customer_id"), firing.subject("deal_id"), firing.subject("lead_id"))
    return firing.effect_id, cause.rule, cause.rule_version, cause.action, firing.recorded.id, *subjects, one.follows


def _text(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else str(value) if isinstance(value, UUID) else value
