"""Old deliveries go: what was settled thirty days ago and before."""

from __future__ import annotations

from functools import partial
from typing import Final

import asyncpg
from events.poller import Poller

from automation.webhooks.endpoints import sql

NAME: Final = "automation.webhooks-pruning"
DAYS: Final = 30
PORTION: Final = 5_000
PAUSE_SECONDS: Final = 30.0


def pruning(pool: asyncpg.Pool) -> Poller:
    """The component that takes them away."""
    return Poller(NAME, partial(prune, pool), PAUSE_SECONDS)


async def prune(pool: asyncpg.Pool) -> int:
    """Takes a portion away; returns how many."""
    done: str = await pool.execute(sql("deliveries_prune"), DAYS, PORTION)
    return int(done.rpartition(" ")[2])
