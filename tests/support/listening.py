"""A service on a real port in this process: for what only a server shows, such as answers that go on for long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from events.app import App


@asynccontextmanager
async def listening(app: App) -> AsyncIterator[str]:
    """Its address while the block runs; then it is stopped as SIGTERM stops it."""
    config = uvicorn.Config(app, port=0, lifespan="on", log_config=None, timeout_graceful_shutdown=10)
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving = asyncio.create_task(server.serve())
    try:
        while not server.started:
            assert not serving.done(), "the service did not start"
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        app.stop_soon()
        server.should_exit = True
        await serving
