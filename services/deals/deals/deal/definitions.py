"""Definitions of custom fields of deals: a stream and a row each."""

from __future__ import annotations

from datetime import datetime

import asyncpg
from events.contracts.deals import DealFieldDefined, DealFieldRetired
from events.custom_fields import redefine
from events.decider import ATTEMPTS, Rejected
from events.problems import NotFound, StaleVersion, Unavailable
from events.store import Append, Cause, Conflict, Connection, Store, append_one
from events.streams import field_stream

MOST_FIELDS = 200

_SAVE = """
INSERT INTO deal_fields (code, version, definition) VALUES ($1, $2, $3)
ON CONFLICT (code) DO UPDATE SET version = excluded.version, definition = excluded.definition, is_retired = false
"""
_LIST = "SELECT code, version, definition, is_retired FROM deal_fields WHERE NOT is_retired OR $1 ORDER BY code"
_LOCK = "SELECT version, definition, is_retired FROM deal_fields WHERE code = $1 FOR UPDATE"
_RETIRE = "UPDATE deal_fields SET is_retired = true, version = version + 1 WHERE code = $1"


async def definitions(connection: Connection | asyncpg.Pool) -> dict[str, DealFieldDefined]:
    """The fields that may be filled in, by code."""
    rows = await connection.fetch(_LIST, False)
    return {row["code"]: DealFieldDefined.model_validate_json(row["definition"]) for row in rows}


class Definitions:
    """Defines and retires fields."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def listed(self, retired: bool) -> list[asyncpg.Record]:
        """All definitions with their versions: rows of code, version, definition, is_retired."""
        return list(await self._store.pool.fetch(_LIST, retired))

    async def define(
        self, wanted: DealFieldDefined, cause: Cause, now: datetime, expected_version: int | None = None
    ) -> tuple[DealFieldDefined, int]:
        """The definition and its version after commit; raises ``StaleVersion`` and :class:`Rejected`."""
        for _ in range(ATTEMPTS):
            try:
                return await self._define(wanted, cause, now, expected_version)
            except Conflict:
                continue
        raise Unavailable("Others are defining this field at this moment.", retry_after=1)

    async def _define(
        self, wanted: DealFieldDefined, cause: Cause, now: datetime, expected_version: int | None
    ) -> tuple[DealFieldDefined, int]:
        async with self._store.pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(_LOCK, wanted.code)
            version = row["version"] if row else 0
            if expected_version is not None and expected_version != version:
                raise StaleVersion(f"The definition is at version {version}.")
            before = DealFieldDefined.model_validate_json(row["definition"]) if row else None
            if row is None and await connection.fetchval("SELECT count(*) FROM deal_fields") >= MOST_FIELDS:
                raise Rejected("too_many_fields", f"There can be {MOST_FIELDS} fields of deals.")
            event = redefine(before, wanted)
            if event is None:
                assert row is not None
                assert before is not None
                if not row["is_retired"]:
                    return wanted, version
                event = before
            await connection.execute(_SAVE, event.code, version + 1, event.to_json().decode())
            decision = Append(field_stream("deal", event.code), version, (event,), cause, now)
            appended = await append_one(connection, decision)
        self._store.count([decision], [appended])
        return event, appended.version

    async def retire(self, code: str, cause: Cause, now: datetime) -> None:
        """The field is not filled in any more; raises ``NotFound``. Nothing happens where it is so already."""
        async with self._store.pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(_LOCK, code)
            if row is None:
                raise NotFound("There is no such field.")
            if row["is_retired"]:
                return
            await connection.execute(_RETIRE, code)
            decision = Append(field_stream("deal", code), row["version"], (DealFieldRetired(code=code),), cause, now)
            appended = await append_one(connection, decision)
        self._store.count([decision], [appended])
