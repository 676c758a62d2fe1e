"""Rules that people start themselves: for a card, for many, for the firm; each start is an event that fires the rule.

A rule whose trigger is ``rule.started.v1`` waits for nothing else; one with a schedule may be run before its hour. All
others need the event that fires them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from events.auth import Principal
from events.calls import cause_of_call, directions_of
from events.contracts.automation import RuleStarted, ScheduleReached
from events.event import Event
from events.inputs import Input
from events.problems import Conflict, NotFound
from events.sqlfile import sql
from events.store import Append, Appended, append, deterministic_id
from events.store import Conflict as Contested
from pydantic import BaseModel, Field
from uuid_utils.compat import uuid7

from automation.rules.desk import RuleDesk
from automation.rules.registry import SQL
from automation.rules.rule import Rule
from automation.timing.watch import Schedule

MOST = 1_000


class Subject(Input):
    """For whom: a customer, and one of his leads or deals where the rule is about that."""

    customer_id: UUID
    lead_id: UUID | None = None
    deal_id: UUID | None = None


class NewStart(Input):
    """For whom a rule is started, up to 1,000 (for more, and for all on a list: `POST /rules/{rule_id}/lists`); nobody:
    once, for the firm as a whole.
    """

    customers: list[Subject] = Field(default_factory=list, max_length=MOST)


class Start(BaseModel):
    """One start. `event_id` is the event that fires the rule: `GET /rules/{rule_id}/explanation` tells what came of it.

    `repeated`: the same Idempotency-Key started it before. `unknown`: there is no such customer, lead or deal.
    """

    customer_id: UUID | None
    outcome: Literal["started", "repeated", "unknown"]
    event_id: UUID | None = None


class Starts(BaseModel):
    """One for each subject, in their order."""

    starts: list[Start]


@dataclass(frozen=True)
class Starting:
    """What the route works with."""

    desk: RuleDesk

    async def start(self, rule_id: str, asked: NewStart, key: str | None, principal: Principal) -> Starts:
        """Appends the events, all in one transaction. Raises ``NotFound``, and ``Conflict`` where it cannot be."""
        subjects: Sequence[Subject | None] = list(dict.fromkeys(asked.customers)) or [None]
        rule = await self.rule(rule_id, subjects)
        there = await self._those_there(subjects, principal)
        run = deterministic_id("rule start", principal.actor, key) if key else uuid7()
        now, cause = self.desk.now(), cause_of_call(principal)
        events = {n: start_of(rule, run, subject, now) for n, subject in enumerate(subjects) if n in there}
        decisions = [Append(start_id, 0, [event], cause, now) for start_id, event in events.values()]
        store = self.desk.store
        async with store.pool.acquire() as connection, connection.transaction():
            results = await append(connection, decisions) if decisions else []
        store.count(decisions, results)
        told = dict(zip(events, zip(decisions, results, strict=True), strict=True))
        return Starts(starts=[_told(subject, told.get(n)) for n, subject in enumerate(subjects)])

    async def switched_on(self, rule_id: str, subjects: Sequence[Subject | None]) -> Rule | None:
        """The version that is switched on; None where there is none, or not for these any more."""
        try:
            return await self.rule(rule_id, subjects)
        except (NotFound, Conflict):
            return None

    async def rule(self, rule_id: str, subjects: Sequence[Subject | None]) -> Rule:
        """The version that is switched on. Raises ``NotFound``, and ``Conflict`` where it is not for these."""
        pool = self.desk.store.pool
        rules = await self.desk.registry.read(pool)
        rule = next((one for one in rules.in_force(await pool.fetchval("SELECT now()")) if one.id == rule_id), None)
        if rule is None:
            await self.desk.read(rule_id)
            raise Conflict("The rule is not switched on.", code="not_switched_on")
        if rule.trigger not in (RuleStarted.type, ScheduleReached.type):
            raise Conflict(
                f"The rule is fired by {rule.trigger}: only rules with the trigger {RuleStarted.type}, and those with a"
                " schedule, are started by hand.",
                code="not_for_hands",
            )
        if rule.schedule and not all(_fits(rule.schedule, subject) for subject in subjects):
            whom = f"for each {rule.schedule.each}" if rule.schedule.each else "for the firm as a whole"
            raise Conflict(f"The rule is run {whom}.", code="not_for_these")
        return rule

    async def _those_there(self, subjects: Sequence[Subject | None], principal: Principal) -> set[int]:
        rows = [(n, *_ids(subject)) for n, subject in enumerate(subjects) if subject]
        if not rows:
            return set(range(len(subjects)))
        columns = map(list, zip(*rows, strict=True))
        found = await self.desk.store.pool.fetch(sql("those_there", SQL), *columns, directions_of(principal))
        return {row["n"] for row in found}


def _fits(schedule: Schedule, subject: Subject | None) -> bool:
    match schedule.each, subject:
        case None, None:
            return True
        case "customer", Subject(lead_id=None, deal_id=None):
            return True
        case "deal", Subject(lead_id=None, deal_id=UUID()):
            return True
    return False


def _ids(subject: Subject | None) -> tuple[UUID | None, UUID | None, UUID | None]:
    return (subject.customer_id, subject.lead_id, subject.deal_id) if subject else (None, None, None)


def start_of(rule: Rule, run: UUID, subject: Subject | None, now: datetime) -> tuple[UUID, Event]:
    """The stream of a start, which is one for a run, and the event."""
    customer_id, lead_id, deal_id = _ids(subject)
    start_id = deterministic_id("rule start", run, rule.id, customer_id, lead_id, deal_id)
    about = {"rule": rule.id, "customer_id": customer_id, "deal_id": deal_id}
    if rule.schedule:
        return start_id, ScheduleReached(occasion_id=start_id, at=now, **about)
    return start_id, RuleStarted(start_id=start_id, lead_id=lead_id, **about)


def _told(subject: Subject | None, began: tuple[Append, Appended | Contested] | None) -> Start:
    customer_id = subject.customer_id if subject else None
    if began is None:
        return Start(customer_id=customer_id, outcome="unknown")
    decision, result = began
    outcome: Literal["started", "repeated"] = "started" if isinstance(result, Appended) else "repeated"
    return Start(customer_id=customer_id, outcome=outcome, event_id=decision.event_ids()[0])
