"""Requests made of the API's own description, valid and not: none breaks the routes of documents."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from deals.main import SERVICE
from deals.settings import DealsSettings
from deals_system import LINK_KEY
from events.api_keys import new_key
from events.app import build
from pydantic import SecretStr

EXAMPLES = 8
"""Of each operation and kind; the same ones every time."""
ROUTES = (
    r"^/(documents|document-templates|document-variables|firm|shared-documents|deals/\{deal_id\}/documents|customers)"
)


@pytest.mark.slow
async def test_no_generated_request_breaks_the_service(new_database: Any, tmp_path: Path) -> None:
    key = new_key()
    settings = DealsSettings(
        database_url=SecretStr(await new_database("deals")),
        api_keys=({"key": key, "name": "admin", "roles": ["admin"]},),
        link_keys=(LINK_KEY,),
        roles=frozenset(("api", "worker")),
        documents_folder=tmp_path / "documents",
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
    options += ["--generation-deterministic", "--request-timeout", "20", "--include-path-regex", ROUTES]
    fuzzing = await asyncio.create_subprocess_exec(
        *command, *options, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=tmp_path
    )
    output, _ = await fuzzing.communicate()
    server.should_exit = True
    await serving
    assert fuzzing.returncode == 0, output.decode()
    assert "generated" in output.decode()
