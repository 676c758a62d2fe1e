"""A database comes back from a backup that is older than what Kafka and the other services have seen."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import httpx2
import pytest
from voronka import samples
from voronka.people import people

from .breaking import another, start
from .conftest import SHORT, Scenario
from .invariants import as_stored, databases_of, rebuilt_equals_live, recovers

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600), pytest.mark.marks_the_log]

LOG = "SELECT shard, position, id, stream_id, version, type, data::text, recorded_at FROM events ORDER BY 1, 2"
KEPT, BACKUP = "voronka_leads_lost", "voronka_leads_backup"


@pytest.mark.skipif(SHORT, reason="the short version takes back after a failover, in test_failover.py")
async def test_leads_of_an_older_backup_publishes_nothing_until_it_has_taken_back_what_others_have_applied(
    scenario: Scenario,
) -> None:
    system, leads = scenario.system, scenario.system.services["leads"]
    admin = await asyncpg.connect(system.postgres.dsn())
    async with scenario.load():
        await asyncio.sleep(scenario.times(3, 10))
    async with databases_of(system) as databases:
        await recovers(system, databases)
    await asyncio.to_thread(leads.stop)
    await admin.execute(f"CREATE DATABASE {BACKUP} TEMPLATE voronka_leads")
    await start(leads)
    async with scenario.load():
        await asyncio.sleep(scenario.times(3, 10))
    async with databases_of(system) as databases:
        await recovers(system, databases)
    await asyncio.to_thread(leads.stop)
    await admin.execute(f"ALTER DATABASE voronka_leads RENAME TO {KEPT}")
    await admin.execute(f"ALTER DATABASE {BACKUP} RENAME TO voronka_leads")
    scenario.note("leads restored from an older backup")

    async with AsyncExitStack() as stack:
        process, url = another(system, "leads", VORONKA_ROLES="api,relay")
        stack.callback(process.stop)
        process.spawn()
        whole = await _rows(system.postgres.dsn(KEPT), LOG)
        restored = await _rows(system.postgres.dsn("voronka_leads"), LOG)
        assert len(restored) < len(whole)
        await _until_closed(system.postgres.dsn("voronka_leads"))

        headers = {"Authorization": f"Bearer {system.secrets.admin_key}"}
        async with httpx2.AsyncClient(base_url=url, headers=headers, timeout=30, trust_env=False) as http:
            (person,) = people(1, 77)
            assert (await http.get("/readyz")).status_code == 503
            assert (await http.post("/leads", json={"name": person.name, "phones": [person.phone]})).status_code == 503
            form = samples.web_form(person, "restored-1", key=system.secrets.channel_secret)
            answer = await http.request(form.method, "/in/web_form/demo", content=form.body, headers=dict(form.headers))
            assert answer.status_code < 300
        assert await _rows(system.postgres.dsn("voronka_leads"), LOG) == restored

        assert await _voronka(url, system.secrets.admin_key, "relay", "take-back", "--service", "leads", "--yes") == 0
        assert await _rows(system.postgres.dsn("voronka_leads"), LOG) == whole
        async with databases_of(system) as databases:
            ((waiting,),) = await databases.rows("leads", "SELECT count(*) FROM intake WHERE state = 'pending'")
            assert waiting == 1
            await rebuilt_equals_live(databases, as_stored)
    await admin.close()
    scenario.done = True


async def _rows(dsn: str, query: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(dsn)
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def _until_closed(dsn: str) -> None:
    async with asyncio.timeout(60):
        while await _rows(dsn, "SELECT closed_because IS NOT NULL FROM log_fence") != [(True,)]:
            await asyncio.sleep(0.1)


async def _voronka(url: str, key: str, *words: str) -> int:
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("voronka")), *words, env={"VORONKA_KEY": key, "VORONKA_LEADS_URL": url}
    )
    return await process.wait()
