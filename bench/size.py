"""Bytes of an event as captures write it, with all indexes, beside the bytes of its JSON alone."""

from __future__ import annotations

import asyncpg

from bench import servers
from bench.bed import Bed
from bench.report import Row, at_most
from bench.servers import People

_SIZES = """
SELECT pg_total_relation_size('events')::float8 / count(*), avg(octet_length(data::text))::float8,
       avg(pg_column_size(events.*))::float8
  FROM events
"""


async def measure(bed: Bed) -> list[Row]:
    """Bulk captures until so many leads are there: each makes a card and a lead, so two events."""
    server, dsn = await servers.leads(bed, "size", People())
    connection = await asyncpg.connect(dsn)
    try:
        with server:
            while await connection.fetchval("SELECT count(*) FROM leads") < bed.scale.size_leads:
                await server.answered("bulk", 2, 0.5)
        total, json, row = (await connection.fetch(_SIZES))[0]
    finally:
        await connection.close()
    return [
        Row("an event with all indexes / its JSON", total, "bytes", json, at_most(900)),
        Row("  of which the row", row, "bytes", json),
    ]
