"""Why a rule fired for an event, or did not: each condition taken apart, and what became of each action."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import orjson
from events.envelope import Recorded, topic_of
from events.event import REGISTRY
from events.kafka import KafkaConfig
from events.problems import NotFound
from events.sqlfile import sql
from events.store import Connection, recorded
from pydantic import BaseModel, Field

from automation import facts
from automation.facts.shape import BEFORE, EARLIER, SHAPES
from automation.parts import Language
from automation.rules import log
from automation.rules.computing import known_names
from automation.rules.condition_parts import ConditionPart, parts_of
from automation.rules.conditions import VARIABLES, Facts
from automation.rules.desk import RuleDesk
from automation.rules.matching import firing
from automation.rules.registry import SERVICE, SQL
from automation.rules.rule import Rule
from automation.timing.pending import MAX_DEPTH, Pending

Outcome = Literal["done", "waiting", "withheld", "none"]
_BEFORE_STILL: Final = ("loop", "cap", "no_date")
"""Reasons to withhold that are found before `still` is asked."""


class Answer(BaseModel):
    """What the other service said; `none`: nothing yet."""

    outcome: Literal["done", "unchanged", "refused", "none"]
    code: str | None
    reason: str | None


class ActionExplained(BaseModel):
    """What became of an action. `waiting`: until `due_at`, or for what `reason` says. `none`: it was not begun."""

    action: str
    effect_id: UUID
    outcome: Outcome
    reason: str | None = None
    due_at: datetime | None = None
    still: ConditionPart | None = Field(
        None, description="What `still` came to when the action was done or withheld; of one that waits, comes to now."
    )
    asked_at: datetime | None = Field(
        None,
        description="The moment of which `still` is told, by what is known of it today; null where it is not asked.",
    )
    answer: Answer | None = Field(None, description="Of an action that asks another service.")


class Explained(BaseModel):
    """Why a rule fired for an event, or did not. Conditions are null where the rule has none."""

    rule: str
    version: int = Field(
        description="The version that was in force when the event was recorded, else the one asked for."
    )
    was_in_force: bool
    event_id: UUID
    event_type: str
    recorded_at: datetime
    is_trigger: bool
    is_loop: bool = Field(description="The event follows from rules that fired each other; nothing more is done.")
    when: ConditionPart | None = None
    where: ConditionPart | None = None
    computed: dict[str, Any] | None = Field(
        None, description="What the rule works out; what is not here could not be. Null where it works nothing out."
    )
    per_customer: str | None = Field(None, description="`through`, `withheld`, `no`; null where there is no cap.")
    actions: list[ActionExplained]


@dataclass(frozen=True)
class Explaining:
    """Answers for the API. It reads, and changes nothing."""

    desk: RuleDesk
    kafka: KafkaConfig
    language: Language

    async def explain(self, rule_id: str, event_id: UUID, version: int | None) -> Explained:
        """Raises ``NotFound`` where there is no such rule, or the event is not known or not in the log any more."""
        async with self.desk.store.pool.acquire() as connection:
            event = await self._event(connection, event_id)
            rules = await self.desk.registry.read(connection)
            at_that_time = [rule for rule in rules.on(event.type, event.recorded_at) if rule.id == rule_id]
            in_force = next((rule for rule in at_that_time if version in (None, rule.version)), None)
            rule = in_force or await self.desk.version(rule_id, version)
            return await self._explained(connection, rule, event, was_in_force=in_force is not None)

    async def _event(self, connection: Connection, event_id: UUID) -> Recorded:
        row = await connection.fetchrow("SELECT type, shard, position FROM happenings WHERE event_id = $1", event_id)
        if row is None or row["type"] not in REGISTRY:
            raise NotFound("No event of this id about a customer has come here.")
        service = REGISTRY[row["type"]].owner()
        if service == SERVICE:
            own = await connection.fetchrow(
                "SELECT * FROM events WHERE shard = $1 AND position = $2", row["shard"], row["position"]
            )
            assert own is not None
            return recorded(SERVICE, own)
        shard = (topic_of(service), row["shard"])
        end = (await log.applied(connection)).get(shard)
        async with log.reader(self.kafka) as reader:
            found = await log.find(reader, shard, row["position"], end) if end else None
        if found is None:
            raise NotFound("The log does not hold this event at this moment.")
        return found.recorded()

    async def _explained(self, connection: Connection, rule: Rule, event: Recorded, *, was_in_force: bool) -> Explained:
        firings = [firing(rule, action, event, self.language) for action in rule.actions]
        is_trigger = event.type == rule.trigger
        when = parts_of(rule.when, Facts.of(event), VARIABLES) if rule.when and is_trigger else None
        where, computed = None, None
        if is_trigger and (when is None or when.value) and (rule.where or rule.compute):
            asks = known_names(rule.where, *rule.compute.values())
            (known,) = await facts.variables(connection, [firings[0].firing], asks=asks)
            if rule.where:
                where = parts_of(rule.where, Facts.of(event, known), (*VARIABLES, *SHAPES, EARLIER, BEFORE))
            computed = firings[0].informed(known).firing.computed
        verdict = await connection.fetchval(
            "SELECT verdict FROM rule_matches WHERE rule = $1 AND event_id = $2", rule.id, event.id
        )
        return Explained(
            rule=rule.id,
            version=rule.version,
            was_in_force=was_in_force,
            event_id=event.id,
            event_type=event.type,
            recorded_at=event.recorded_at,
            is_trigger=is_trigger,
            is_loop=firings[0].firing.cause.depth > MAX_DEPTH,
            when=when,
            where=where,
            computed=dict(computed) if computed is not None else None,
            per_customer=verdict,
            actions=[await _became(connection, one) for one in firings],
        )


async def _became(connection: Connection, one: Pending) -> ActionExplained:
    row: Any = await connection.fetchrow(sql("what_became", SQL), one.firing.effect_id, one.suppression_id)
    outcome: Outcome = "none"
    reason = None
    if row["effect"]:
        outcome = "done"
    elif row["suppressed"]:
        outcome, reason = "withheld", orjson.loads(row["suppressed"])["reason"]
    elif row["due_at"]:
        outcome, reason = "waiting", row["last_error"]
    still, asked_at = None, None
    if one.action.still and outcome != "none" and (reason or "").partition(":")[0] not in _BEFORE_STILL:
        asked_at = row["asked_at"]
        (known,) = await facts.variables(connection, [one.firing], asked_at)
        still = parts_of(one.action.still, Facts.of(one.firing.recorded, known), (*VARIABLES, *SHAPES, EARLIER))
    answer = Answer(outcome=row["outcome"] or "none", code=row["code"], reason=row["reason"])
    return ActionExplained(
        action=one.action.id,
        effect_id=one.firing.effect_id,
        outcome=outcome,
        reason=reason,
        due_at=row["due_at"],
        still=still,
        asked_at=asked_at,
        answer=answer if row["was_asked"] else None,
    )
