"""Pending firings, a portion at a time: is it time, does ``where`` hold, does ``still``; then the effect.

Nothing is kept between looks: whoever comes to a firing, after whatever crash, decides from the event, the facts as of
the event, the dates and hours as they stand now, and the clock of the database. So an effect comes once and at one
time, whichever worker has it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import asyncpg
from events.store import Append, Connection
from events.tasks import Done, Outcome, PutOff, Task

from automation import facts
from automation.actions.effect import Effect
from automation.parts import Language
from automation.rules import caps
from automation.rules.caps import Verdict
from automation.rules.conditions import Facts, asked
from automation.timing import pending, reading
from automation.timing.calendars import BUSINESS, Calendars
from automation.timing.moments import moment
from automation.timing.pending import SETTLE, TOO_DEAR, Pending
from automation.timing.when import value_of

LOOK_AGAIN: Final = timedelta(hours=1)
"""How often what waits for a date looks whether it has moved, though it is told: a transaction may have missed it."""
BEHIND_SECONDS: Final = 0.5
HISTORY_SECONDS: Final = 5.0


Asked = Verdict | Literal["over_limit"] | None
"""What came of asking ``where``: the verdict, or that it could cost too much; None: that is not known yet."""


@dataclass(frozen=True)
class Known:
    """What is known besides the firings; the same for a portion. ``now`` is the time of the database; while the history
    is being read it ``is_whole`` not.
    """

    now: datetime
    is_whole: bool
    calendars: Calendars


@dataclass(frozen=True)
class Firings:
    """The handler of the durable tasks."""

    pool: asyncpg.Pool
    language: Language
    zone: str

    async def handle(self, tasks: Sequence[Task]) -> Sequence[Outcome]:
        """An outcome for each task; changes nothing."""
        waiting = [pending.read(task, self.language) for task in tasks]
        async with self.pool.acquire() as connection:
            settled = await pending.those_settled(connection, waiting)
            read = await reading.moment_of(connection)
            then = await self._variables(connection, waiting, lambda one: one.asks_facts)
            verdicts = await self._verdicts(connection, waiting, then, read.read_until)
            now = await self._variables(connection, waiting, _asks_now, read.now)
            managers = {manager for variables in now if (manager := responsible(variables))}
            calendars = await reading.calendars(connection, managers, read.now, self.zone)
        known = Known(read.now, read.is_whole, calendars)
        return [
            [] if one.firing.effect_id in settled else decide(one.informed(before), verdict, after, known)
            for one, before, verdict, after in zip(waiting, then, verdicts, now, strict=True)
        ]

    async def _verdicts(
        self,
        connection: Connection,
        waiting: Sequence[Pending],
        then: Sequence[Mapping[str, Any]],
        read_until: datetime | None,
    ) -> list[Asked]:
        """Does ``where`` hold, and does the rule's cap let the action through? None: that is not known yet."""
        found: list[Asked] = [None] * len(waiting)
        capped: dict[int, bool] = {}
        for n, (one, variables) in enumerate(zip(waiting, then, strict=True)):
            recorded = one.firing.recorded
            if one.asks_the_past and (read_until is None or read_until < recorded.recorded_at + SETTLE):
                continue
            holding = not one.where or asked(one.where, Facts.of(recorded, variables))
            found[n] = "over_limit" if holding is None else "through" if holding else "no"
            if one.cap:
                capped[n] = bool(holding)
        told = await caps.verdicts(connection, [waiting[n] for n in capped], list(capped.values()))
        for n in [n for n in capped if found[n] != "over_limit"]:
            found[n] = told.get((waiting[n].firing.cause.rule, waiting[n].firing.recorded.id))
        return found

    async def _variables(
        self, connection: Connection, waiting: Sequence[Pending], asks: Any, at: datetime | None = None
    ) -> list[dict[str, Any]]:
        """What conditions may ask, for those firings that ask; empty for the others."""
        asking = [n for n, one in enumerate(waiting) if asks(one)]
        found: list[dict[str, Any]] = [{} for _ in waiting]
        if asking:
            names = facts.EVERYTHING if at else frozenset[str]().union(*(waiting[n].asks for n in asking))
            told = await facts.variables(connection, [waiting[n].firing for n in asking], at, asks=names)
            for n, variables in zip(asking, told, strict=True):
                found[n] = variables
        return found


def decide(one: Pending, verdict: Asked, now: Mapping[str, Any], known: Known) -> Outcome:
    """What becomes of a firing. ``verdict`` is as of its event; ``now`` are the variables as of this moment."""
    firing, action = one.firing, one.action
    match verdict:
        case None:
            return PutOff("what was recorded before the event may not be here yet", BEHIND_SECONDS)
        case "no":
            return []
        case "over_limit":
            return _done(firing.suppressed(TOO_DEAR))
        case "withheld":
            assert one.cap is not None
            return _done(firing.suppressed(f"cap: {one.cap.times} for one customer"))
    if not known.is_whole and _asks_now(one):
        return PutOff("the history is being read", HISTORY_SECONDS)
    acts_at = firing.recorded.recorded_at
    if action.timing:
        due = acting(one, now, known)
        if due is None:
            return _done(firing.suppressed(f"no_date: {action.timing.field}"))
        if due > known.now:
            until = min(due, known.now + LOOK_AGAIN) if one.follows else due
            return PutOff(f"waits until {due.isoformat(timespec='minutes')}", until=until)
        acts_at = max(acts_at, due)
    wanted = not action.still or asked(action.still, Facts.of(firing.recorded, now))
    if not wanted:
        return _done(firing.suppressed(TOO_DEAR if wanted is None else "not_wanted_any_more"))
    return _done(one.effect(acts_at))


def acting(one: Pending, now: Mapping[str, Any], known: Known) -> datetime | None:
    """When the action is to be done, as it looks now; None where its date is missing."""
    timing, recorded = one.action.timing, one.firing.recorded
    assert timing is not None
    manager = responsible(now)
    clock = known.calendars.of(manager if timing.clock == "responsible" else BUSINESS).schedule.zone
    named = value_of(timing.field, recorded.event, dict(now)) if timing.field else None
    due = moment(timing, recorded.recorded_at, named, clock)
    if due is None:
        return None
    due = max(due, recorded.recorded_at)
    if timing.within is None:
        return due
    hours = known.calendars.of(manager if timing.within == "responsible" else BUSINESS)
    opens = hours.opens_at(due)
    # A worker that was away may come to it after hours.
    return opens if opens > known.now else hours.opens_at(known.now)


def responsible(variables: Mapping[str, Any]) -> str | None:
    """Who answers for what the event is about: its deal, else its lead, else its customer."""
    answers = ((variables.get(name) or {}).get("responsible") for name in ("deal", "lead", "customer"))
    return next(filter(None, answers), None)


def _asks_now(one: Pending) -> bool:
    timing = one.action.timing
    return bool(one.action.still or (timing and (timing.follows or "responsible" in (timing.within, timing.clock))))


def _done(effect: Effect) -> Done:
    decision = Append(effect.stream_id, 0, [effect.event], effect.origin, effect.at)
    return Done([decision], [effect.work] if effect.work else [])
