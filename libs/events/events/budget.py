"""How much a source may send, and the meter that says whether it keeps to it.

The meter is the generic cell rate algorithm (ITU-T I.371): one number for each limit of a source, no I/O, no timer. It
counts in one process: behind n processes a source gets at most n times its budget.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Budget:
    """Requests per second and per minute, None for no limit.

    What is over it is stored all the same and understood when nothing else waits (``defer``), or answered 429
    (``refuse``), which is only for senders that come again.
    """

    per_second: int | None = None
    per_minute: int | None = None
    over: Literal["defer", "refuse"] = "defer"


UNLIMITED = Budget()
_MOST_SENDERS = 20_000
"""Beyond it, those are forgotten who have all of their budget again."""


class Meter:
    """Counts requests against budgets. A whole second's or minute's worth may come at once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._earliest: dict[tuple[Hashable, float], float] = {}

    def wait(self, sender: Hashable, budget: Budget) -> float:
        """Seconds until there is room for one more request; 0 where there is, and then it is counted."""
        now = self._clock()
        nexts: dict[tuple[Hashable, float], float] = {}
        longest = 0.0
        for limit, period in ((budget.per_second, 1.0), (budget.per_minute, 60.0)):
            if limit is not None:
                at = max(now, self._earliest.get((sender, period), now))
                nexts[sender, period] = at + period / limit
                longest = max(longest, at + period / limit - now - period)
        if longest > 1e-9:
            return longest
        self._earliest |= nexts
        if len(self._earliest) > _MOST_SENDERS:
            self._earliest = {sender: at for sender, at in self._earliest.items() if at > now}
        return 0.0
