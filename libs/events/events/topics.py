"""The topics of a consumer: which can be read now, and which are waited for.

A service must do its work when another was never started: its topic is not there, nothing was ever heard from it, and
nothing is missed by going without; when it appears, the group is joined anew. A topic of which something was applied
and that is gone was lost by the broker: its relay makes it again in a moment, and to go on without would be to forget
it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import structlog

from events import metrics
from events.kafka import KafkaConfig, missing_topics
from events.watermark import Watermark

log = structlog.get_logger(__name__)

LOOK_SECONDS = 5.0
PATIENCE_SECONDS = 4.0
"""So long a consumer that was just started waits for all its topics: services are started together, each makes its own
topic in a moment, and to join the group twice takes longer than to wait.
"""


class Topics:
    """The topics of one consumer, in the order they were given."""

    def __init__(self, consumer: str, names: Sequence[str], kafka: KafkaConfig) -> None:
        self.names = list(names)
        self._consumer = consumer
        self._kafka = kafka
        self._awaited = frozenset(self.names)
        self._lost: frozenset[str] = frozenset()
        self._looked_at = 0.0
        self._patient_until: float | None = None

    @property
    def here(self) -> list[str]:
        """Those that can be read."""
        return [name for name in self.names if name not in self._awaited]

    @property
    def trouble(self) -> str | None:
        """Why nothing may be read yet although there are topics; None where there is no such reason."""
        return f"lost by the broker, its relay makes it again: {', '.join(sorted(self._lost))}" if self._lost else None

    def nobody_there(self) -> bool:
        """Was none of the services that are listened to ever started? Then there is nothing to do, and no trouble."""
        return not self.here and not self._lost and not self._is_patient()

    async def find(self, watermark: Watermark) -> bool:
        """Looks which are there; False while something must be waited for.

        Raises a ``KafkaError`` if the broker cannot be reached, and what the database raises.
        """
        missing = frozenset(await missing_topics(self._kafka, *self.names))
        heard = {source for (source, _), (position, _) in (await watermark.positions()).items() if position}
        if missing != self._awaited:
            here = [name for name in self.names if name not in missing]
            log.info("consumer_topics", consumer=self._consumer, here=here, awaited=sorted(missing))
        self._awaited, self._lost = missing, missing & heard
        self._looked_at = time.monotonic()
        metrics.CONSUMER_AWAITED.labels(self._consumer).set(len(missing))
        return bool(self.here) and not self._lost and not (missing and self._is_patient())

    def _is_patient(self) -> bool:
        if self._patient_until is None:
            self._patient_until = time.monotonic() + PATIENCE_SECONDS
        return time.monotonic() < self._patient_until

    async def has_grown(self) -> bool:
        """Is one there now that was waited for? Asks the broker every 5 s at most, and only while one is missing."""
        if not self._awaited or time.monotonic() - self._looked_at < LOOK_SECONDS:
            return False
        self._looked_at = time.monotonic()
        return frozenset(await missing_topics(self._kafka, *self._awaited)) < self._awaited
