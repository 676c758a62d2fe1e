"""Back-tests as durable jobs: a task reads the log for a while, keeps how far it came, and goes on where it stopped.

It ends where the consumer stood when it began. The job's own row and task are all that it writes.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson
from events import tracing
from events.kafka import KafkaConfig
from events.sqlfile import sql
from events.store import Append, Cause, Connection
from events.tasks import NewTask, PutOff, Task, add

from automation import facts
from automation.actions.effect import ACTOR, Firing
from automation.parts import Language
from automation.rules import log
from automation.rules.backtest import Found, Remembered, Trial
from automation.rules.computing import known_names
from automation.rules.later import Later
from automation.rules.log import Reading
from automation.rules.registry import SQL
from automation.rules.rule import Rule
from automation.timing import reading as hours
from automation.timing.calendars import Calendars

KIND: Final = "backtest"
SLICE_SECONDS: Final = 20.0
"""How long one run of the task reads; far less than its lease."""
MOST_FIRINGS: Final = 500
MOST_ATTEMPTS: Final = 8


@dataclass(frozen=True)
class Asked:
    """A back-test that somebody wants."""

    backtest_id: UUID
    rule: Rule
    since: datetime
    until: datetime
    asked_by: str
    asked_at: datetime


async def begin(connection: Connection, asked: Asked) -> None:
    """Keeps the job; a repeat is left as it is."""
    definition = asked.rule.model_dump_json()
    cause = Cause(ACTOR, trail.correlation_id if (trail := tracing.current_trail()) else asked.backtest_id)
    await connection.execute(
        sql("add_backtest", SQL),
        asked.backtest_id,
        asked.rule.id,
        definition,
        asked.since,
        asked.until,
        asked.asked_by,
        asked.asked_at,
    )
    await add(connection, [NewTask(asked.backtest_id, KIND, {}, asked.asked_at, cause)])


@dataclass(frozen=True)
class Backtesting:
    """The handler of the task. ``zone`` is the firm's until it has a calendar, ``most_a_day`` the cap of messages."""

    pool: asyncpg.Pool
    kafka: KafkaConfig
    language: Language
    slice_seconds: float = SLICE_SECONDS
    zone: str = "UTC"
    most_a_day: int | None = None

    async def __call__(self, task: Task) -> Sequence[Append]:
        """Reads on; raises ``PutOff`` where there is more. Nothing is ever appended."""
        try:
            await self._read_on(task)
        except PutOff:
            raise
        except Exception as error:
            if task.attempts < MOST_ATTEMPTS:
                raise
            async with self.pool.acquire() as connection:
                await connection.execute(sql("fail_backtest", SQL), task.id, type(error).__name__)
        return ()

    async def _read_on(self, task: Task) -> None:
        async with self.pool.acquire() as connection:
            row = await connection.fetchrow("SELECT * FROM backtests WHERE backtest_id = $1", task.id)
            if row is None or row["state"] in ("done", "failed"):
                return
            reading, trial = await self._where_it_stopped(connection, row)
        started = time.monotonic()
        async with log.reader(self.kafka) as reader:
            async for records in log.read(reader, reading):
                await trial.take(records)
                if time.monotonic() - started > self.slice_seconds:
                    break
        is_done = reading.is_cut_short or not reading.left()
        if reading.is_cut_short:
            trial.found.missing += sum(
                end.position - reading.positions.get(shard, 0) for shard, end in reading.ends.items()
            )
        await self._keep(row, reading, trial, is_done=is_done)
        if not is_done:
            raise PutOff("there is more of the log", 0)

    async def _where_it_stopped(self, connection: Connection, row: asyncpg.Record) -> tuple[Reading, Trial]:
        rule = Rule.model_validate_json(row["definition"])
        later = Later(self._variables, self._hours, row["asked_at"])
        then = partial(self._variables, asks=known_names(rule.where, *rule.compute.values()))
        trial = Trial(rule, row["since"], row["until"], self.language, then, later)
        if row["reading"] is None:
            return Reading(await log.applied(connection)), trial
        trial.found = Found.model_validate_json(row["found"])
        kept = orjson.loads(row["reading"])
        trial.remember(*(_remembered(kept.get(name, {})) for name in ("seen", "written")))
        return Reading.kept(row["reading"]), trial

    async def _keep(self, row: asyncpg.Record, reading: Reading, trial: Trial, *, is_done: bool) -> None:
        found = trial.finish(self.most_a_day, await self._others(row["rule"], trial)) if is_done else trial.found
        told = reading.told() | ({} if is_done else {"seen": trial.seen, "written": trial.written})
        found = found.model_copy(update={"missing": found.missing + (reading.missing if is_done else 0)})
        text = orjson.dumps(told).decode(), found.model_dump_json()
        async with self.pool.acquire() as connection:
            state = "done" if is_done else "running"
            await connection.execute(sql("keep_backtest", SQL), row["backtest_id"], row["step"], state, *text)

    async def _others(self, rule: str, trial: Trial) -> dict[str, list[datetime]]:
        """When the customers were written to, but by this rule."""
        if self.most_a_day is None or not trial.written:
            return {}
        rows = await self.pool.fetch(sql("written_by_others", SQL), [UUID(one) for one in trial.written], rule)
        return {str(row["customer_id"]): row["times"] for row in rows}

    async def _variables(
        self,
        firings: Sequence[Firing],
        moments: Sequence[datetime] | None = None,
        *,
        asks: Collection[str] = facts.EVERYTHING,
    ) -> Sequence[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        async with self.pool.acquire() as connection:
            for start in range(0, len(firings), MOST_FIRINGS):
                portion = slice(start, start + MOST_FIRINGS)
                at = moments[portion] if moments else None
                found += await facts.variables(connection, firings[portion], at, asks=asks)
        return found

    async def _hours(self, managers: set[str], at: datetime) -> Calendars:
        async with self.pool.acquire() as connection:
            return await hours.calendars(connection, managers, at, self.zone)


def _remembered(kept: dict[str, list[list[str]]]) -> Remembered:
    return {customer: [(at, event_id) for at, event_id in those] for customer, those in kept.items()}
