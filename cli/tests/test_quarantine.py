"""``voronka quarantine`` against a service that speaks the real protocol over a socket."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from commands import listening, voronka
from events.app import Runtime
from events.consumer import Consumer
from events.contracts.automation import TaskCompleted
from events.envelope import Received
from events.kafka import KafkaConfig
from events.testing import Log
from serving import Serve

NAME = "automation"


async def test_what_waits_is_listed_shown_given_up_and_applied_again(serve: Serve) -> None:
    is_fixed = False

    async def apply(_: Any, records: Sequence[Received]) -> None:
        if not is_fixed:
            raise ValueError("not yet")

    consumers: list[Consumer] = []

    def components(runtime: Runtime) -> list[Consumer]:
        consumers.append(
            Consumer(
                f"{NAME}.rules", [NAME], runtime.pool, KafkaConfig.of(runtime.settings), apply, parks_streams=False
            )
        )
        return consumers

    made = await serve(name=NAME, components=components, subscribes=(NAME,), settings={"roles": "api"})
    log = Log()
    for _ in range(2):
        log.append(uuid4(), TaskCompleted(task_id=uuid4(), result="done"))
    await consumers[0].watermark.prepare()
    await consumers[0].watermark.apply(log.records)
    async with listening(made) as url:

        async def run(*words: str, **how: str) -> tuple[int, str, str]:
            return await voronka("quarantine", *words, "--url", url, **how)

        code, out, _ = await run("list", "--json")
        first, second = (json.loads(line)["id"] for line in out.splitlines())
        assert code == 3
        assert "task.completed.v1" in (await run("list"))[1]

        assert json.loads((await run("show", first))[1])["headers"]["ce_type"] == "task.completed.v1"
        assert (await run("replay", first))[:2] == (3, "failing: ValueError\n")
        assert (await run("discard", second, "--reason", "a test"))[0] == 2
        assert (await run("discard", second, "--reason", "a test", "--dry-run"))[0] == 0
        assert (await run("discard", second, "--reason", "a test", "--yes"))[0] == 0
        assert second in (await run("list", "--discarded", "--json"))[1]

        is_fixed = True
        assert (await run("replay"))[:2] == (0, "applied 1, still failing 0\n")
        assert (await run("list", "--json"))[:2] == (0, "")
        code, _, err = await run("list", key="vk_nobody00_" + "x" * 43)
        assert (code, "401" in err) == (1, True)
