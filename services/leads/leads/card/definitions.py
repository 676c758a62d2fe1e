"""Definitions of custom fields: a stream and a row each."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
from events.contracts.leads import FieldDefined, FieldOwner, FieldRetired
from events.custom_fields import redefine
from events.decider import ATTEMPTS, Rejected
from events.problems import NotFound, StaleVersion, Unavailable
from events.store import Append, Cause, Connection, Store, append_one
from events.store import Conflict as StreamMoved
from events.streams import field_stream

MOST_FIELDS = 200

_SAVE = """
INSERT INTO field_definitions (subject, code, version, definition) VALUES ($1, $2, $3, $4)
ON CONFLICT (subject, code) DO UPDATE SET version = excluded.version, definition = excluded.definition, retired = false
"""
_LIST = """
SELECT code, version, definition, retired FROM field_definitions
 WHERE ($1::text IS NULL OR subject = $1) AND (NOT retired OR $2) ORDER BY subject, code
"""


async def definitions(connection: Connection | asyncpg.Pool, subject: FieldOwner) -> dict[str, FieldDefined]:
    """The fields that may be filled in, by code."""
    rows = await connection.fetch(_LIST, subject, False)
    return {row["code"]: FieldDefined.model_validate_json(row["definition"]) for row in rows}


async def listed(pool: asyncpg.Pool, subject: FieldOwner | None, retired: bool) -> Sequence[asyncpg.Record]:
    """All definitions with their versions: rows of code, version, definition, retired."""
    return await pool.fetch(_LIST, subject, retired)


async def known_users(connection: Connection, ids: set[str]) -> set[str]:
    """Those of these ids that are managers."""
    if not ids:
        return set()
    rows = await connection.fetch("SELECT id FROM managers WHERE id = ANY($1::text[])", sorted(ids))
    return {row["id"] for row in rows}


class Definitions:
    """Defines and retires fields."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def define(
        self, wanted: FieldDefined, cause: Cause, now: datetime, expected_version: int | None = None
    ) -> tuple[FieldDefined, int]:
        """The definition and its version after commit; raises ``StaleVersion`` and :class:`Rejected`."""
        for _ in range(ATTEMPTS):
            try:
                return await self._define(wanted, cause, now, expected_version)
            except StreamMoved:
                continue
        raise Unavailable("Others are defining this field at this moment.", retry_after=1)

    async def _define(
        self, wanted: FieldDefined, cause: Cause, now: datetime, expected_version: int | None
    ) -> tuple[FieldDefined, int]:
        async with self._store.pool.acquire() as connection, connection.transaction():
            row = await _locked(connection, wanted.subject, wanted.code)
            version = row["version"] if row else 0
            if expected_version is not None and expected_version != version:
                raise StaleVersion(f"The definition is at version {version}.")
            before = FieldDefined.model_validate_json(row["definition"]) if row else None
            if row is None:
                await _check_room(connection, wanted.subject)
            _check_person(wanted)
            event = redefine(before, wanted)
            if event is None:
                if before is None or (row and not row["retired"]):
                    return wanted, version
                event = before
            body = event.to_json().decode()
            await connection.execute(_SAVE, event.subject, event.code, version + 1, body)
            decision = Append(field_stream(event.subject, event.code), version, (event,), cause, now)
            appended = await append_one(connection, decision)
        self._store.count([decision], [appended])
        return event, appended.version

    async def retire(self, subject: FieldOwner, code: str, cause: Cause, now: datetime) -> None:
        """The field is not filled in any more; raises ``NotFound``. Nothing happens where it is so already."""
        async with self._store.pool.acquire() as connection, connection.transaction():
            row = await _locked(connection, subject, code)
            if row is None:
                raise NotFound("There is no such field.")
            if row["retired"]:
                return
            await connection.execute(
                "UPDATE field_definitions SET retired = true, version = version + 1 WHERE subject = $1 AND code = $2",
                subject,
                code,
            )
            event = FieldRetired(subject=subject, code=code)
            decision = Append(field_stream(subject, code), row["version"], (event,), cause, now)
            appended = await append_one(connection, decision)
        self._store.count([decision], [appended])


async def _locked(connection: Connection, subject: FieldOwner, code: str) -> asyncpg.Record | None:
    return await connection.fetchrow(
        "SELECT version, definition, retired FROM field_definitions WHERE subject = $1 AND code = $2 FOR UPDATE",
        subject,
        code,
    )


async def _check_room(connection: Connection, subject: FieldOwner) -> None:
    count = await connection.fetchval("SELECT count(*) FROM field_definitions WHERE subject = $1", subject)
    if count >= MOST_FIELDS:
        raise Rejected("too_many_fields", f"There can be {MOST_FIELDS} fields of a kind of card.")


def _check_person(wanted: FieldDefined) -> None:
    if wanted.subject == "organisation" and wanted.personal:
        raise Rejected("organisation_personal", "An organisation is no person: its fields cannot be personal.")
