"""An endpoint is away for an hour, and workers die: every message arrives, by its id once."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from automation.webhooks import delivering
from automation_world import Story
from webhook_world import Webhooks
from werkzeug import Response

MESSAGES = 100
STATES = "SELECT DISTINCT state FROM webhook_deliveries"


async def pass_five_minutes(webhooks: Webhooks) -> None:
    """Everything that waits is so much nearer: the clock of the database, put forward."""
    for table, column in (("tasks", "due_at"), ("tasks", "leased_until"), ("webhook_endpoints", "retry_at")):
        await webhooks.pool.execute(f"UPDATE {table} SET {column} = {column} - interval '5 minutes'")


async def test_after_an_hour_without_its_endpoint_each_message_arrives_and_by_its_id_once(
    webhooks: Webhooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given many messages for an endpoint that is away, and workers that die now and then after its answer
    story, secret = Story(), await webhooks.set_up("lead.captured.v1")
    for n in range(MESSAGES):
        story.captured(f"lead {n}")
    settle, calls = delivering.settle, count(1)

    async def settles_or_dies(*about: Any) -> bool:
        if next(calls) % 6 == 0:
            raise RuntimeError("the process ended on this line")
        return await settle(*about)

    monkeypatch.setattr(delivering, "settle", settles_or_dies)
    await webhooks.told(story.records)
    # when it comes back after an hour
    minute = 0
    while minute < 60 or await webhooks.pool.fetchval("SELECT count(*) FROM tasks"):
        webhooks.receiver.answers = [Response(status=503) for _ in range(MESSAGES)] if minute < 60 else []
        await webhooks.work(patient=False)
        await pass_five_minutes(webhooks)
        minute += 5
    # then each has arrived, what came again had the same id, and nothing more comes of the same events
    got = len(webhooks.receiver.got)
    ids = {webhooks.receiver.verified(secret, n)["id"] for n in range(got)}
    await webhooks.told(story.records)
    await webhooks.work()
    assert [row["state"] for row in await webhooks.pool.fetch(STATES)] == ["delivered"]
    assert len(set(webhooks.receiver.ids)) == len(ids) == MESSAGES
    assert len(webhooks.receiver.got) == got > MESSAGES
