"""One index key for a database: a process that has another would take everybody who is known for new."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from events.privacy import BlindIndex
from leads import index_key
from leads_system import INDEX_KEY, Running, running_leads

OTHER = bytes(range(1, 33))
ANNA = {"name": "Анна", "phones": ["+79123456789"]}


async def asked(leads: Running) -> Any:
    return await leads.call("POST", "/leads", json=ANNA, headers={"idempotency-key": str(uuid4())})


async def test_a_process_with_another_index_key_does_not_start_and_splits_nobody(
    new_database: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("events.app.FIRST_WAIT_SECONDS", 0.3)
    dsn = await new_database("leads")
    async with running_leads(dsn, tmp_path) as leads:
        known = (await asked(leads)).json()["customer_id"]
        async with running_leads(dsn, tmp_path, index_key=OTHER) as misfit:
            refused, probe = await asked(misfit), await misfit.client.get("/readyz")
        assert (refused.status_code, probe.status_code) == (503, 503)
        assert "VORONKA_INDEX_KEY is not the key that this database is indexed with" in probe.json()["detail"]
        assert (await asked(leads)).json()["customer_id"] == known, "who runs goes on"
        assert await leads.pool.fetchval("SELECT count(*) FROM customers") == 1
    async with running_leads(dsn, tmp_path) as leads:
        assert (await asked(leads)).json()["customer_id"] == known


async def test_of_processes_that_come_first_at_once_with_different_keys_those_of_one_key_start(
    pool: asyncpg.Pool,
) -> None:
    async def start(key: bytes) -> str | None:
        async with pool.acquire() as connection:
            return await index_key.other_than(connection, BlindIndex(key))

    said = await asyncio.gather(*map(start, (INDEX_KEY, OTHER) * 8))
    started = {number % 2 for number, reason in enumerate(said) if reason is None}
    assert len(started) == 1
    assert sum(reason is None for reason in said) == 8
