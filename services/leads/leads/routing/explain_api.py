"""Why a lead got to whom it got, and what the rules would do, by HTTP."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

import orjson
from events.auth import CurrentPrincipal, require
from events.contracts.leads import Temperature
from events.privacy import Keyring
from events.problems import Conflict, NotFound
from events.sources import Sources
from events.store import Store
from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field, model_validator

from leads.cards import visible_lead
from leads.routing.decide import Decision, Facts, Given, Listed, Unsorted, Waits
from leads.routing.distribution import would_decide, would_route
from leads.routing.models import Frozen, ManagerId, Moment, Name, Ruleset, Tried
from leads.routing.reading import read_rules, told


class Hypothetical(Frozen):
    """A lead that does not exist. `fields` are those of its form: `language`, `country`, `region`, `city` …"""

    source: Name = "unknown"
    channel: Name = "unknown"
    intake: Name = "api"
    direction: Name | None = None
    campaign: Name | None = None
    is_returning: bool = False
    own_manager: ManagerId | None = None
    default_manager: ManagerId | None = Field(None, description="Who the leads of the source go to by default.")
    temperature: Temperature | None = None
    category: Name | None = None
    phone: Annotated[str | None, Field(pattern=r"^\+[0-9]{5,20}$", description="E.164; tells the country.")] = None
    fields: dict[Name, str | int | float | bool] = Field(default_factory=dict, max_length=200)

    def facts(self) -> Facts:
        given = self.model_dump(exclude={"phone", "fields"})
        return Facts(lead_id=None, **given, **told(self.fields, self.phone))


class TryRules(Frozen):
    """What would the rules do, with a lead as it stands or with one made up?"""

    lead_id: UUID | None = None
    lead: Hypothetical | None = None
    rules: Ruleset | None = Field(None, description="Rules to be tried; empty: those that hold.")
    at: Moment | None = Field(None, description="Empty: now. Load and absences are as they stand now.")
    on: Literal["captured", "qualified"] = "captured"

    @model_validator(mode="after")
    def _one_lead(self) -> Self:
        if (self.lead_id is None) == (self.lead is None):
            raise ValueError("give lead_id or lead")
        return self


class Answer(BaseModel):
    """What the rules say, and every step that led there."""

    outcome: Literal["assigned", "listed", "waiting", "unsorted"]
    manager_id: str | None = None
    strategy: str | None = None
    rule: str | None = None
    call_list: str | None = None
    due_at: datetime | None = Field(None, description="Of one that waits: when it is asked again.")
    explanation: str
    steps: list[Tried]


class Routing(BaseModel):
    """One time the rules were asked about the lead, and what they answered."""

    decided_at: datetime
    rules_version: int
    outcome: Literal["assigned", "listed", "waiting", "unsorted"]
    manager_id: str | None
    explanation: str
    due_at: datetime | None
    steps: list[Tried]


class Assignment(BaseModel):
    """A change of the manager responsible, with the reason; `manager_id` empty: back to the unsorted."""

    at: datetime
    by: str
    manager_id: str | None
    strategy: str
    explanation: str


class AssignmentExplanation(BaseModel):
    """Why the lead is whose it is: all that happened to it, newest first, and what the rules considered."""

    lead_id: UUID
    manager_id: str | None
    answer: str = Field(
        description="The whole answer in a few sentences, for people.",
        examples=[
            "anna has it since 2026-03-02 10:15 UTC. Round robin: it is the turn of Anna among 2 of 3 managers who can"
            " take it. It could have been boris, too. Could not take it: vera (does not speak de)."
        ],
    )
    assignments: list[Assignment]
    routings: list[Routing]


_ASSIGNMENTS = """
SELECT type, data, occurred_at, actor FROM events
 WHERE stream_id = $1 AND type IN ('lead.assigned.v1', 'lead.returned.v1') ORDER BY version DESC LIMIT 200
"""
_ROUTINGS = """
SELECT decided_at, rules_version, outcome, manager_id, explanation, due_at, steps FROM routings
 WHERE lead_id = $1 ORDER BY decided_at DESC, trigger_id LIMIT 100
