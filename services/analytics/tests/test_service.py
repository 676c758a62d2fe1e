"""The whole service on a real broker: it fills, rebuilds, verifies, and survives a crash in the middle."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
import httpx2
import pytest
from aiokafka import AIOKafkaProducer
from analytics.main import SALES, SERVICE
from analytics.settings import Settings
from events.api_keys import new_key
from events.app import build
from events.envelope import topic_of
from events.kafka import KafkaConfig, ensure_topics, producer

KEY = new_key("admin")
# Apache Kafka refuses less than 6 s; the embedded broker makes every new member wait for half of it.
SESSION_MS = 6_000 if os.environ.get("VORONKA_TEST_BROKER") in ("kafka", "containers") else 1_500


@asynccontextmanager
async def service(dsn: str, bootstrap: str) -> AsyncIterator[httpx2.AsyncClient]:
    settings = Settings(
        database_url=dsn,
        bootstrap_key=KEY,
        kafka_bootstrap=bootstrap,
        roles="api,consumer,worker",
        kafka_session_timeout_ms=SESSION_MS,
    )
    app = build(SERVICE, settings)
    transport = httpx2.ASGITransport(app)
    async with (
        app.running(),
        httpx2.AsyncClient(transport=transport, base_url="http://analytics", headers={"X-API-Key": KEY}) as client,
    ):
        yield client


async def publish(bootstrap: str, records) -> None:
    """What the relays of the other services do."""
    config = KafkaConfig(bootstrap)
    await ensure_topics(config, *map(topic_of, SALES.sources))
    sender: AIOKafkaProducer = producer(config)
    await sender.start()
    try:
        waiting = [
            await sender.send(r.source, value=r.body, partition=r.shard, headers=list(r.attributes.items()))
            for r in records
        ]
        await asyncio.gather(*waiting)
    finally:
        await sender.stop()


async def until(client: httpx2.AsyncClient, path: str, found: Callable[[object], bool], seconds: float = 60):
    async with asyncio.timeout(seconds):
        while True:
            answer = await client.get(path)
            if answer.status_code == 200 and found(answer.json()):
                return answer.json()
            await asyncio.sleep(0.1)


def live(states) -> int | None:
    return next((state["build"] for state in states if state["state"] == "live"), None)


@pytest.mark.slow
async def test_it_fills_rebuilds_and_verifies_on_a_real_broker(new_database, broker, history) -> None:
    dsn, log = await new_database("analytics"), history("service", 60).log
    captured = sum(record.type == "lead.captured.v1" for record in log.records)
    await publish(broker.bootstrap, log.records)

    async with service(dsn, broker.bootstrap) as client, await asyncpg.create_pool(dsn, min_size=1) as pool:
        await until(client, "/counts", lambda counts: counts["leads"] == captured)
        (state,) = await until(client, "/projections", lambda states: states[0]["progress_percent"] == 100)
        assert sum(source["applied"] for source in state["sources"]) == len(log.records)
        assert all(source["complete_until"] for source in state["sources"])

        answer = await client.post("/projections/sales/rebuild")
        assert (answer.status_code, answer.json()["state"]) == (202, "building")
        assert (await client.post("/projections/sales/rebuild")).status_code == 409
        await until(client, "/projections", lambda states: live(states) == 2)
        assert (await client.get("/counts")).json()["leads"] == captured

        answer = await client.post("/projections/sales/verify")
        assert answer.status_code == 202
        assert (await client.post("/projections/sales/verify")).json()["id"] == answer.json()["id"]
        result = await until(client, answer.headers["location"], lambda found: found["state"] != "running")
        assert (result["state"], result["equal"], result["error"]) == ("done", True, None)
        assert {table["table"]: table["live_rows"] for table in result["tables"]}["leads"] == captured

        await pool.execute(
            "UPDATE sales_v11_b2.leads SET channel = 'radio' WHERE ctid = (SELECT ctid FROM sales_v11_b2.leads LIMIT 1)"
        )
        await pool.execute("DELETE FROM sales_v11_b2.tasks WHERE ctid = (SELECT ctid FROM sales_v11_b2.tasks LIMIT 1)")
        answer = await client.post("/projections/sales/verify")
        result = await until(client, answer.headers["location"], lambda found: found["state"] != "running")
        tables = {table["table"]: table for table in result["tables"]}
        assert result["equal"] is False
        assert {name for name, table in tables.items() if not table["equal"]} == {"leads", "tasks"}
        assert tables["tasks"]["live_rows"] == tables["tasks"]["rebuilt_rows"] - 1
        assert "shadow" not in {state["state"] for state in (await client.get("/projections")).json()}

        wrong = await pool.fetchval(
            "SELECT event_shard(lead_id) FROM sales_v11_b2.leads WHERE channel = 'radio' LIMIT 1"
        )
        answer = await client.post(f"/projections/sales/verify?shard={wrong}")
        result = await until(client, answer.headers["location"], lambda found: found["state"] != "running")
        assert (result["state"], result["shard"]) == ("done", wrong)
        assert {table["table"] for table in result["tables"] if not table["equal"]} - {"tasks"} == {"leads"}


@pytest.mark.slow
async def test_a_verification_that_a_crash_left_is_begun_again_and_its_shadow_dropped(
    new_database, broker, history
) -> None:
    dsn, log = await new_database("analytics"), history("crash", 10).log
    await publish(broker.bootstrap, log.records)
    async with await asyncpg.create_pool(dsn, min_size=1) as pool:
        async with service(dsn, broker.bootstrap) as client:
            await until(client, "/projections", lambda states: states and states[0]["progress_percent"] == 100)
        # What a killed process leaves: a job under a lease that has run out, and half a shadow.
        job = uuid4()
        await pool.execute(
            "INSERT INTO verifications (id, name, requested_by, lease, leased_until, attempts)"
            " VALUES ($1, 'sales', 'test', $1, now() - interval '1 s', 1)",
            job,
        )
        await pool.execute(
            "INSERT INTO projections (name, version, build, state) VALUES ('sales', $1, 2, 'shadow')", SALES.version
        )
        async with pool.acquire() as connection, connection.transaction():
            await SALES.build(2).create(connection)

        async with service(dsn, broker.bootstrap) as client:
            result = await until(client, f"/verifications/{job}", lambda found: found["state"] != "running")
            assert (result["state"], result["equal"]) == ("done", True)
        left = await pool.fetch("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'sales%'")
        assert [row[0] for row in left] == ["sales_v11_b1"]


@pytest.mark.slow
async def test_a_rebuild_that_a_crash_interrupted_goes_on_where_it_was(new_database, broker, history) -> None:
    dsn, log = await new_database("analytics"), history("restart", 20).log
    await publish(broker.bootstrap, log.records)
    async with service(dsn, broker.bootstrap) as client:
        await until(client, "/projections", lambda states: states and states[0]["progress_percent"] == 100)
        assert (await client.post("/projections/sales/rebuild")).status_code == 202
    async with service(dsn, broker.bootstrap) as client:
        await until(client, "/projections", lambda states: live(states) == 2)
        assert (await client.get("/counts")).json()["quarantined"] == {}
