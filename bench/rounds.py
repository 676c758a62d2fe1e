"""Rounds: a subject and its baseline are measured in turns, so that what disturbs the machine disturbs both."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Rates:
    """One figure per round."""

    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        return float(median(self.rounds))

    @property
    def spread(self) -> tuple[float, float]:
        """Lowest and highest."""
        return min(self.rounds), max(self.rounds)


async def in_turns(measures: Mapping[str, Callable[[], Awaitable[float]]], rounds: int) -> dict[str, Rates]:
    """Measures all in every round, the one named ``reference`` before and after the others; each second round goes
    backwards.
    """
    found: dict[str, list[float]] = {name: [] for name in measures}
    forth = [*measures, *(name for name in measures if name == REFERENCE)]
    for number in range(rounds):
        for name in reversed(forth) if number % 2 else forth:
            found[name].append(await measures[name]())
    return {name: Rates(tuple(figures)) for name, figures in found.items()}


async def per_second(callers: Sequence[Callable[[], Awaitable[int]]], seconds: float) -> float:
    """How much per second is done by callers who each call one time after the other and get back how much they did."""
    done = 0
    ends = time.perf_counter() + seconds

    async def keep_calling(call: Callable[[], Awaitable[int]]) -> None:
        nonlocal done
        while time.perf_counter() < ends:
            amount = await call()
            done += amount

    started = time.perf_counter()
    await asyncio.gather(*map(keep_calling, callers))
    return done / (time.perf_counter() - started)


def percentile(ordered: list[float], share: float) -> float:
    """Of an ordered list, by nearest rank."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
