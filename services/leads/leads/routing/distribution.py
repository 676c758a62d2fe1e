"""Routing in a transaction: leads are locked, then the managers, each lead is decided, and all of it written at once.

The managers' rows are locked before their load and turns are read, so two processes cannot choose on the same reading.
Everybody locks leads by id and managers after them. The caller appends, as the last statement, and commits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

import asyncpg
from events import tasks
from events.contracts.leads import CallListLeadAdded, LeadAssigned
from events.event import Event
from events.privacy import Keyring
from events.sources import Sources
from events.sqlfile import sql
from events.store import Append, Cause, Connection, deterministic_id

from leads.routing import call_entries
from leads.routing.decide import Decision, Facts, Given, Listed, Unsorted, Waits, decide
from leads.routing.desk import Desk
from leads.routing.models import Ruleset
from leads.routing.reading import SQL, read_desk, read_facts, read_rules, save_turns

ROUTE_LATER = "leads.route"
"""Kind of the task that asks again when somebody who can take the lead is there."""
On = Literal["captured", "qualified"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A lead to be routed. ``trigger_id`` is the event, task or call that asks; it is answered once."""

    lead_id: UUID
    trigger_id: UUID
    cause: Cause
    on: On = "captured"


@dataclass(frozen=True, slots=True)
class _Routed:
    asked: Asked
    lead: asyncpg.Record
    decision: Decision


async def route(
    connection: Connection, keyring: Keyring, sources: Sources, asked: Sequence[Asked], now: datetime
) -> list[Append]:
    """Decides and writes the tables; returns what is to be appended. Each lead may be asked for once.

    Leads that somebody is responsible for, that are closed, or whose trigger was answered before are left alone.
    """
    found = await read_rules(connection)
    if not asked or (found is None and not any(source.manager_id for source in sources.values())):
        return []
    ruleset, version = found or (Ruleset(), 0)
    rows = await connection.fetch(sql("leads_lock_to_route", SQL), sorted({one.lead_id for one in asked}))
    answered = await _answered(connection, asked)
    leads = {row["id"]: row for row in rows if row["status"] != "disqualified"}
    open_to = [
        one
        for one in asked
        if one.lead_id in leads
        and one.trigger_id not in answered
        and (one.on == "qualified" or leads[one.lead_id]["manager_id"] is None)
    ]
    if not open_to:
        return []
    facts = await read_facts(
        connection, [leads[one.lead_id] for one in open_to], keyring, sources, needs_request=ruleset.needs_request
    )
    desk = await read_desk(connection, [rule.id for rule in ruleset.rules], now, locked=True)
    routed = [_decided(one, leads[one.lead_id], facts[one.lead_id], ruleset, desk, now) for one in open_to]
    given = [(one, one.decision.outcome) for one in routed if isinstance(one.decision.outcome, Given)]
    await _save(connection, given, desk, now)
    await tasks.add(
        connection,
        [_later(one, outcome) for one in routed if isinstance(outcome := one.decision.outcome, Waits)],
    )
    listed = await _list(connection, routed, now)
    await _keep(connection, routed, version, now)
    return [*(_assignment(one, outcome, version, now) for one, outcome in given), *listed]


async def would_route(
    connection: Connection, keyring: Keyring, sources: Sources, lead_id: UUID, ruleset: Ruleset, now: datetime, on: On
) -> Decision | None:
    """What would come of a lead as it stands, had it no manager; None if there is no such lead. Changes nothing."""
    lead = await connection.fetchrow("SELECT * FROM leads WHERE id = $1", lead_id)
    if lead is None:
        return None
    facts = await read_facts(connection, [lead], keyring, sources, needs_request=ruleset.needs_request)
    return await would_decide(connection, facts[lead_id], ruleset, now, on)


async def would_decide(connection: Connection, facts: Facts, ruleset: Ruleset, now: datetime, on: On) -> Decision:
    """What would come of such a lead. Changes nothing."""
    desk = await read_desk(connection, [rule.id for rule in ruleset.rules], now, locked=False)
    return decide(facts, ruleset, desk, now, on)


async def _answered(connection: Connection, asked: Sequence[Asked]) -> set[UUID]:
    query = "SELECT trigger_id FROM routings WHERE trigger_id = ANY($1::uuid[])"
    return {row["trigger_id"] for row in await connection.fetch(query, [one.trigger_id for one in asked])}


