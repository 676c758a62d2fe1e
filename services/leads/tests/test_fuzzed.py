"""Requests made of the API's own description, valid and not: none breaks the service."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from events.app import build
from leads.main import SERVICE
from leads.settings import LeadsSettings
from leads_system import INDEX_KEY, KEYS, MASTER_KEY

EXAMPLES = 2
"""Of each operation and kind; the same ones every time."""


@pytest.mark.slow
async def test_no_generated_request_breaks_the_service(new_database: Any, tmp_path: Path) -> None:
    given = [{"key": KEYS["admin"], "name": "admin", "roles": ["admin"], "directions": ["*"]}]
    settings = LeadsSettings(
        database_url=await new_database("leads"),
        master_key=MASTER_KEY,
        index_key=INDEX_KEY,
        api_keys=given,
        roles=frozenset(("api", "worker")),
    )
    config = uvicorn.Config(build(SERVICE, settings), port=0, http="httptools", log_config=None, ws="none")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"http://127.0.0.1:{port}/openapi.json"]
    options = ["-H", f"Authorization: Bearer {KEYS['admin']}", "--checks", "not_a_server_error", "--no-color"]
    options += ["--phases", "examples,fuzzing", "--mode", "all", "--max-examples", str(EXAMPLES)]
    options += ["--generation-deterministic", "--request-timeout", "20"]
    fuzzing = await asyncio.create_subprocess_exec(
        *command, *options, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=tmp_path
    )
    output, _ = await fuzzing.communicate()
    server.should_exit = True
    await serving
    assert fuzzing.returncode == 0, output.decode()
    assert "generated" in output.decode()
