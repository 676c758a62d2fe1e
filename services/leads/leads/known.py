"""What is known before a batch of requests is decided: their first deliveries, whose contacts they name, open leads."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from uuid import UUID

import asyncpg
from events.sqlfile import sql
from events.store import Connection

from leads.draft import OpenLead, Stream
from leads.identity.paths import NO_MERGES, Paths, paths_of

SQL = Path(__file__).parent / "sql"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one capture: a ``duplicate`` names the lead of its first delivery, ``rejected`` the reason.

    ``customer_id`` is whose request it is, ``card_id`` the root of the tree of cards that this one belongs to.
    """

    what: Literal["captured", "touched", "duplicate", "rejected"]
    lead_id: UUID | None = None
    customer_id: UUID | None = None
    card_id: UUID | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """First deliveries by touch id, owners by blind index (32 hex digits), and the paths from owners to their roots."""

    touches: dict[UUID, Outcome]
    owners: dict[str, UUID]
    paths: Paths


NOTHING = Known({}, {}, NO_MERGES)


async def look_up(connection: Connection, touch_ids: Sequence[UUID], indexes: Collection[str]) -> Known:
    """Looks up requests and blind indexes."""
    rows = await connection.fetch(sql("capture_look_up", SQL), touch_ids, list(indexes))
    merged = {row["customer_id"] for row in rows if row["is_merged"]}
    paths = await paths_of(connection, merged) if merged else NO_MERGES
    touches: dict[UUID, Outcome] = {}
    owners: dict[str, UUID] = {}
    for what, found, lead_id, customer_id, _ in rows:
        if what == "touch":
            touches[found] = Outcome("duplicate", lead_id, customer_id, paths.root(customer_id))
        else:
            owners[found.hex] = customer_id
    return Known(touches, owners, paths)


async def open_leads(connection: Connection, roots: Iterable[UUID]) -> dict[UUID, OpenLead]:
    """The lead of each card that its next request goes to, by root: the root's own, else the newest. Locks all."""
    found: dict[UUID, asyncpg.Record] = {}
    for lead in await connection.fetch(sql("leads_lock_open", SQL), list(roots)):
        other = found.setdefault(lead["root"], lead)
        if _precedence(lead) > _precedence(other):
            found[lead["root"]] = lead
    return {root: OpenLead(Stream(lead["id"], lead["version"]), lead["customer_id"]) for root, lead in found.items()}


def _precedence(lead: asyncpg.Record) -> tuple[object, ...]:
    return lead["customer_id"] == lead["root"], lead["captured_at"], lead["id"]
