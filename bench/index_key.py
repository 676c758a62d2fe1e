"""Replacing the index key: how long who writes contacts has to wait, and how long search follows in both forms."""

from __future__ import annotations

import os
import time
from random import Random
from typing import Any

import asyncpg
from events.blind_index import BlindIndex
from events.privacy import Keyring, MasterKey
from leads import index_key
from leads.privacy.reindexing import COLUMNS, Reindexing
from leads.search.tokens import Tokens

from bench.bed import Bed
from bench.report import Row
from bench.search import Names, fill

# Beside the phone of each card: its e-mail, its name, a call of every second and a personal field of every fourth.
_MORE = """
INSERT INTO identities SELECT gen_random_uuid(), 'email', id FROM customers;
INSERT INTO name_indexes SELECT id, md5(id::text)::uuid FROM customers;
INSERT INTO value_indexes SELECT id, 'passport', gen_random_uuid() FROM customers WHERE random() < 0.25;
INSERT INTO interactions (id, version, kind, state, flow, intake, source, customer_id, at, phone_index)
SELECT gen_random_uuid(), 1, 'call', 'registered', 'in', 'mango', 'main', i.customer_id, now(), i.blind_index
  FROM identities i WHERE i.kind = 'phone' AND random() < 0.5;
"""
_FLOOR = "UPDATE {table} SET {column} = md5({column}::text)::uuid WHERE {column} IS NOT NULL"


async def measure(bed: Bed) -> list[Row]:
    """Seconds of the one transaction that replaces all indexes, beside the least PostgreSQL needs for as many;
    and of the tokens behind it.
    """
    dsn = await bed.database("index_key", "leads")
    keyring, blind = Keyring(MasterKey(os.urandom(32))), BlindIndex(os.urandom(32), os.urandom(32))
    connection = await asyncpg.connect(dsn)
    try:
        await fill(connection, bed.scale.customers, keyring, Tokens(blind), Names(Random(1)))
        await connection.execute(_MORE)
        await connection.execute("INSERT INTO index_key (mark, wanted) VALUES ($1, 1)", index_key.mark(blind, 0))
        await connection.execute("VACUUM ANALYZE")
        floor = await _floor(connection)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
    pool = await bed.pool(dsn)
    try:
        work: Any = Reindexing(pool, blind)
        started = time.perf_counter()
        await work._look_once()
        replaced = time.perf_counter() - started
        blind.form, blind.is_moving = 1, True
        started = time.perf_counter()
        while await work._look_once():
            pass
        moved = time.perf_counter() - started
    finally:
        await pool.close()
    of = f"index key, {bed.scale.customers:,} cards"
    return [
        Row(f"{of}, who writes contacts waits", replaced, "s", baseline=floor),
        Row(f"{of}, search asks in both forms", moved, "s"),
    ]


async def _floor(connection: asyncpg.Connection) -> float:
    """Every index changed by one statement a table, and taken back."""
    started = time.perf_counter()
    change = connection.transaction()
    await change.start()
    for table, column in COLUMNS:
        await connection.execute(_FLOOR.format(table=table, column=column))
    await change.rollback()
    return time.perf_counter() - started
