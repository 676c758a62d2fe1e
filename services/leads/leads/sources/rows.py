"""The table of sources: what is stored of a setup, and the source that channels see.

Secrets and write-only options are one JSON document, sealed by the master key and bound to the id of the source, so
that a row copied to another name opens nothing.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from cryptography.exceptions import InvalidTag
from events.budget import Budget
from events.privacy import MasterKey
from events.store import deterministic_id
from events.webhooks import Source

from leads.channels.options import options_of
from leads.sources.domain import Setup

COLUMNS = "channel, name, version, active, direction, manager_id, options, budget, sealed, changed_at, changed_by"
_SAVE = f"""
INSERT INTO sources ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (channel, name) DO UPDATE
   SET version = excluded.version, active = excluded.active, direction = excluded.direction,
       manager_id = excluded.manager_id, options = excluded.options, budget = excluded.budget,
       sealed = excluded.sealed, changed_at = excluded.changed_at, changed_by = excluded.changed_by
 WHERE sources.version = excluded.version - 1
RETURNING true
"""  # noqa: S608


class Unopenable(Exception):
    """The secrets of a source cannot be opened with this master key."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A source of the table: its setup, with what the table knows besides."""

    channel: str
    name: str
    version: int
    setup: Setup
    changed_at: datetime
    changed_by: str

    def source(self) -> Source:
        """As channels and the guard see it."""
        setup = self.setup
        options = options_of(self.channel).model_validate({**setup.options, **setup.hidden}).flat()
        return Source(
            self.channel, self.name, setup.secrets, setup.direction, options, setup.manager_id, setup.budget,
            setup.active,
        )  # fmt: skip


def source_id(channel: str, name: str) -> UUID:
    """The stream of a source."""
    return deterministic_id("source", channel, name)


def stored(row: asyncpg.Record, master: MasterKey) -> Stored:
    """A row with its secrets opened; raises :class:`Unopenable`."""
    try:
        hidden = orjson.loads(master.unwrap(source_id(row["channel"], row["name"]), row["sealed"]))
    except InvalidTag:
        raise Unopenable(f"{row['channel']}/{row['name']}") from None
    setup = Setup(
        row["active"],
        row["direction"],
        row["manager_id"],
        orjson.loads(row["options"]),
        hidden["options"],
        tuple(hidden["secrets"]),
        Budget(**orjson.loads(row["budget"])),
    )
    return Stored(row["channel"], row["name"], row["version"], setup, row["changed_at"], row["changed_by"])


async def save(connection: Any, new: Stored, master: MasterKey) -> bool:
    """Writes the next version of a source; False if another one was faster."""
    setup = new.setup
    hidden = orjson.dumps({"secrets": setup.secrets, "options": setup.hidden})
    saved = await connection.fetchval(
        _SAVE,
        new.channel,
        new.name,
        new.version,
        setup.active,
        setup.direction,
        setup.manager_id,
        orjson.dumps(setup.options).decode(),
        orjson.dumps(asdict(setup.budget)).decode(),
        master.wrap(source_id(new.channel, new.name), hidden),
        new.changed_at,
        new.changed_by,
    )
    return bool(saved)
