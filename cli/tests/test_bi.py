"""``voronka bi``: a login for a BI tool is made, and proves as itself that it reads the schema bi and nothing else."""

from __future__ import annotations

import json
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
from analytics import builds
from analytics.main import SALES
from commands import voronka


async def test_a_login_is_made_reads_every_view_and_changes_nothing(new_database) -> None:
    dsn, reader, password = await new_database("analytics"), f"bi_{uuid4().hex[:8]}", uuid4().hex
    async with await asyncpg.create_pool(dsn, min_size=1) as pool:
        await builds.ensure(pool, SALES)
        parts = urlsplit(dsn)
        login = parts._replace(netloc=f"{reader}:{password}@{parts.hostname}:{parts.port}").geturl()

        async def install(*words: str) -> int:
            environment = {"VORONKA_OWNER_URL": dsn, "VORONKA_BI_PASSWORD": password}
            return (await voronka("bi", "install", reader, "--direction", "b2b", *words, **environment))[0]

        try:
            assert await install("--dry-run") == 0
            assert await pool.fetchval("SELECT count(*) FROM pg_roles WHERE rolname = $1", reader) == 0
            assert (await voronka("bi", "verify", VORONKA_BI_URL=login))[0] == 1
            assert await install() == 0
            assert await install() == 0

            code, out, _ = await voronka("bi", "verify", "--json", VORONKA_BI_URL=login)
            found = json.loads(out)
            assert (code, found["login"], found["directions"]) == (0, reader, ["b2b"])
            assert found["views"] == found["readable"] > 10

            await pool.execute(f'GRANT DELETE ON public.projections TO "{reader}"')
            assert (await voronka("bi", "verify", VORONKA_BI_URL=login))[0] == 3
        finally:
            await pool.execute(f'DROP OWNED BY "{reader}"; DROP ROLE "{reader}"')
