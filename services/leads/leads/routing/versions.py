"""What is set as a whole and kept version by version: the newest holds, the others say who set what, and when."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import asyncpg
import orjson
from events.problems import StaleVersion
from events.store import Connection

RULES: Final = "distribution-rules"

_NEWEST = """
SELECT DISTINCT ON (name) name, version, content, set_by, set_at FROM setting_versions
 WHERE name = ANY($1::text[]) ORDER BY name, version DESC
"""
_LIKE = """
SELECT DISTINCT ON (name) name, version, content, set_by, set_at FROM setting_versions
 WHERE starts_with(name, $1) ORDER BY name, version DESC LIMIT 1000
"""
_ALL = """
SELECT name, version, content, set_by, set_at FROM setting_versions WHERE name = $1 ORDER BY version DESC LIMIT $2
"""
_ADD = "INSERT INTO setting_versions (name, version, content, set_by, set_at) VALUES ($1, $2, $3, $4, $5)"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a setting; ``content`` as it was given."""

    name: str
    number: int
    content: Any
    set_by: str
    set_at: datetime


async def newest(connection: Connection | asyncpg.Pool, names: Collection[str]) -> Mapping[str, Version]:
    """The newest version of each of these settings; one that was never set is left out."""
    return {row["name"]: _version(row) for row in await connection.fetch(_NEWEST, list(names))}


async def newest_with_prefix(connection: Connection | asyncpg.Pool, prefix: str) -> Mapping[str, Version]:
    """The newest version of every setting whose name begins so, by name without the beginning."""
    return {row["name"].removeprefix(prefix): _version(row) for row in await connection.fetch(_LIKE, prefix)}


async def history(pool: asyncpg.Pool, name: str, limit: int) -> Sequence[Version]:
    """The versions of a setting, newest first."""
    return [_version(row) for row in await pool.fetch(_ALL, name, limit)]


async def put(pool: asyncpg.Pool, name: str, content: Any, by: str, now: datetime, expected: int | None) -> Version:
    """Sets a new version, unless it is what holds already. Raises :class:`StaleVersion`."""
    before = (await newest(pool, [name])).get(name)
    number = before.number if before else 0
    if expected is not None and expected != number:
        raise StaleVersion(f"The setting is at version {number}.")
    if before is not None and before.content == content:
        return before
    try:
        await pool.execute(_ADD, name, number + 1, orjson.dumps(content).decode(), by, now)
    except asyncpg.UniqueViolationError:
        raise StaleVersion("Somebody set it at the same moment.") from None
    return Version(name, number + 1, content, by, now)


def _version(row: asyncpg.Record) -> Version:
    return Version(row["name"], row["version"], orjson.loads(row["content"]), row["set_by"], row["set_at"])
