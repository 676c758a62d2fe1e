"""The command ``voronka`` as its users run it, against a service that speaks the real protocol over a socket."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

import uvicorn
from events.app import App
from serving import ADMIN_KEY


class Runs(Protocol):
    """A service that runs in this process."""

    @property
    def app(self) -> App:
        """What answers its requests."""


@asynccontextmanager
async def listening(made: Runs) -> AsyncIterator[str]:
    """The address of a service that runs in this process."""
    config = uvicorn.Config(made.app, port=0, lifespan="off", log_config=None, ws="none")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving


async def voronka(*words: str, key: str = ADMIN_KEY, **environment: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of ``voronka …``."""
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("voronka")),
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"VORONKA_KEY": key, "PATH": "", "COLUMNS": "200", **environment},
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()
