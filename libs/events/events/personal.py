"""What a service keeps of a person, and what becomes of it when the person is erased: declared once, table by table.

From the declaration follow the emptying of the tables, the count of what is left (the proof that an erasure is done),
and the export of all that is known of somebody. A test of each service finds the tables that nobody declared.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

import asyncpg
import orjson

from events.privacy import CustomerKey
from events.sealed import Sealed
from events.sqlfile import sql
from events.store import Connection

Ending = Literal["deleted", "emptied", "unreadable", "kept"]
"""What an erasure leaves: no row, a row that says nothing of the person, ciphertext without a key, or everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalStore:
    """A table with something about customers. ``$1`` of the conditions are the ids of one person's cards.

    ``holds`` tells rows that still say something from those that were emptied by ``empties``, the SET list of an
    UPDATE. ``stream`` is the column, or expression, with the id of a stream of events about the person. A table that
    ``forgotten_by`` something else than :func:`forget` is only counted. Keys and indexes are not handed over.
    """

    table: str
    what: str
    ending: Ending
    whose: str = "customer_id = ANY($1::uuid[])"
    holds: str = "true"
    empties: str | None = None
    stream: str | None = None
    forgotten_by: str | None = None
    is_exported: bool = True
    why: str = ""

    @property
    def statement(self) -> str | None:
        """What brings the table to its ending; None where there is nothing to do."""
        if self.forgotten_by is not None or self.ending not in ("deleted", "emptied"):
            return None
        condition = f"WHERE ({self.whose}) AND ({self.holds})"
        if self.ending == "deleted":
            return f"DELETE FROM {self.table} {condition}"  # noqa: S608 - from the declaration
        return f"UPDATE {self.table} SET {self.empties} {condition}"  # noqa: S608


_OF_STREAMS: Final = "id = ANY(ARRAY(SELECT causation_id FROM events WHERE stream_id = ANY($1::uuid[])))"

REQUESTS: Final = PersonalStore(
    table="intake",
    what="requests as they came, byte for byte: names, phones, e-mails, texts, addresses of the sender",
    ending="emptied",
    whose=f"subject_ids && $1::uuid[] OR {_OF_STREAMS}",
    holds="erased_at IS NULL",
    forgotten_by="events/sql/requests_forget.sql",
)
LOG: Final = PersonalStore(
    table="events",
    what="the log: what is personal stands sealed in it, here and in Kafka",
    ending="unreadable",
    whose="stream_id = ANY($1::uuid[])",
    why="the log is immutable; the key is deleted",
)
QUARANTINE: Final = PersonalStore(
    table="quarantine",
    what="events that a consumer could not apply, sealed as in the log",
    ending="unreadable",
    whose="stream_id = ANY($1::uuid[])",
    why="to be applied later all the same; the key is deleted",
)
BY_STREAM: Final = (REQUESTS, LOG, QUARANTINE)
"""Tables that every service has, asked by the ids of all streams about the person."""

Erased = Callable[[Connection, Sequence[UUID]], Awaitable[set[UUID]]]
"""Of these customers those whose erasure the service has heard of."""


@dataclass(frozen=True, slots=True)
class PersonalData:
    """What a service keeps of persons. ``tasks`` are the kinds of durable tasks in which an erasure goes on; their
    payload names the ``customer_id``.
    """

    service: str
    stores: Sequence[PersonalStore]
    erased: Erased
    tasks: Sequence[str] = ()

    @property
    def all_stores(self) -> Sequence[PersonalStore]:
        """Those of the service, and those that every service has."""
        return (*self.stores, *BY_STREAM)


async def streams_of(
    connection: Connection, stores: Iterable[PersonalStore], customer_ids: Sequence[UUID]
) -> list[UUID]:
    """The ids of the streams that tell something about these customers, their own first."""
    found = dict.fromkeys(customer_ids)
    for store in stores:
        if store.stream is not None:
            query = f"SELECT DISTINCT {store.stream} AS id FROM {store.table} WHERE {store.whose}"  # noqa: S608
            found |= dict.fromkeys(row["id"] for row in await connection.fetch(query, customer_ids) if row["id"])
    return list(found)


async def forget(connection: Connection, stores: Sequence[PersonalStore], customer_ids: Sequence[UUID]) -> None:
    """Empties the stored requests and the tables, in the caller's transaction. Done twice, it changes nothing."""
    streams = await streams_of(connection, stores, customer_ids)
    await connection.execute(sql("requests_forget"), streams)
    for store in stores:
        if store.statement is not None:
            await connection.execute(store.statement, customer_ids)


async def count(connection: Connection, kept: PersonalData, customer_ids: Sequence[UUID]) -> dict[str, int]:
    """How many rows of each table still say something about these customers."""
    streams = await streams_of(connection, kept.stores, customer_ids)
    counted = {}
    for store in kept.all_stores:
        query = f"SELECT count(*) FROM {store.table} WHERE ({store.whose}) AND ({store.holds})"  # noqa: S608
        counted[store.table] = await connection.fetchval(query, streams if store in BY_STREAM else customer_ids)
    return counted


async def waiting(connection: Connection, kept: PersonalData, customer_ids: Sequence[UUID]) -> int:
    """How many durable tasks of an erasure of these customers are not done."""
    found: int = await connection.fetchval(
        "SELECT count(*) FROM tasks WHERE kind = ANY($1) AND payload ->> 'customer_id' = ANY($2)",
        list(kept.tasks),
        list(map(str, customer_ids)),
    )
    return found


async def rows(connection: Connection, kept: PersonalData, customer_ids: Sequence[UUID]) -> dict[str, list[Any]]:
    """All rows about these customers, by table, as they are stored; those of the log in its order."""
    streams = await streams_of(connection, kept.stores, customer_ids)
    found = {}
    for store in (one for one in kept.all_stores if one.is_exported):
        query = f"SELECT to_jsonb(t) AS row FROM {store.table} t WHERE ({store.whose}) AND ({store.holds})"  # noqa: S608
        if store is LOG:
            query += " ORDER BY t.recorded_at, t.stream_id, t.version"
        asked = streams if store in BY_STREAM else customer_ids
        found[store.table] = [_readable(store, row) for row in await connection.fetch(query, asked)]
    return found


def opened(value: Any, keys: Iterable[CustomerKey]) -> Any:
    """A JSON value with every sealed text opened that one of these keys opens; the others are None."""
    holders = list(keys)
    if isinstance(value, Mapping):
        return {name: opened(one, holders) for name, one in value.items()}
    if isinstance(value, list):
        return [opened(one, holders) for one in value]
    if isinstance(value, str) and value.startswith(Sealed.PREFIX):
        return next((text for key in holders if (text := key.open(value)) is not None), None)
    return value


def _readable(store: PersonalStore, row: asyncpg.Record) -> Any:
    read = orjson.loads(row["row"])
    for name in ("body", "corrected_body"):
        if store in (REQUESTS, QUARANTINE) and isinstance(read.get(name), str):
            read[name] = bytes.fromhex(read[name].removeprefix("\\x")).decode("utf-8", "replace")
    return read
