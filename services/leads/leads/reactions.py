"""What leads does when it hears itself: one consumer, so that the log is read once for all who react.

Each reaction writes its own tables and returns what is to be appended. They lock in the order of a capture: customers,
leads, managers; so those that lock customers stand first. One that cannot take an event sends it to quarantine for all
of them, and a replay repeats nothing, because each answers an event once.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from events import metrics
from events.consumer import Consumer
from events.envelope import Received
from events.event import REGISTRY
from events.kafka import KafkaConfig
from events.store import Append, Connection, Store, append_all

NAME: Final = "leads.reactions"
MAX_RECORDS: Final = 100
"""Each new card may bring fifty namesakes: with batches of 2,000 the service took 25 MiB more."""

React = Callable[[Connection, Sequence[Received]], Awaitable[Sequence[Append]]]
"""Works in the transaction of the watermark."""


class Reactions:
    """``apply`` of the consumer."""

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


def consumer(store: Store, kafka: KafkaConfig, *reactions: React) -> Consumer:
    """The consumer of the own log. It asks for no other service's topic: leads are routed whoever else is there."""
    apply = Reactions(*reactions).apply
    return Consumer(NAME, [store.service], store.pool, kafka, apply, applied=store.appended, max_records=MAX_RECORDS)
