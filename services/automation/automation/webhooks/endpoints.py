"""Endpoints: where events are sent to. A row and a stream each; a change writes both in one transaction.

Secrets are 32 random bytes, shown once when they are made, and stand in the table sealed by the service's key, bound to
endpoint and number.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
from events.contracts.automation import (
    WebhookConfigured,
    WebhookDisabled,
    WebhookEnabled,
    WebhookRemoved,
    WebhookSecretRotated,
)
from events.event import Event
from events.privacy import MasterKey
from events.problems import Conflict, NotFound, StaleVersion
from events.sqlfile import sql as _sql
from events.store import Append, Cause, Connection, Store, append_one, deterministic_id

from automation.names import Named, refuse_in_use

OVERLAP: Final = timedelta(days=1)
"""How long a secret that was replaced signs on."""
LOCK: Final = 7102
"""Shared by whoever reads the endpoints to match events, taken alone by whoever changes them: an event is matched with
the endpoints either before or after a change, and ``since`` lies after all that was matched before."""

sql = partial(_sql, directory=Path(__file__).parent / "sql")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint as it is to be."""

    url: str
    types: tuple[str, ...]
    directions: tuple[str, ...] = ()
    personal: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """What came of a change: the version, and the secret where one was made."""

    version: int
    made: bool = False
    secret: str | None = None


def stream_of(code: str) -> UUID:
    """The stream of an endpoint."""
    return deterministic_id("webhook", code)


class Endpoints:
    """Changes endpoints. Without a ``key`` there are none: nothing could be signed."""

    def __init__(self, store: Store, key: MasterKey | None, named: Named) -> None:
        self.store = store
        self._named = named
        self._key = key

    async def configure(
        self, code: str, wanted: Endpoint, cause: Cause, now: datetime, expected: int | None = None
    ) -> Changed:
        """Sets it up or changes it, and enables it; a new one gets a secret. Raises ``Conflict``, ``StaleVersion``."""
        self._needs_key()
        async with self.store.pool.acquire() as connection, connection.transaction():
            row = await self._locked(connection, code, expected)
            if row is not None and row["state"] == "enabled" and _same(row, wanted):
                return Changed(row["version"])
            version = (row["version"] if row else 0) + 1
            await connection.execute(
                sql("endpoint_save"), code, version, wanted.url, wanted.types, wanted.directions, wanted.personal,
                wanted.description, now,
            )  # fmt: skip
            fresh = row is None or row["state"] == "removed"
            secret = await self._add_secret(connection, code) if fresh else None
            event = WebhookConfigured(
                code=code,
                host=urlsplit(wanted.url).hostname or "",
                types=wanted.types,
                directions=wanted.directions,
                personal=wanted.personal,
                description=wanted.description,
            )
            await self._append(connection, code, version, event, cause, now)
        return Changed(version, fresh, secret)

    async def rotate(self, code: str, cause: Cause, now: datetime) -> Changed:
        """A new secret; the newest one before signs on for a day, older ones are forgotten. Raises ``NotFound``."""
        self._needs_key()
        async with self.store.pool.acquire() as connection, connection.transaction():
            row = await self._there(connection, code)
            await connection.execute(sql("secrets_retire"), code, now + OVERLAP)
            secret = await self._add_secret(connection, code)
            number = await connection.fetchval("SELECT max(number) FROM webhook_secrets WHERE code = $1", code)
            version = await _bump(connection, code)
            event = WebhookSecretRotated(code=code, number=number)
            await self._append(connection, code, version, event, cause, now)
        return Changed(row["version"] + 1, False, secret)

    async def switch(self, code: str, to: Literal["enabled", "disabled"], cause: Cause, now: datetime) -> Changed:
        """Enables or disables it by hand; nothing where it is so. Raises ``NotFound``."""
        async with self.store.pool.acquire() as connection, connection.transaction():
            row = await self._there(connection, code)
            if row["state"] == to:
                return Changed(row["version"])
            reason = None if to == "enabled" else "by_hand"
            version = await connection.fetchval(sql("endpoint_switch"), code, to, reason)
            host = urlsplit(row["url"]).hostname or ""
            event: Event = WebhookEnabled(code=code)
            if to == "disabled":
                event = WebhookDisabled(code=code, host=host, reason="by_hand")
            await self._append(connection, code, version, event, cause, now)
        return Changed(version)

    async def remove(self, code: str, cause: Cause, now: datetime) -> None:
        """Forgets address and secrets; what waits to be sent fails. Raises ``NotFound``, ``Conflict`` (in_use)."""
        await refuse_in_use(self._named, "endpoint", code)
        async with self.store.pool.acquire() as connection, connection.transaction():
            await self._there(connection, code)
            await connection.execute("DELETE FROM webhook_secrets WHERE code = $1", code)
            version = await connection.fetchval(sql("endpoint_switch"), code, "removed", None)
            await connection.execute("UPDATE webhook_endpoints SET url = '' WHERE code = $1", code)
            await self._append(connection, code, version, WebhookRemoved(code=code), cause, now)

    def secrets(self, rows: Sequence[asyncpg.Record]) -> list[str]:
        """The secrets of rows (code, number, sealed) as they were shown. Raises ``Conflict`` without the key."""
        key = self._needs_key()
        return [key.unwrap(_place(row["code"], row["number"]), row["sealed"]).decode() for row in rows]

    async def _locked(self, connection: Connection, code: str, expected: int | None) -> asyncpg.Record | None:
        await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
        row = await connection.fetchrow("SELECT * FROM webhook_endpoints WHERE code = $1 FOR UPDATE", code)
        if expected is not None and expected != (row["version"] if row else 0):
            raise StaleVersion(f"The endpoint is at version {row['version'] if row else 0}.")
        return row

    async def _there(self, connection: Connection, code: str) -> asyncpg.Record:
        row = await self._locked(connection, code, None)
        if row is None or row["state"] == "removed":
            raise NotFound("There is no such endpoint.")
        return row

    async def _add_secret(self, connection: Connection, code: str) -> str:
        secret = "whsec_" + base64.b64encode(os.urandom(32)).decode()
        last = await connection.fetchval("SELECT max(number) FROM webhook_secrets WHERE code = $1", code)
        number = (last or 0) + 1
        sealed = self._needs_key().wrap(_place(code, number), secret.encode())
        await connection.execute(
            "INSERT INTO webhook_secrets (code, number, sealed) VALUES ($1, $2, $3)", code, number, sealed
        )
        return secret

    async def _append(
        self, connection: Connection, code: str, version: int, event: Event, cause: Cause, now: datetime
    ) -> None:
        await append_one(connection, Append(stream_of(code), version - 1, [event], cause, now))

    def _needs_key(self) -> MasterKey:
        if self._key is None:
            raise Conflict("Secrets of webhooks cannot be kept: the setting VORONKA_WEBHOOK_KEY is not given.")
        return self._key


async def _bump(connection: Connection, code: str) -> int:
    version = await connection.fetchval(
        "UPDATE webhook_endpoints SET version = version + 1 WHERE code = $1 RETURNING version", code
    )
    return int(version)


def _same(row: asyncpg.Record, wanted: Endpoint) -> bool:
    return all(
        (tuple(row[name]) if isinstance(row[name], list) else row[name]) == getattr(wanted, name)
        for name in Endpoint.__dataclass_fields__
    )


def _place(code: str, number: int) -> UUID:
    return deterministic_id("webhook secret", code, number)
