"""Hearing other services: every event of theirs that names a customer is kept, of whatever type it is.

Rows depend on their own stream alone, and streams come in order; so neither the order between topics nor the cut of
batches matters, and what is heard twice is kept once. New types of events need no change here.
"""

from collections.abc import Sequence
from typing import Final

from events.consumer import Consumer
from events.contracts.analytics import CustomerSegmentChanged
from events.contracts.leads import CustomerErased
from events.envelope import Received, Recorded
from events.kafka import KafkaConfig
from events.reactions import React
from events.sqlfile import sql
from events.store import Append, Connection, Store, append_all
from events.watermark import Apply

from leads.heard import SQL

CONSUMER: Final = "leads.heard"
SOURCES: Final = ("analytics", "automation", "deals")
MAX_RECORDS: Final = 500


async def apply(connection: Connection, records: Sequence[Received]) -> None:
    """Keeps what a batch says, in the transaction of the watermark; computes the deals anew that it tells of.

    A card shows the segment that analytics said last.
    """
    told = [record.recorded() for record in records]
    await _set_segments(connection, told)
    rows = [
        (
            one.id,
            one.service,
            one.type,
            one.stream_id,
            one.version,
            one.occurred_at,
            one.recorded_at,
            one.actor,
            one.correlation_id,
            one.causation_id,
            one.body.decode(),
        )
        for one in told
    ]
    deals = [
        row["stream_id"] for row in await connection.fetch(sql("heard_add", SQL), *map(list, zip(*rows, strict=True)))
    ]
    if deals:
        await connection.execute(sql("deals_meet", SQL), deals)
        await connection.execute(sql("deals_compute", SQL), deals)


async def _set_segments(connection: Connection, told: Sequence[Recorded]) -> None:
    """Customers are locked before their keys, as an erasure does it."""
    said = [
        (one.event.customer_id, one.event.segment, one.version)
        for one in told
        if one.type == CustomerSegmentChanged.type and isinstance(one.event, CustomerSegmentChanged)
    ]
    if said:
        await connection.execute(sql("segments_set", SQL), *map(list, zip(*said, strict=True)))


async def forget(connection: Connection, records: Sequence[Received]) -> Sequence[Append]:
    """The reaction to the own log: nothing stays that was heard of customers who were erased."""
    erased = [record.stream_id for record in records if record.type == CustomerErased.type]
    if erased:
        await connection.execute(sql("heard_forget", SQL), erased)
    return ()


def reacting(*reactions: React) -> Apply:
    """``apply``, and what follows from what is heard: locked first, in the order of a capture, and appended last."""

    async def react_and_keep(connection: Connection, records: Sequence[Received]) -> None:
        appends = [append for react in reactions for append in await react(connection, records)]
        await apply(connection, records)
        await append_all(connection, appends)

    return react_and_keep


def consumer(store: Store, kafka: KafkaConfig, *reactions: React) -> Consumer:
    """The component that listens."""
    apply_all = reacting(*reactions)
    return Consumer(CONSUMER, SOURCES, store.pool, kafka, apply_all, applied=store.appended, max_records=MAX_RECORDS)
