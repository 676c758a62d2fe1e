"""A process that fires what is due, until it is stopped: python timer_worker.py DSN LEASE_SECONDS"""

from __future__ import annotations

import asyncio
import signal
import sys

import asyncpg
from automation.timing import pending
from automation.timing.firings import Firings
from events.store import Store
from events.tasks import Worker

IDLE = {"idle_in_transaction_session_timeout": "2000"}
"""After two seconds PostgreSQL ends the transaction of one who stands still."""


async def main(dsn: str, lease_seconds: float) -> None:
    """Works until SIGTERM."""
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    async with await asyncpg.create_pool(dsn, min_size=1, max_size=4, server_settings=IDLE) as pool:
        firings = Firings(pool, "en", "UTC")
        batches = {pending.KIND: firings.handle}
        await Worker(
            "firings", Store("automation", pool), {}, batches=batches, concurrency=200, lease_seconds=lease_seconds
        ).run(stopping)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))
