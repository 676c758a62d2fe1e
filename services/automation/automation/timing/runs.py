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
from automation.rules.conditions import Facts, holds
from automation.rules.rule import Rule
from automation.timing.watch import Schedule

PORTION: Final = 500
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
    if schedule.each is None:
        await connection.execute(sql("schedule_ran", _SQL), rule.id, at, None, None)
        return [_reached(rule, at)]
    subjects = await connection.fetch(sql(f"each_{schedule.each}", _SQL), run["behind"], PORTION)
    is_over = len(subjects) < PORTION
    behind = None if is_over else subjects[-1]["place"]
    await connection.execute(sql("schedule_ran", _SQL), rule.id, at, None if is_over else at, behind)
    return await _those_for_whom(connection, rule, at, subjects, now)


def hour_of(schedule: Schedule, after: datetime, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The latest hour of a schedule that came after ``after`` and until ``now``; None if there is none."""
    if schedule.once is not None:
        return schedule.once if after < schedule.once <= now else None
    assert schedule.cron is not None
    latest: datetime = next(CronSim(schedule.cron, now.astimezone(zone) + timedelta(seconds=1), reverse=True))
    return latest if after < latest <= now else None


async def _those_for_whom(
    connection: Connection, rule: Rule, at: datetime, subjects: Sequence[asyncpg.Record], now: datetime
) -> list[ScheduleReached]:
    """The events for those for whom ``where`` holds now; the rule asks it again, as of its event."""
    events = [_reached(rule, at, row["customer_id"], row["deal_id"]) for row in subjects]
    firings = [as_if(rule.id, rule.version, event, now) for event in events]
    known = await facts.variables(connection, firings)
    return [
        event
        for event, firing, variables in zip(events, firings, known, strict=True)
        if holds(rule.where, Facts.of(firing.recorded, variables))
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
