"""The consumer by which leads hears itself.

Its reactions lock in the order of a capture: customers, leads, managers; so those that lock customers stand first.
"""

from typing import Final

from events.consumer import Consumer
from events.kafka import KafkaConfig
from events.reactions import React, Reactions
from events.store import Store

NAME: Final = "leads.reactions"
MAX_RECORDS: Final = 100
"""Each new card may bring fifty namesakes: with batches of 2,000 the service took 25 MiB more."""


def consumer(store: Store, kafka: KafkaConfig, *reactions: React) -> Consumer:
    """The consumer of the own log. It asks for no other service's topic: leads are routed whoever else is there."""
    apply = Reactions(*reactions).apply
    return Consumer(NAME, [store.service], store.pool, kafka, apply, applied=store.appended, max_records=MAX_RECORDS)
