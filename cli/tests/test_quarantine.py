"""``voronka quarantine`` against a service that speaks the real protocol over a socket."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import uvicorn
from events.app import Runtime
from events.consumer import Consumer
from events.contracts.automation import TaskCompleted
from events.envelope import Received
from events.kafka import KafkaConfig
from events.testing import Log
from serving import ADMIN_KEY, Serve, Serving

NAME = "automation"


@asynccontextmanager
async def listening(made: Serving) -> AsyncIterator[str]:
    config = uvicorn.Config(made.app, port=0, lifespan="off", log_config=None, ws="none")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving


async def voronka(url: str, *words: str, key: str = ADMIN_KEY) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of ``voronka quarantine …``."""
    command = [str(Path(sys.executable).with_name("voronka")), "quarantine", *words, "--url", url]
    process = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"VORONKA_KEY": key, "PATH": "", "COLUMNS": "200"},
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


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
        code, out, _ = await voronka(url, "list", "--json")
        first, second = (json.loads(line)["id"] for line in out.splitlines())
        assert code == 3
        assert "task.completed.v1" in (await voronka(url, "list"))[1]

        assert json.loads((await voronka(url, "show", first))[1])["headers"]["ce_type"] == "task.completed.v1"
        assert (await voronka(url, "replay", first))[:2] == (3, "failing: ValueError\n")
        assert (await voronka(url, "discard", second, "--reason", "a test"))[0] == 0
        assert second in (await voronka(url, "list", "--discarded", "--json"))[1]

        is_fixed = True
        assert (await voronka(url, "replay"))[:2] == (0, "applied 1, still failing 0\n")
        assert (await voronka(url, "list", "--json"))[:2] == (0, "")
        code, _, err = await voronka(url, "list", key="vk_nobody00_" + "x" * 43)
        assert (code, "401" in err) == (1, True)
