"""Managers: choosing one of two hundred for each of many, by load and by a year's deals, and spreading tasks evenly."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final
from uuid import uuid4

import asyncpg
from automation.managers.balancing import Movable, balanced
from automation.managers.choosing import choose
from automation.managers.office import managers_now
from events.contracts.automation import Cause, ManagerChoice, ManagerChoiceRequested, ManagerChosen
from events.envelope import Recorded
from events.store import Append, append_all
from events.testing import Log

from bench.bed import Bed
from bench.report import Row, compared
from bench.rounds import REFERENCE, in_turns

MANAGERS: Final = 200
BATCH: Final = 50
"""Choices that one batch of the consumer asks for."""
TASKS: Final = 5_000
"""As many as one call of ``POST /tasks/balance`` looks at; a tenth of the managers have them all."""
MOVES: Final = 1_000
FILL: Final = (
    "INSERT INTO manager_hours (manager_id, version, time_zone, windows)"
    " SELECT 'm' || n, 1, 'UTC', '[]' FROM generate_series(1, $1::int) n",
    "INSERT INTO manager_tasks (task_id, version, kind, title, due_at, assignee, follows_responsible, created_at)"
    f" SELECT gen_random_uuid(), 1, 'call', 'x', now() + n * interval '1 second', 'm' || 1 + n % ($1::int / 10), false,"
    f" now() FROM generate_series(1, {TASKS}) n",
)
DEALS: Final = """
INSERT INTO facts (subject, subject_id, name, event_id, version, recorded_at, value)
SELECT 'deal', md5('deal' || n)::uuid, f.name, md5(n || 'closed')::uuid, 1, now() - n % 360 * interval '1 day', f.value
  FROM generate_series(1, $1::int) n
 CROSS JOIN LATERAL (VALUES ('state', to_jsonb(CASE WHEN n % 3 = 0 THEN 'won' ELSE 'lost' END)),
                            ('stage_since', to_jsonb(now() - n % 360 * interval '1 day')),
                            ('responsible', to_jsonb('m' || 1 + n % $2::int)),
                            ('value', '{"amount": "100.00", "currency": "RUB"}')) f(name, value)
"""


async def measure(bed: Bed) -> list[Row]:
    """Choices a second with what is told of them, beside the appending of as many such events alone; what one choice
    of the best costs; how long 1,000 moves take to find.
    """
    deals = bed.scale.customers // 20
    async with await bed.pool(await bed.database("managers", "automation")) as pool:
        for statement in FILL:
            await pool.execute(statement, MANAGERS)
        await pool.execute(DEALS, deals, MANAGERS)
        await pool.execute("ANALYZE")
        busy, best = ManagerChoice(by="least_busy"), ManagerChoice(by="best", measure="won_amount", currency="RUB")
        found = await in_turns(
            {
                REFERENCE: partial(_appended, pool),
                "least busy": partial(_chosen, pool, busy, BATCH),
                "best": partial(_chosen, pool, best, BATCH),
                "one of the best": partial(_chosen, pool, best, 1),
                "moves": partial(_moved, pool),
            },
            bed.scale.rounds,
        )
    of = f"of {MANAGERS}"
    by_deals = f"by {deals:,} deals closed in a year"
    return [
        compared(
            f"managers, least busy {of} / appending what is told", "choices/s", found["least busy"], found[REFERENCE]
        ),
        compared(f"managers, best {of}, {by_deals}, {BATCH} a batch", "choices/s", found["best"], found[REFERENCE]),
        compared(f"managers, best {of}, {by_deals}, one a batch", "choices/s", found["one of the best"]),
        compared(f"managers, {MOVES:,} moves of {TASKS:,} tasks found", "moves/s", found["moves"]),
    ]


def _requests(choice: ManagerChoice, count: int) -> Sequence[Recorded]:
    log = Log()
    for n in range(count):
        cause = Cause(rule="r", rule_version=1, action=f"a{n}", event_id=uuid4(), event_type="deal.won.v1", depth=1)
        event = ManagerChoiceRequested(choice_id=uuid4(), choice=choice, customer_id=uuid4(), cause=cause)
        log.append(event.choice_id, event, occurred_at=datetime.now(UTC))
    return [record.recorded() for record in log.records]


async def _chosen(pool: asyncpg.Pool, choice: ManagerChoice, count: int) -> float:
    asked = _requests(choice, count)
    started = time.perf_counter()
    async with pool.acquire() as connection, connection.transaction():
        decisions = [_begun(one) for one in await choose(connection, asked)]
        await append_all(connection, decisions)
    seconds = time.perf_counter() - started
    chosen = [event for one in decisions for event in one.events if isinstance(event, ManagerChosen)]
    assert len(chosen) == count
    assert all(event.manager_id for event in chosen)
    return count / seconds


def _begun(decision: Append) -> Append:
    """Of a stream that is not in the log: what was asked stands in none here."""
    return Append(decision.stream_id, 0, decision.events, decision.cause, decision.occurred_at)


async def _appended(pool: asyncpg.Pool) -> float:
    """The ceiling: what the choices of the least busy tell, made beforehand, alone."""
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        told = await choose(connection, _requests(ManagerChoice(by="least_busy"), BATCH))
        await transaction.rollback()
        started = time.perf_counter()
        async with connection.transaction():
            await append_all(connection, [_begun(one) for one in told])
    return BATCH / (time.perf_counter() - started)


async def _moved(pool: asyncpg.Pool) -> float:
    managers = await managers_now(pool, datetime.now(UTC))
    rows = await pool.fetch(
        "SELECT task_id, assignee FROM manager_tasks WHERE assignee IS NOT NULL ORDER BY due_at DESC"
    )
    tasks = [Movable(row["task_id"], 1, row["assignee"]) for row in rows]
    started = time.perf_counter()
    moves = balanced(tasks, managers, MOVES)
    seconds = time.perf_counter() - started
    assert len(moves) == MOVES
    return MOVES / seconds
