"""Requests made of the reports' own description, valid and not: none breaks the service."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
import uvicorn
from analytics.main import SERVICE
from analytics.settings import Settings
from events.api_keys import new_key
from events.app import build

EXAMPLES = 3
"""Of each report; the same ones every time."""


@pytest.mark.slow
async def test_no_generated_request_breaks_a_report(sales, department, tmp_path: Path) -> None:
    await sales.apply(department("fuzzed", 5))
    key = new_key()
    keys = ({"key": key, "name": "admin", "roles": ["admin"], "directions": ["*"]},)
    settings = Settings(database_url=sales.dsn, api_keys=keys, roles=frozenset(("api",)))
    config = uvicorn.Config(build(SERVICE, settings), port=0, http="httptools", log_config=None, ws="none")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"http://127.0.0.1:{port}/openapi.json"]
    options = ["-H", f"Authorization: Bearer {key}", "--checks", "not_a_server_error", "--no-color"]
    options += ["--phases", "fuzzing", "--mode", "all", "--max-examples", str(EXAMPLES)]
    options += ["--include-path-regex", "^/(reports/(?!live)|metrics)", "--generation-deterministic"]
    options += ["--request-timeout", "20"]
    fuzzing = await asyncio.create_subprocess_exec(
        *command, *options, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=tmp_path
    )
    output, _ = await fuzzing.communicate()
    server.should_exit = True
    await serving
    assert fuzzing.returncode == 0, output.decode()
    assert "generated" in output.decode()
