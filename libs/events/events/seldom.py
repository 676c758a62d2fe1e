"""A line of the log that would come hundreds of times: it is written once a minute, with how often it was to be."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)

SECONDS = 60.0


class Seldom:
    """Takes what a logger would, and writes the first line at once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counts: Counter[str] = Counter()
        self._written_at = -SECONDS

    def __call__(self, event: str, *, error: str, **fields: object) -> None:
        """Of one ``error`` after the other only the number is kept."""
        self._counts[error] += 1
        if self._clock() >= self._written_at + SECONDS:
            log.info(event, times=dict(self._counts), **fields)
            self._counts.clear()
            self._written_at = self._clock()
