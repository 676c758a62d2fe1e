"""The whole service: all its parts, with a real broker between it and leads, and every route asking for something."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
from aiokafka import AIOKafkaConsumer
from deals.main import SERVICE
from deals.settings import DealsSettings
from deals_system import LINK_KEY
from embedded.broker import Broker
from events.app import build
from events.contracts.leads import LeadQualified
from events.envelope import Received, topic_of
from events.kafka import KafkaConfig
from events.relay import Relay
from events.store import Append, Cause, Store, deterministic_id
from pydantic import SecretStr


async def deals_topic(bootstrap: str, wanted: int) -> list[Received]:
    consumer = AIOKafkaConsumer(topic_of("deals"), bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    found: list[Received] = []
    try:
        async with asyncio.timeout(60):
            while len(found) < wanted:
                for records in (await consumer.getmany(timeout_ms=100)).values():
                    heard = [Received(r.topic, r.partition, r.offset, r.headers, r.value) for r in records]
                    found += [record for record in heard if record.type.startswith("deal.")]
    finally:
        await consumer.stop()
    return found


async def test_a_lead_qualified_in_leads_becomes_a_deal_that_others_hear_of(new_database: Any, broker: Broker) -> None:
    async with asyncpg.create_pool(await new_database(), min_size=1, max_size=3) as leads_pool:
        relay = Relay("leads", leads_pool, KafkaConfig(broker.bootstrap))
        leads = Store("leads", leads_pool, relay.wake)
        stopping = asyncio.Event()
        publishing = asyncio.create_task(relay.run(stopping))
        app = build(
            SERVICE,
            DealsSettings(
                database_url=SecretStr(await new_database("deals")),
                kafka_bootstrap=broker.bootstrap,
                link_keys=(LINK_KEY,),
            ),
        )
        try:
            async with app.running() as runtime:
                lead, customer = uuid4(), uuid4()
                event = LeadQualified(lead_id=lead, customer_id=customer, temperature="hot", manager_id="anna")
                await leads.commit(Append(lead, 0, [event], Cause("key:first-line", uuid4()), datetime.now(UTC)))
                found = await deals_topic(broker.bootstrap, 1)
                (row,) = await runtime.pool.fetch("SELECT * FROM deals")
        finally:
            stopping.set()
            with suppress(TimeoutError):
                await asyncio.wait_for(publishing, 10)
    (opened,) = [record.recorded() for record in found if record.type == "deal.opened.v1"]
    assert (opened.stream_id, row["deal_id"]) == (deterministic_id("deal", lead),) * 2
    assert (row["customer_id"], row["manager_id"]) == (customer, "anna")
