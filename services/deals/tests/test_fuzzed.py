"""Requests made of the API's own description, valid and not: none breaks the service."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from deals.main import SERVICE
from deals.settings import DealsSettings
from deals_system import LINK_KEY, Leads
from events.api_keys import new_key
from events.app import build
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

EXAMPLES = 2
"""Of each operation and kind; the same ones every time."""


@pytest.mark.slow
async def test_no_generated_request_breaks_the_service(
    new_database: Any, tmp_path: Path, httpserver: HTTPServer
) -> None:
    key, service_key = new_key(), new_key()
    httpserver.expect_request("/keys/read", method="POST").respond_with_handler(Leads(service_key).answer)
    settings = DealsSettings(
        database_url=await new_database("deals"),
        api_keys=({"key": key, "name": "admin", "roles": ["admin"], "directions": ["*"]},),
        roles=frozenset(("api", "worker")),
        link_keys=(LINK_KEY,),
        leads_url=httpserver.url_for("").rstrip("/"),
        service_key=SecretStr(service_key),
    )
    config = uvicorn.Config(build(SERVICE, settings), port=0, http="httptools", log_config=None, ws="none")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"http://127.0.0.1:{port}/openapi.json"]
    options = ["-H", f"Authorization: Bearer {key}", "--checks", "not_a_server_error", "--no-color"]
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
