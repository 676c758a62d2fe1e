"""One index key for a database: a process that has another would take everybody who is known for new."""

import asyncio
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from commands import listening, voronka
from events.blind_index import BlindIndex
from events.privacy import Keyring, MasterKey
from events.store import Connection
from leads import index_key
from leads_system import INDEX_KEY, MASTER_KEY, Running, running_leads

OTHER = bytes(range(1, 33))
REASON = "VORONKA_INDEX_KEY is not the key that this database is indexed with"
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
            async with listening(misfit) as url:
                code, out, _ = await voronka("doctor", "--service", "leads", "--json", VORONKA_LEADS_URL=url)
        assert (refused.status_code, probe.status_code) == (503, 503)
        assert REASON in probe.json()["detail"]
        (told,) = json.loads(out)
        assert (code, told["name"], told["state"], REASON in told["detail"]) == (3, "ready", "fail", True)
        assert told["fix"].startswith("VORONKA_INDEX_KEY=")
        assert (await asked(leads)).json()["customer_id"] == known, "who runs goes on"
        assert await leads.pool.fetchval("SELECT count(*) FROM customers") == 1
    async with running_leads(dsn, tmp_path) as leads:
        assert (await asked(leads)).json()["customer_id"] == known


async def test_of_processes_that_come_first_at_once_with_different_keys_those_of_one_key_start(
    pool: asyncpg.Pool,
) -> None:
    async def start(key: bytes) -> str | None:
        async with pool.acquire() as connection:
            return await index_key.other_than(connection, BlindIndex(key), MasterKey(MASTER_KEY))

    said = await asyncio.gather(*map(start, (INDEX_KEY, OTHER) * 8))
    started = {number % 2 for number, reason in enumerate(said) if reason is None}
    assert len(started) == 1
    assert sum(reason is None for reason in said) == 8


async def card(connection: Connection, key: bytes, phone: str, *, is_kept: bool = True) -> None:
    """A card as a release before the mark left it; without its phone where ``is_kept`` is false."""
    customer = uuid4()
    keys = await Keyring(MasterKey(MASTER_KEY)).create(connection, [customer])
    phones = [keys[customer].seal(phone)] if is_kept else []
    await connection.execute(
        "INSERT INTO customers (id, version, phones, emails, messengers, registered_at)"
        " VALUES ($1, 1, $2, '{}', '{}', now())",
        customer,
        phones,
    )
    await connection.execute(
        "INSERT INTO identities VALUES ($1::text::uuid, 'phone', $2)", BlindIndex(key).of("phone", phone), customer
    )


async def test_the_first_index_key_that_a_filled_database_is_given_has_to_agree_with_its_contacts(
    pool: asyncpg.Pool,
) -> None:
    async def first(key: bytes, master: bytes = MASTER_KEY) -> str | None:
        return await index_key.other_than(connection, BlindIndex(key), MasterKey(master))

    async with pool.acquire() as connection:
        for number in range(5):
            await card(connection, INDEX_KEY, f"+7912345678{number}")
        await card(connection, OTHER, "+79120000000")
        await card(connection, OTHER, "+79120000001", is_kept=False)
        said = await first(OTHER)
        assert said is not None
        assert said.startswith(REASON)
        assert "of 6 contacts 1 have" in said
        assert "VORONKA_MASTER_KEY opens no key" in str(await first(INDEX_KEY, OTHER))
        assert await connection.fetchval("SELECT count(*) FROM index_key") == 0, "who is refused leaves no mark"
        assert await first(INDEX_KEY) is None
        assert str(await first(OTHER)).startswith(REASON)


async def test_a_database_without_anything_to_compare_takes_the_first_index_key_on_trust(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        await card(connection, INDEX_KEY, "+79123456789", is_kept=False)
        assert await index_key.other_than(connection, BlindIndex(OTHER), MasterKey(MASTER_KEY)) is None
        assert str(await index_key.other_than(connection, BlindIndex(INDEX_KEY), MasterKey(MASTER_KEY))).startswith(
            REASON
        )
