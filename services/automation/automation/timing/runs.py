"""Runs of schedules: which hour has come, and for whom it is told, portion by portion."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from cronsim import CronSim
from events.contracts.automation import Cause, ContactDue, ScheduleReached
from events.envelope import Recorded, shard_of
from events.sqlfile import sql
from events.store import Connection, deterministic_id

from automation import facts
from automation.actions.effect import ACTOR, Firing
from automation.rules.computing import known_names
from automation.rules.conditions import Facts, asked
from automation.rules.cost import limits_of
from automation.rules.rule import Rule
from automation.timing.watch import Schedule

PORTION: Final = 500
LOOKED_AT: Final = 20_000
"""Subjects of whom those are picked out, in one statement, for whom the condition may hold."""
_SQL = Path(__file__).parent / "sql"


async def hours(connection: Connection, rule: Rule, now: datetime, zone: ZoneInfo) -> Sequence[ScheduleReached]:
    """What is to be told of a rule's schedule, in one transaction with how far it is told. Of others' run nothing."""
    schedule = rule.schedule
    assert schedule is not None
    run = await connection.fetchrow(sql("schedule_run", _SQL), rule.id, now)
    if run is None:
        return []
    at = run["run_at"] or hour_of(schedule, run["until"], now, zone)
    if at is None:
        return []
    if schedule.each is None or limits_of(rule.where)[0]:
        # A condition that is asked of nobody is told once: the event fires the rule, which says that it is too dear.
        await connection.execute(sql("schedule_ran", _SQL), rule.id, at, None, None)
        return [_reached(rule, at)]
    subjects, behind = await next_of(connection, rule, schedule.each, run["behind"], now)
    await connection.execute(sql("schedule_ran", _SQL), rule.id, at, at if behind else None, behind)
    return await _those_for_whom(connection, rule, at, subjects, now)


def hour_of(schedule: Schedule, after: datetime, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The latest hour of a schedule that came after ``after`` and until ``now``; None if there is none."""
    if schedule.once is not None:
        return schedule.once if after < schedule.once <= now else None
    assert schedule.cron is not None
    back = CronSim(schedule.cron, now.astimezone(zone) + timedelta(seconds=1), reverse=True)
    latest: datetime = next(hour for hour in back if hour <= now)
    return latest if after < latest else None


async def next_of(
    connection: Connection, rule: Rule, each: str, behind: UUID | None, now: datetime
) -> tuple[Sequence[asyncpg.Record], UUID | None]:
    """Of the next subjects those for whom ``where`` may hold, and behind whom to go on; None: that was all."""
    until: UUID | None = await connection.fetchval(sql("each_until", _SQL), behind, each, LOOKED_AT)
    may = facts.preselection(rule.where)
    deal = may.facts_of("deal") if each == "deal" else ([], [])
    given = behind, until, PORTION, *may.of_customer(), now, *deal
    found = await connection.fetch(sql(f"each_{each}", _SQL), *given)
    return found, found[-1]["place"] if len(found) == PORTION else until


async def _those_for_whom(
    connection: Connection, rule: Rule, at: datetime, subjects: Sequence[asyncpg.Record], now: datetime
) -> list[ScheduleReached]:
    """The events for those for whom ``where`` holds now, or could cost too much; the rule asks it again, as of its
    event.
    """
    events = [_reached(rule, at, row["customer_id"], row["deal_id"]) for row in subjects]
    firings = [as_if(rule.id, rule.version, event, now) for event in events]
    known = await facts.variables(connection, firings, asks=known_names(rule.where))
    return [
        event
        for event, firing, variables in zip(events, firings, known, strict=True)
        if asked(rule.where, Facts.of(firing.recorded, variables)) is not False
    ]


def _reached(rule: Rule, at: datetime, customer_id: UUID | None = None, deal_id: UUID | None = None) -> ScheduleReached:
    occasion_id = deterministic_id("schedule", rule.id, at.isoformat(), customer_id, deal_id)
    return ScheduleReached(occasion_id=occasion_id, rule=rule.id, at=at, customer_id=customer_id, deal_id=deal_id)


def as_if(rule: str, version: int, event: ScheduleReached | ContactDue, now: datetime) -> Firing:
    """The firing that the event would make, to ask what is known of those whom it is about."""
    cause = Cause(rule=rule, rule_version=version, action="", event_id=event.occasion_id, event_type=event.type)
    recorded = Recorded(
        service="automation", shard=shard_of(event.occasion_id), position=0, stream_id=event.occasion_id, version=1,
        id=event.occasion_id, type=event.type, body=event.to_json(), actor=ACTOR, correlation_id=event.occasion_id,
        causation_id=None, traceparent=None, occurred_at=now, recorded_at=now,
    )  # fmt: skip
    return Firing(cause, recorded, "en")
