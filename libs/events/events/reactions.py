"""What a service does when events are heard: one consumer for all who react, so that each log is read once.

Each reaction works in the transaction of the watermark, writes its own tables, and returns what is to be appended. One
that cannot take an event sends it to quarantine for all of them; a replay repeats nothing, because each answers an
event once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from events import metrics
from events.envelope import Received
from events.event import REGISTRY
from events.store import Append, Connection, append_all

React = Callable[[Connection, Sequence[Received]], Awaitable[Sequence[Append]]]
"""Works in the transaction of the watermark."""


class Reactions:
    """``apply`` of a consumer: every reaction in turn, on the whole batch."""

    def __init__(self, *reactions: React) -> None:
        self._reactions = reactions

    async def apply(self, connection: Connection, records: Sequence[Received]) -> None:
        """Applies a batch; the append comes last, because it holds the locks of its shards until the commit."""
        for record in records:
            if record.type not in REGISTRY:
                metrics.UNKNOWN_EVENTS.labels(record.type[:80]).inc()
        appends: list[Append] = []
        for react in self._reactions:
            appends += await react(connection, records)
        await append_all(connection, appends)
