"""A process that may be gone at any statement: its connections break, and it does nothing more. And the search, by
hypothesis, for a course of things that it does not survive.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

import asyncpg
import pytest
from events.envelope import SHARDS, Received
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

STATEMENTS = ("execute", "executemany", "fetch", "fetchrow", "fetchval")


class Died(ConnectionError):
    """The process is gone."""


@dataclass
class Life:
    """So many statements are left; of the last one nobody learns whether it was done, and it was if ``done``."""

    left: int
    done: bool

    @property
    def is_over(self) -> bool:
        return self.left < 0


_LIFE: ContextVar[Life | None] = ContextVar("life", default=None)


@contextmanager
def living(life: Life | None) -> Iterator[None]:
    """What is done inside, in tasks started inside too, ends with that life; None lives for ever."""
    token = _LIFE.set(life)
    try:
        yield
    finally:
        _LIFE.reset(token)


@pytest.fixture
def mortality(monkeypatch: pytest.MonkeyPatch) -> None:
    """Statements count against the life of who makes them; BEGIN, COMMIT and ROLLBACK are statements too."""
    for name in STATEMENTS:
        monkeypatch.setattr(asyncpg.Connection, name, _mortal(getattr(asyncpg.Connection, name)))


def _mortal(statement: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def done_if_alive(connection: asyncpg.Connection, *args: Any, **options: Any) -> Any:
        life = _LIFE.get()
        if life is None:
            return await statement(connection, *args, **options)
        life.left -= 1
        if not life.is_over:
            return await statement(connection, *args, **options)
        if life.left == -1 and life.done:
            await statement(connection, *args, **options)
        connection.terminate()
        raise Died

    return done_if_alive


@dataclass(frozen=True)
class Step:
    """Some records of one shard come, some that came before it with them; then a worker goes on, or does not."""

    shard: int
    takes: int
    again: int
    hearing: Life | None
    works: bool
    working: Life | None


def _lives(most: int) -> st.SearchStrategy[Life | None]:
    return st.none() | st.builds(Life, st.integers(0, most), st.booleans())


def steps(most_statements: int) -> st.SearchStrategy[list[Step]]:
    """Ten to thirty; a life that is not eternal has so many statements at most."""
    lives, few = _lives(most_statements), st.integers(0, 4)
    step = st.builds(Step, st.integers(0, SHARDS - 1), few, few, lives, st.booleans(), lives)
    return st.lists(step, min_size=10, max_size=30)


async def survives(course: Callable[..., Awaitable[None]], *drawn: st.SearchStrategy[Any], courses: int) -> None:
    """Tries so many courses of things, each with what hypothesis draws, and shrinks one that fails."""
    loop = asyncio.get_running_loop()

    @given(st.tuples(*drawn))
    @settings(max_examples=courses, deadline=None, report_multiple_bugs=False, suppress_health_check=list(HealthCheck))
    def search(given: Any) -> None:
        asyncio.run_coroutine_threadsafe(course(*given), loop).result()  # type: ignore[arg-type]

    await asyncio.to_thread(search)


async def heard(
    shards: Sequence[Sequence[Received]],
    course: Sequence[Step],
    hears: Callable[[Sequence[Received]], Awaitable[object]],
    works: Callable[[], Awaitable[object]],
    buried: Callable[[], Awaitable[object]],
) -> None:
    """Everything, in that course, and what it leaves over at once. ``buried`` is called for each who died."""

    async def lived(life: Life | None, step: Callable[..., Awaitable[object]], *args: Any) -> bool:
        mortal = None if life is None else replace(life)
        try:
            with living(mortal):
                await step(*args)
        except Exception:
            if mortal is None or not mortal.is_over:
                raise
        if mortal is None or not mortal.is_over:
            return True
        await buried()
        return False

    left = [list(shard) for shard in shards if shard]
    done: dict[tuple[str, int], list[Received]] = defaultdict(list)
    for step in course:
        if left:
            shard = left[step.shard % len(left)]
            before, now = done[shard[0].source, shard[0].shard], shard[: step.takes]
            if await lived(step.hearing, hears, [*before[: step.again], *now]):
                before += now
                del shard[: len(now)]
                left = [one for one in left if one]
        if step.works:
            await lived(step.working, works)
    await hears([record for shard in left for record in shard])
