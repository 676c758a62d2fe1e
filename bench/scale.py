"""How reports grow: a month of a made-up history of three years, with few leads and with many, as of now over HTTP."""

from __future__ import annotations

import time
from zoneinfo import ZoneInfo

from analytics.main import SALES
from analytics.reports.catalogue import REPORTS
from analytics.reports.report import Report
from analytics.rollup.filling import Filling

from bench import servers
from bench.bed import Bed
from bench.history.fill import History, fill, last_days
from bench.report import Row, at_most
from bench.rounds import percentile
from bench.servers import Server

ZONE = ZoneInfo("Europe/Moscow")
DAYS, WARM, TIMES = 30, 2, 20
PATIENCE_SECONDS = 4.0
"""What takes longer in all is asked fewer times."""


async def measure(bed: Bed) -> list[Row]:
    """p95 of every report over the last 30 days, and beside it the same with fewer leads: the ratio is the growth."""
    few, many = [await _measured(bed, leads) for leads in bed.scale.histories]
    leads = bed.scale.histories[1]
    rows = []
    for report in REPORTS:
        bound, name = (
            (30 if report.name in ("funnel", "channels") else 200),
            f"report {report.name}, {leads:,} leads, p95",
        )
        rows.append(Row(name, many[report.name], "ms", few[report.name], at_most(bound)))
    return rows


async def _measured(bed: Bed, leads: int) -> dict[str, float]:
    server, dsn = await servers.api(bed, f"history_{leads}", "analytics")
    events = await fill(dsn, SALES, History(leads), lambda _leads, _events: None)
    pool = await bed.pool(dsn)
    async with pool:
        filling = Filling(pool, ZONE, days_at_once=50)
        while await filling.turn(SALES.build(1)):
            pass
        await pool.execute("ANALYZE")
    print(f"  {leads:,} leads, {events:,} events")
    with server:
        return {report.name: _p95(server, report) for report in REPORTS}


def _p95(server: Server, report: Report) -> float:
    first, last = last_days(DAYS)
    taken: list[float] = []
    began = time.perf_counter()
    with server.client() as client:
        while len(taken) < TIMES + WARM and (len(taken) < 2 or time.perf_counter() - began < PATIENCE_SECONDS):
            started = time.perf_counter()
            client.get(f"/reports/{report.name}", params={"from": first, "to": last}).raise_for_status()
            taken.append((time.perf_counter() - started) * 1e3)
    return percentile(sorted(taken[WARM:]), 0.95)
