"""How far consumers have come with a log while others stand still, are slow, or come and go."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from events.envelope import topic_of
from events.watermark import Shard

from .invariants import CONSUMERS, Databases

GOES_ON_SECONDS = 90.0


async def heads_of(databases: Databases, service: str) -> dict[Shard, int]:
    """The last position of each shard in the log of a service at this moment."""
    rows = await databases.rows(service, "SELECT shard, max(position) FROM events GROUP BY 1")
    return {(topic_of(service), shard): head for shard, head in rows}


async def are_applied(databases: Databases, heads: Mapping[Shard, int], *services: str) -> None:
    """Until the consumers of these services have come so far; raises AssertionError if they are stuck."""
    for prefix in [prefix for prefix, service in CONSUMERS.items() if service in services]:
        behind: Mapping[Shard, int] = heads
        try:
            async with asyncio.timeout(GOES_ON_SECONDS):
                while behind:
                    behind = await _behind(databases, heads, prefix)
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"nobody goes on: {prefix} lacks {behind}") from None


async def _behind(databases: Databases, heads: Mapping[Shard, int], prefix: str) -> dict[Shard, int]:
    marks = await databases.rows(
        CONSUMERS[prefix],
        "SELECT source, shard, position FROM watermarks WHERE starts_with(consumer, $1)",
        prefix,
    )
    at = {(source, shard): position for source, shard, position in marks}
    return {shard: head - at[shard] for shard, head in heads.items() if at[shard] < head}
