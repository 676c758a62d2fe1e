"""From a webhook to Kafka, through a real broker."""

import asyncio
from typing import Any
from urllib.parse import urlencode

from aiokafka import AIOKafkaConsumer
from events.envelope import Received, shard_of

Run = Any


async def test_what_a_webhook_brought_is_published_once_and_in_order(run: Run, broker: Any) -> None:
    roles = frozenset(("api", "worker", "relay"))
    async with run(roles=roles, kafka_bootstrap=broker.bootstrap) as leads:
        for tranid in ("1:1", "1:2", "1:1"):
            answer = await leads.client.post(
                "/in/tilda/shop?key=tilda-secret",
                content=urlencode({"tranid": tranid, "Phone": "+79123456789"}).encode(),
                headers={"content-type": "application/x-www-form-urlencoded"},
            )
            assert answer.status_code == 200
        await leads.settled()
        stored = {row["id"] for row in await leads.pool.fetch("SELECT id::text FROM events")}
        consumer = AIOKafkaConsumer(
            "voronka.leads.v1", bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest", group_id=None
        )
        await consumer.start()
        try:
            records: list[Received] = []
            async with asyncio.timeout(60):
                while len(records) < len(stored):
                    record = await consumer.getone()
                    records.append(
                        Received(record.topic, record.partition, record.offset, record.headers, record.value)
                    )
        finally:
            await consumer.stop()
        published = [record.recorded() for record in records]
        assert sorted(str(event.id) for event in published) == sorted(stored)
        assert all(event.shard == shard_of(event.stream_id) for event in published)
        of_leads = [event.type for event in published if event.type.startswith("lead.")]
        assert of_leads == ["lead.captured.v1", "lead.touched.v1"]
