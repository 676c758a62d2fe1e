"""Which tables name customers, by what their columns are called, and are not declared to hold something of a person."""

from collections.abc import Collection

import asyncpg
from events.personal import PersonalData

NAMING = ("customer_id", "customer_ids", "into_customer_id", "card", "people", "subject_id", "subject_ids", "low")
"""What columns with the ids of customers are called."""

_NAMED = """
SELECT DISTINCT c.table_name FROM information_schema.columns c JOIN information_schema.tables t
    ON (t.table_schema, t.table_name) = (c.table_schema, c.table_name)
 WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.column_name = ANY($1)
"""


async def undeclared(dsn: str, kept: PersonalData, others: Collection[str]) -> set[str]:
    """Tables that name customers and are neither declared nor among ``others``; declared ones that are not there."""
    connection = await asyncpg.connect(dsn)
    named = {row["table_name"] for row in await connection.fetch(_NAMED, list(NAMING))}
    there = {row[0] for row in await connection.fetch("SELECT tablename::text FROM pg_tables")}
    await connection.close()
    declared = {store.table for store in kept.all_stores}
    return (named - declared - set(others)) | (declared - there)
