"""Answers of the intake while the service also understands what it has stored: how long a sender waits."""

from __future__ import annotations

from bench import servers
from bench.bed import Bed
from bench.report import Row, at_most, compared
from bench.rounds import Rates
from bench.servers import People

CONNECTIONS = 50
MOST_MS = 100
"""The strictest sender waits two seconds; this is what a form on a page should take, at the most the process bears."""


async def measure(bed: Bed) -> list[Row]:
    """`POST /in/web_form/…` of one process that takes in and understands, from more senders than it has cores."""
    server, _ = await servers.leads(bed, "intake", People(), roles="api,worker", pinned=False)
    with server:
        await server.answered("form", CONNECTIONS, 0.5)
        found = [await server.answered("form", CONNECTIONS, bed.scale.seconds) for _ in range(bed.scale.rounds)]
    name = f"POST /in/… with {CONNECTIONS} senders, understood meanwhile"
    return [
        compared(name, "requests/s", Rates(tuple(one.per_second for one in found))),
        compared("  p50", "ms", Rates(tuple(one.p50 for one in found))),
        compared("  p99", "ms", Rates(tuple(one.p99 for one in found)), target=at_most(MOST_MS)),
    ]
