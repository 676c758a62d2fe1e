"""The consumer by which deals hears the others and itself."""

from typing import Final

from events.consumer import Consumer
from events.kafka import KafkaConfig
from events.reactions import React, Reactions
from events.store import Store

NAME: Final = "deals.reactions"
TOPICS: Final = ("automation", "deals", "leads")


def consumer(store: Store, kafka: KafkaConfig, *reactions: React) -> Consumer:
    """The consumer of what others say. Later events of a stream wait behind one that went to quarantine."""
    apply = Reactions(*reactions).apply
    return Consumer(NAME, TOPICS, store.pool, kafka, apply, parks_streams=True, applied=store.appended)
