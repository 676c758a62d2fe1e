"""What the routes read of sequences from the table of ways."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import asyncpg
from events.cursor import read_cursor, write_cursor
from events.second_wall import across_lines
from events.sqlfile import sql

from automation.sequences.models import Enrolment, EnrolmentPage, EnrolmentState, Progress, StepProgress
from automation.sequences.shelf import SQL
from automation.sight import COUNTS_ALL


async def progress(pool: asyncpg.Pool, sequence: str) -> Progress:
    """How far the customers are."""
    with across_lines(COUNTS_ALL):
        rows = await pool.fetch(sql("progress", SQL), sequence)
    inside: Counter[str | None] = Counter()
    paused: Counter[str | None] = Counter()
    left: Counter[str] = Counter()
    for row in rows:
        match row["state"]:
            case "inside":
                inside[row["step"]] += row["customers"]
            case "paused":
                paused[row["step"]] += row["customers"]
            case _:
                left[row["reason"]] += row["customers"]
    steps = sorted(inside.keys() | paused.keys(), key=lambda step: step or "")
    return Progress(
        inside=inside.total(),
        paused=paused.total(),
        left=dict(left),
        messages=sum(row["messages"] for row in rows),
        steps=[StepProgress(step=step, inside=inside[step], paused=paused[step]) for step in steps],
    )


async def page(
    pool: asyncpg.Pool,
    sequence: str | None,
    customer_id: UUID | None,
    state: EnrolmentState | None,
    cursor: str | None,
    limit: int,
    sees: Sequence[str] | None,
) -> EnrolmentPage:
    """A page of ways of customers in the lines of business ``sees``; None: in all."""
    asked = sequence, customer_id, state, *read_cursor(cursor), limit + 1, sees
    rows = await pool.fetch(sql("enrolments_list", SQL), *asked)
    found = [Enrolment(**row) for row in rows[:limit]]
    last = found[-1] if len(rows) > limit else None
    return EnrolmentPage(enrolments=found, next=write_cursor(last.entered_at, last.enrolment_id) if last else None)
