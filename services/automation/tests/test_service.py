"""The whole service, through a real broker: from an event of leads to a task and a letter in a mailbox."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx2
import pytest
from automation.main import SERVICE
from automation.settings import AutomationSettings
from automation_world import Leads, Story
from events.api_keys import new_key
from events.app import build
from events.kafka import KafkaConfig, ensure_topics
from events.relay import Relay
from events.store import Append, Cause, Store
from events.testing import AT
from pydantic import SecretStr

pytestmark = pytest.mark.slow


@asynccontextmanager
async def leads_with(story: Story, dsn: str, bootstrap: str) -> AsyncIterator[None]:
    """The log of leads holding a story, and its relay."""
    async with await asyncpg.create_pool(dsn, min_size=1, max_size=3) as pool:
        relay, stopping = Relay("leads", pool, KafkaConfig(bootstrap)), asyncio.Event()
        store = Store("leads", pool, relay.wake)
        for record in story.records:
            told = record.recorded()
            cause = Cause("test", told.correlation_id)
            await store.commit(Append(told.stream_id, told.version - 1, [told.event], cause, AT))
        running = asyncio.create_task(relay.run(stopping))
        yield
        stopping.set()
        await running


async def test_a_lead_becomes_an_assigned_task_and_a_letter_in_a_mailbox(
    new_database: Any, broker: Any, httpserver: Any, post: Any
) -> None:
    story = Story()
    story.captured("ivan")
    story.assigned("ivan", "anna")
    story.registered("ivan", "ivan@example.com", called="Ivan")
    httpserver.expect_request("/keys/read", method="POST").respond_with_handler(Leads().answer)
    key = new_key("admin")
    settings = AutomationSettings(
        database_url=SecretStr(await new_database("automation")),
        kafka_bootstrap=broker.bootstrap,
        kafka_session_timeout_ms=2_000,
        bootstrap_key=SecretStr(key),
        leads_url=httpserver.url_for("").rstrip("/"),
        service_key=SecretStr(new_key()),
        language="en",
        smtp_port=post.port,
        smtp_sender="Daisy <hello@daisy.test>",
    )
    app = build(SERVICE, settings)
    await ensure_topics(KafkaConfig(broker.bootstrap), "voronka.deals.v1")  # which deals has, though it says nothing
    async with (
        leads_with(story, await new_database(), broker.bootstrap),
        app.running(),
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app),
            base_url="http://automation.test",
            headers={"authorization": f"Bearer {key}"},
        ) as client,
    ):
        tasks, messages = [], []
        async with asyncio.timeout(60):
            while not (tasks and tasks[0]["assignee"] and messages and messages[0]["state"] == "sent"):
                await asyncio.sleep(0.1)
                tasks = (await client.get("/tasks")).json()["tasks"]
                messages = (await client.get("/messages")).json()["messages"]
        ready = await client.get("/readyz")

    assert [(task["kind"], task["assignee"]) for task in tasks] == [("first_contact", "anna")]
    assert len(messages) == 1
    assert [(letter["To"], letter["X-Voronka-Message"]) for letter in post.letters] == [
        ("ivan@example.com", messages[0]["message_id"])
    ]
    assert ready.status_code == 200, ready.text