"""


def explain_router(store: Store, keyring: Keyring, sources: Sources, now: Callable[[], datetime]) -> APIRouter:
    """``/leads/{id}/assignment-explanation`` and ``/distribution-rules/try``."""
    routes = APIRouter(tags=["Settings of distribution"])
    pool = store.pool

    @routes.get(
        "/leads/{lead_id}/assignment-explanation",
        dependencies=[Depends(require("leads:read"))],
        summary="Why the lead is whose it is",
    )
    async def explain(lead_id: UUID, principal: CurrentPrincipal) -> AssignmentExplanation:
        lead = await visible_lead(pool, lead_id, principal)
        assigned = await pool.fetch(_ASSIGNMENTS, lead_id)
        routed = await pool.fetch(_ROUTINGS, lead_id)
        assignments = [_assignment(orjson.loads(row["data"]), row["occurred_at"], row["actor"]) for row in assigned]
        routings = [Routing(**{**row, "steps": orjson.loads(row["steps"])}) for row in routed]
        return AssignmentExplanation(
            lead_id=lead_id,
            manager_id=lead.manager_id,
            answer=in_words(assignments, routings),
            assignments=assignments,
            routings=routings,
        )

    @routes.post(
        "/distribution-rules/try",
        dependencies=[Depends(require("leads:assign"))],
        summary="What the rules would do; nothing is changed",
    )
    async def try_rules(body: TryRules, principal: CurrentPrincipal) -> Answer:
        if body.lead_id is not None:
            await visible_lead(pool, body.lead_id, principal)
        at = body.at or now()
        async with pool.acquire() as connection:
            held = await read_rules(connection)
            ruleset = body.rules or (held[0] if held else None)
            if ruleset is None:
                raise Conflict("No rules of distribution are set.", hint="rule: no_rules")
            if body.lead_id is not None:
                decision = await would_route(connection, keyring, sources, body.lead_id, ruleset, at, body.on)
            else:
                assert body.lead is not None
                decision = await would_decide(connection, body.lead.facts(), ruleset, at, body.on)
        if decision is None:
            raise NotFound("There is no such lead.")
        return _answer(decision)

    return routes


def in_words(assignments: Sequence[Assignment], routings: Sequence[Routing]) -> str:
    """Who has it and why, who else could have got it, and why the others could not; both lists newest first."""
    if not assignments:
        return routings[0].explanation if routings else "Nobody has it, and no rules of distribution were asked."
    last = assignments[0]
    if last.manager_id is None:
        return f"Nobody has it now. {last.explanation}"
    said = [f"{last.manager_id} has it since {last.at:%Y-%m-%d %H:%M} UTC.", last.explanation]
    chosen = [one for one in routings if (one.manager_id, one.explanation) == (last.manager_id, last.explanation)]
    if not chosen:
        return " ".join([*said, f"Done by {last.by}."])
    steps = chosen[0].steps
    others = [one.manager_id for one in steps[-1].considered if not one.out and one.manager_id != last.manager_id]
    hindered = {one.manager_id: one.out for step in steps for one in step.considered if one.out}
    passed = [f"{step.rule} ({step.failed})" for step in steps if step.failed]
    if others:
        said.append(f"It could have been {', '.join(others)}, too.")
    if hindered:
        said.append(f"Could not take it: {', '.join(f'{who} ({why})' for who, why in hindered.items())}.")
    if passed:
        said.append(f"Rules that did not fit: {', '.join(passed)}.")
    return " ".join(said)


def _assignment(facts: dict[str, Any], at: datetime, actor: str) -> Assignment:
    if "explanation" in facts:
        return Assignment(
            at=at,
            by=actor,
            manager_id=facts["manager_id"],
            strategy=facts["strategy"],
            explanation=facts["explanation"],
        )
    why = f"Returned by {facts['previous_manager_id']}: {facts['reason']}."
    return Assignment(at=at, by=actor, manager_id=None, strategy="returned", explanation=why)


def _answer(decision: Decision) -> Answer:
    steps = list(decision.steps)
    match decision.outcome:
        case Given() as given:
            return Answer(
                outcome="assigned",
                manager_id=given.manager_id,
                strategy=given.strategy,
                rule=given.rule,
                explanation=given.explanation,
                steps=steps,
            )
        case Listed(call_list=call_list, rule=rule):
            return Answer(
                outcome="listed", call_list=call_list, rule=rule, explanation=f"Rule {rule}: call list.", steps=steps
            )
        case Waits(until=until, rule=rule):
            return Answer(
                outcome="waiting", due_at=until, rule=rule, explanation="Nobody can take it before.", steps=steps
            )
        case Unsorted(why=why):
            return Answer(outcome="unsorted", explanation=why, steps=steps)
