"""Writes what events say, a row for each change, and that they happened: two statements a batch.

Rows are only added, and an event that comes again adds none; so whatever the order of deliveries, what was so at a
moment is the same. Nothing is kept of a customer who was erased.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import orjson
from events.contracts.leads import CustomerErased
from events.envelope import Recorded
from events.event import REGISTRY
from events.sqlfile import sql
from events.store import Connection

from automation.facts.told import TELLING, Told, told
from automation.rules.rule import SOURCES

_SQL = Path(__file__).parent / "sql"

TYPES: Final = frozenset(
    type_
    for type_, event in REGISTRY.items()
    if event.owner() in SOURCES and (type_ in TELLING or "customer_id" in event.model_fields)
)
"""What is wanted of the log."""


async def write(connection: Connection, recorded: Sequence[Recorded]) -> None:
    """Keeps a batch, in the transaction of the watermark."""
    # Of what an event says twice the last counts.
    rows = {
        (said.subject_id, said.name, entry.id): (
            *said[:3],
            entry.id,
            entry.version,
            entry.recorded_at,
            orjson.dumps(said.value).decode(),
        )
        for entry in recorded
        for said in told(entry)
        if said.value or not _is_first(entry, said)
    }
    if rows:
        await connection.execute(sql("add_facts", _SQL), *_columns(list(rows.values())))
    happened = [row for entry in recorded if (row := _happening(entry))]
    if happened:
        await connection.execute(sql("add_happenings", _SQL), *_columns(happened))
    if erased := [entry.event.customer_id for entry in recorded if isinstance(entry.event, CustomerErased)]:
        await connection.execute(sql("forget_facts", _SQL), erased)
        await connection.execute(sql("forget_happenings", _SQL), erased)


def _is_first(entry: Recorded, said: Told) -> bool:
    """Is it the first that is ever said of the subject? Then nothing is the same as not said."""
    return entry.version == 1 and entry.stream_id == said.subject_id


def _happening(entry: Recorded) -> tuple[object, ...] | None:
    customer_id: UUID | None = getattr(entry.event, "customer_id", None)
    if customer_id is None:
        return None
    deal_id = getattr(entry.event, "deal_id", None)
    return entry.id, customer_id, deal_id, entry.type, entry.shard, entry.position, entry.recorded_at, _rule(entry)


def _rule(entry: Recorded) -> str | None:
    """The rule whose effect this is: the event that opens the effect's stream, not what becomes of it later."""
    cause: Any = getattr(entry.event, "cause", None)
    return cause.rule if cause and entry.version == 1 and entry.type != "rule.suppressed.v1" else None


def _columns(rows: Sequence[Sequence[object]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]
