"""The service needs no more of PostgreSQL than a login in the group voronka_service, and any login of it will do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import asyncpg
from analytics import builds
from analytics.main import SALES
from analytics.reports.catalogue import REPORTS
from analytics.reports.filters import Filters
from analytics.switch import switch
from events.envelope import topic_of
from events.quarantine import Quarantine
from events.watermark import Watermark


@asynccontextmanager
async def login(dsn: str, name: str) -> AsyncIterator[asyncpg.Pool]:
    """A pool of a login that is nothing but a member of the group."""
    where = urlsplit(dsn)
    role = f"{where.path[1:]}_{name}"
    async with await asyncpg.create_pool(dsn, min_size=1) as owner:
        await owner.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'x' IN ROLE voronka_service")
        # The migration grants this; a database that was cloned from a template has lost it.
        await owner.execute(f"GRANT CREATE ON DATABASE {where.path[1:]} TO voronka_service")
        try:
            async with await asyncpg.create_pool(
                f"postgresql://{role}:x@{where.hostname}:{where.port}{where.path}?sslmode=disable", min_size=1
            ) as pool:
                yield pool
        finally:
            await owner.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")
            await owner.execute(f"REVOKE CREATE ON DATABASE {where.path[1:]} FROM voronka_service")


async def filled(pool: asyncpg.Pool, build, records) -> None:
    topics = [topic_of(source) for source in SALES.sources]
    watermark = Watermark(build.consumer_name, topics, pool, build.applier(), Quarantine(build.consumer_name))
    await watermark.prepare()
    assert not (await watermark.apply(records)).quarantined


async def test_one_login_fills_another_rebuilds_and_drops(new_database, history) -> None:
    dsn, records = await new_database("analytics"), history("rights", 10).log.records
    async with login(dsn, "blue") as pool:
        await builds.ensure(pool, SALES)
        await filled(pool, SALES.build(1), records)

    async with login(dsn, "green") as pool:
        await builds.ensure(pool, SALES)
        async with pool.acquire() as connection, connection.transaction():
            build = await builds.start(connection, SALES, "building")
        await filled(pool, build, records)
        assert await switch(pool, SALES) == build
        async with pool.acquire() as connection, connection.transaction():
            await builds.drop_retired(connection, SALES, seconds=-1)
        for report in REPORTS:
            assert await report.read(pool, build, Filters(zone=ZoneInfo("UTC"), now=datetime(2027, 1, 1, tzinfo=UTC)))
        assert await pool.fetchval("SELECT count(*) FROM bi.fct_leads") > 0
        assert await pool.fetchval("SELECT to_regnamespace('sales_v11_b1') IS NULL")