def _decided(asked: Asked, lead: asyncpg.Record, facts: Facts, ruleset: Ruleset, desk: Desk, now: datetime) -> _Routed:
    """Decides one lead, and counts it on the desk for those that follow in the batch."""
    decision = decide(facts, ruleset, desk, now, asked.on)
    if isinstance(decision.outcome, Given):
        if lead["manager_id"] is None:
            desk.give(decision.outcome.manager_id, decision.outcome.turn_of)
        else:
            kept = Unsorted(f"Stays with {lead['manager_id']}: a judgement takes no lead away.")
            decision = replace(decision, outcome=kept)
    return _Routed(asked, lead, decision)


async def _save(connection: Connection, given: Sequence[tuple[_Routed, Given]], desk: Desk, now: datetime) -> None:
    if not given:
        return
    await connection.execute(
        sql("routed_save", SQL),
        [one.lead["id"] for one, _ in given],
        [one.lead["version"] + 1 for one, _ in given],
        [outcome.manager_id for _, outcome in given],
        now,
    )
    await save_turns(connection, desk, {outcome.turn_of for _, outcome in given if outcome.turn_of is not None})


def _later(routed: _Routed, outcome: Waits) -> tasks.NewTask:
    asked = routed.asked
    return tasks.NewTask(
        deterministic_id("route", asked.lead_id, asked.trigger_id),
        ROUTE_LATER,
        {"lead_id": str(asked.lead_id), "on": asked.on},
        outcome.until,
        asked.cause,
    )


def _assignment(routed: _Routed, outcome: Given, rules_version: int, now: datetime) -> Append:
    lead = routed.lead
    assigned: Event = LeadAssigned(
        lead_id=lead["id"],
        customer_id=lead["customer_id"],
        manager_id=outcome.manager_id,
        strategy=outcome.strategy,
        explanation=outcome.explanation,
        rule=outcome.rule,
        rules_version=rules_version,
    )
    return Append(lead["id"], lead["version"], [assigned], routed.asked.cause, now)


async def _list(connection: Connection, routed: Sequence[_Routed], now: datetime) -> list[Append]:
    added = [
        (
            CallListLeadAdded(
                entry_id=deterministic_id("call-list-entry", one.asked.trigger_id),
                call_list=one.decision.outcome.call_list,
                lead_id=one.lead["id"],
                customer_id=one.lead["customer_id"],
                due_at=now,
                direction=one.lead["direction"],
                rule=one.decision.outcome.rule,
            ),
            one.asked.cause,
        )
        for one in routed
        if isinstance(one.decision.outcome, Listed)
    ]
    return await call_entries.add(connection, added, now)


async def _keep(connection: Connection, routed: Sequence[_Routed], rules_version: int, now: datetime) -> None:
    """Keeps the answers; of leads that are only asked on qualification and that no rule concerns, nothing."""
    kept = [one for one in routed if one.asked.on == "captured" or one.decision.steps]
    outcomes = [_told(one.decision) for one in kept]
    await connection.execute(
        sql("routings_keep", SQL),
        now,
        rules_version,
        [one.asked.trigger_id for one in kept],
        [one.lead["id"] for one in kept],
        [outcome["outcome"] for outcome in outcomes],
        [outcome.get("manager_id") for outcome in outcomes],
        [outcome["explanation"] for outcome in outcomes],
        [outcome.get("due_at") for outcome in outcomes],
        [outcome["steps"] for outcome in outcomes],
    )


def _told(decision: Decision) -> Mapping[str, object]:
    steps = "[" + ",".join(step.model_dump_json(exclude_none=True) for step in decision.steps) + "]"
    told: dict[str, object]
    match decision.outcome:
        case Given(manager_id=manager_id, explanation=explanation):
            told = {"outcome": "assigned", "manager_id": manager_id, "explanation": explanation}
        case Listed(call_list=call_list, rule=rule):
            told = {"outcome": "listed", "explanation": f"Rule {rule}: put on the call list {call_list}."}
        case Waits(until=until, rule=rule):
            why = f"Rule {rule}: nobody can take it now; asked again at {until.isoformat()}."
            told = {"outcome": "waiting", "explanation": why, "due_at": until}
        case Unsorted(why=why):
            told = {"outcome": "unsorted", "explanation": why}
    return {**told, "steps": steps}
